"""Text that came from outside, as it may stand in a line: of the log, of a screen, of a message (pure)."""

_SPACES = frozenset("\xa0\u202f")
"""No-break spaces, which Python does not count among what can be printed: a translation has them before a colon."""


def printable(text: str) -> str:
    """One line: line breaks, control characters and others that no screen shows are written as Python's escapes."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() or each in _SPACES else ascii(each)[1:-1] for each in text)


def printable_lines(text: str) -> str:
    """The same of several lines, which stay."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))
