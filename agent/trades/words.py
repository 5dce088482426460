"""Words of the answer to `lamppost status` that trades share."""

from collections.abc import Iterator, Mapping
from typing import Any

from drivers.translation import _


def state_lines(title: str, states: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """One line for each: what it is, its name, and whatever is known of it."""
    for name, state in states.items():
        yield f"{title:<8} {name:<16} {_words(state)}"


def _words(state: Mapping[str, Any]) -> str:
    return "  ".join(f"{key} {_word(value)}" for key, value in state.items() if value is not None and value != [])


def _word(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def because(reason: str | None) -> str:
    return f": {reason}" if reason else ""


def span(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def remark_words(remark: str, end: str | None) -> str:
    """What is the matter with an order of the town, or with its hours."""
    if remark == "over":
        return _("OVER since {end}: it never holds again").format(end=end)
    if remark == "never":
        return _("NEVER IN FORCE: none of its hours lies between its begin and its end")
    if remark == "never_open":
        return _("NEVER OPEN: no day of the next nine years is one of these")
    if remark == "school_over":
        return _("are listed until {end}: whether school is held NOW is not known").format(end=end)
    if remark == "school_ends":
        return _("are listed until {end}, within 14 days: of days after that nothing is known").format(end=end)
    return _("ends on {end}, within 14 days").format(end=end)
