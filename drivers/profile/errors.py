"""What is wrong with the types and the keys of a register map."""

from collections.abc import Iterator
from typing import Any

from drivers.mistakes import Mistake, wrong_keys, wrong_names
from drivers.profile.schema import (
    NAME_PATTERN,
    FailsafeTable,
    FeedTable,
    Hole,
    LampTable,
    PollTable,
    Probe,
    ProfileTables,
    Register,
)

_SHAPES = {"register": dict, "poll": dict, "hole": list, "probe": list, "lamp": dict, "failsafe": dict}
_SOUND: dict[str, Any] = {
    "register": {"sound": {"function": 3, "address": 0, "type": "u16"}},
    "poll": {}, "hole": [], "probe": [], "lamp": None, "failsafe": None,
}  # fmt: skip
"""What stands for a table, of such a shape, that is judged apart."""


def wrong_types(given: dict[str, Any]) -> Iterator[Mistake]:
    """Keys and types; each table apart, so that all mistakes come out in one run, and with the table's name."""
    apart = [name for name, shape in _SHAPES.items() if isinstance(given.get(name), shape)]
    for name in apart:
        yield from _apart(name, given[name])
    yield from wrong_keys("", given | {name: _SOUND[name] for name in apart}, ProfileTables)


def _apart(name: str, given: Any) -> Iterator[Mistake]:
    match name:
        case "register":
            yield from wrong_names(name, given, NAME_PATTERN, Register)
        case "poll":
            yield from wrong_names(name, given, NAME_PATTERN, PollTable)
        case "lamp":
            yield from wrong_keys(name, given, LampTable)
        case "failsafe":
            yield from _failsafe(given)
        case _:
            for number, table in enumerate(given, 1):
                yield from wrong_keys(f"{name}#{number}", table, Hole if name == "hole" else Probe)


def _failsafe(given: dict[str, Any]) -> Iterator[Mistake]:
    if "feed" in given:
        yield from wrong_keys("failsafe.feed", given["feed"], FeedTable)
    yield from wrong_keys("failsafe", {**given, "feed": None}, FailsafeTable)
