"""Words of the answer to `lamppost status` that every trade uses."""

from collections.abc import Iterator, Mapping
from typing import Any


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
