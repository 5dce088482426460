"""Regular expressions of a technician, which must not cost time without end on any line (pure).

What a pattern may be made of is less than Python knows, and whatever repeats or chooses keeps what it took: nothing is
tried in another way afterwards, which is what costs time by the power of a line's length. So "[0-9.]+" is followed by
what is no digit or dot, and a choice has its longer words first.
"""

import re

from drivers.translation import _

LONGEST_PATTERN = 300

_TOKEN = re.compile(
    r"(?P<group>\((?:\?:|\?P<[a-z][a-z0-9_]*>))"
    r"|(?P<end>\))"
    r"|(?P<repeat>[*+?]|\{\d{1,3}(?:,\d{0,3})?\})"
    r"|(?P<one>\\[dDsSwWt]|\\[^A-Za-z0-9]|\\x[0-9a-f]{2}|\[\^?(?:\\.|(?!--|&&|~~|\|\|)[^\]\[\\])+\]|[^()*+?{}\\\[\]^$])"
    r"|(?P<or>\|)",
    re.ASCII | re.DOTALL,
)


class BadPattern(ValueError):
    """A pattern that is none, or that may take too long."""


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, made so that its time grows with the square of a line at most. Raises BadPattern."""
    if len(pattern) > LONGEST_PATTERN:
        raise BadPattern(_("has {count} characters, where {most} are the most").format(
            count=len(pattern), most=LONGEST_PATTERN
        ))  # fmt: skip
    try:
        return re.compile(_Bounded(pattern).text, re.ASCII)
    except re.error as error:
        raise BadPattern(_("is no regular expression: {reason}").format(reason=error)) from None


class _Bounded:
    """A pattern rewritten: each group keeps what it chose, each repetition what it took.

    Raises BadPattern.
    """

    def __init__(self, pattern: str) -> None:
        self._out: list[str] = []
        self._closing: list[str] = []
        self._repeats: list[bool] = [False]
        self._last: str | None = None
        at = 0
        while at < len(pattern):
            token = _TOKEN.match(pattern, at)
            if token is None:
                raise BadPattern(
                    _("does not take {rest}: see the patterns that it takes").format(rest=pattern[at:][:12])
                )
            self._take(str(token.lastgroup), token[0])
            at = token.end()
        if self._closing:
            raise BadPattern(_("has a group that does not end"))
        self.text = "(?>" + "".join(self._out) + ")"

    def _take(self, kind: str, text: str) -> None:
        match kind:
            case "group":
                self._begin(text)
            case "end":
                self._end()
            case "repeat":
                self._repeat(text)
            case _:
                self._last = None if kind == "or" else "one"
                self._out.append(text)

    def _begin(self, text: str) -> None:
        named = text != "(?:"
        self._out.append(f"(?>{text}" if named else "(?>")
        self._closing.append("))" if named else ")")
        self._repeats.append(False)
        self._last = None

    def _end(self) -> None:
        if not self._closing:
            raise BadPattern(_("has a group that does not begin"))
        self._out.append(self._closing.pop())
        inside = self._repeats.pop()
        self._repeats[-1] |= inside
        self._last = "repeats" if inside else "one"

    def _repeat(self, text: str) -> None:
        if self._last is None:
            raise BadPattern(_("has {repeat} behind nothing that could repeat").format(repeat=text))
        if text != "?":
            if self._last == "repeats":
                raise BadPattern(_("repeats a group that repeats something itself: {repeat}").format(repeat=text))
            self._repeats[-1] = True
        self._out.append(f"{text}+")
        self._last = None
