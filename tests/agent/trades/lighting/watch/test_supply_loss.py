"""A controller that starts anew, in each way in which that shows, and what looks like it and is none."""

import pytest

from agent.trades.lighting.control.setpoint import Writes
from agent.trades.lighting.watch.supply_loss import SupplyTrace, traced
from drivers.base import Quality, Reading, Value

WRAPS = {"uptime_s": 65536.0, "active_energy_kwh": 6553.6}
Said = tuple[float, str, Value]


def losses(*said: Said, commanded: float | None = 40.0, quality: Quality = Quality.GOOD) -> list[str]:
    """What was found, of readings at their times."""
    trace, found = SupplyTrace(), []
    for at_s, quantity, value in said:
        trace = traced(trace, WRAPS, Reading("l1", quantity, value, at_s, quality), commanded)
        found += [trace.found] if trace.found else []
    return found


def every(period_s: float, quantity: str, *values: Value) -> list[Said]:
    return [(at * period_s, quantity, value) for at, value in enumerate(values)]


SHOWN = {
    "its time since the start": every(10, "uptime_s", 500, 510, 3, 13),
    "twice between two readings": every(60, "uptime_s", 500, 20, 5),
    "its level": every(10, "level_percent", 40.0, 100.0, 40.0, 40.0),
    "its level, after it was dark": every(10, "level_percent", 40.0, 0.0, 100.0, 40.0),
    "its gear": every(10, "power_cycled", False, True, True, False),
    "its own count": every(10, "supply_loss_count", 7, 7, 8),
    "its energy": every(60, "active_energy_kwh", 120.0, 120.1, 0.0, 0.1),
    "its hours": every(60, "operating_hours_h", 900, 900, 0, 0),
    "level and time at once": [
        (0, "level_percent", 40.0), (0.1, "uptime_s", 500),
        (10, "level_percent", 100.0), (10.1, "uptime_s", 2),
        (20, "level_percent", 40.0), (20.1, "uptime_s", 12),
    ],
    "time, a minute after the level": [
        (0, "level_percent", 40.0), (0.1, "uptime_s", 500), (10, "level_percent", 100.0),
        (11, "level_percent", 40.0), (60.1, "uptime_s", 51), (120.1, "uptime_s", 111),
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", SHOWN.values(), ids=list(SHOWN))
def test_a_loss_of_supply_is_found_once_however_it_shows(said: list[Said]) -> None:
    assert len(losses(*said)) == 1


NONE = {
    "a time that rolls over": every(60, "uptime_s", 65500, 24, 84),
    "a time that was misread": every(10, "uptime_s", 500, 0, 520, 530),
    "a clock that was set": every(10, "uptime_s", 500, 498, 508),
    "a counter that rolls over": every(60, "active_energy_kwh", 6553.5, 0.0, 0.1),
    "a counter that was misread": every(60, "active_energy_kwh", 120.0, 0.0, 120.1),
    "a level that is rounded": every(10, "level_percent", 40.0, 41.5, 43.0, 38.0),
    "a level that goes out and comes back untold": every(10, "level_percent", 40.0, 0.0, 40.0),
    "a level it never had": every(10, "level_percent", 100.0, 90.0, 80.0),
    "a level that does not come back": every(10, "level_percent", 40.0, *[100.0] * 9, 40.0),
    "a lamp that was out of reach": [
        (0, "level_percent", 40.0),
        (10, "reachable", False),
        (60, "reachable", True),
        (61, "level_percent", 100.0),
    ],
    "a word": every(10, "uptime_s", 500, "reset", 510),
    "no number": every(10, "uptime_s", 500, float("nan"), 520),
}


@pytest.mark.parametrize("said", NONE.values(), ids=list(NONE))
def test_what_looks_like_a_loss_is_none(said: list[Said]) -> None:
    assert losses(*said) == []


NONE_YET, TAKEN, MISSED, ORDERED = Writes(1), Writes(1, 1, 0), Writes(1, 0, 1), Writes(3, 2, 0)
DARK: dict[str, tuple[int, list[tuple[float, str, Value, Writes]]]] = {
    "it took its level again": (
        1,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (20, "level_percent", 40.0, TAKEN),
        ],
    ),
    "its write was answered after it was seen": (
        1,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (10.1, "level_percent", 40.0, NONE_YET), (20, "level_percent", 40.0, TAKEN),
            (30, "level_percent", 40.0, TAKEN),
        ],
    ),
    "it is read once a minute": (
        1,
        [
            (0, "level_percent", 40.0, NONE_YET), (60, "level_percent", 0.0, NONE_YET),
            (120.1, "level_percent", 40.0, TAKEN),
        ],
    ),
    "its time since the start tells it as well": (
        1,
        [
            (0, "level_percent", 40.0, NONE_YET), (0, "uptime_s", 500.0, NONE_YET),
            (10, "level_percent", 0.0, NONE_YET), (10, "uptime_s", 3.0, NONE_YET),
            (20, "level_percent", 40.0, TAKEN), (20, "uptime_s", 13.0, TAKEN),
        ],
    ),
    "somebody holds it off, and switches it on again": (
        0,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (20, "level_percent", 0.0, MISSED), (30, "level_percent", 40.0, Writes(1, 1, 1)),
        ],
    ),
    "it comes back slowly from where it was held": (
        0,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (20, "level_percent", 20.0, MISSED), (30, "level_percent", 40.0, Writes(1, 1, 1)),
        ],
    ),
    "it never took the level": (
        0,
        [
            (0, "level_percent", 80.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (20, "level_percent", 40.0, TAKEN),
        ],
    ),
    "it was told to be off meanwhile": (
        0,
        [
            (0, "level_percent", 40.0, Writes(1, 1, 0)), (10, "level_percent", 0.0, ORDERED),
            (20, "level_percent", 40.0, Writes(3, 3, 0)),
        ],
    ),
    "it says that its lamp failed": (
        0,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "lamp_failure", True, NONE_YET),
            (10, "level_percent", 0.0, NONE_YET), (20, "level_percent", 40.0, TAKEN),
        ],
    ),
    "it says a little later that its gear failed": (
        0,
        [
            (0, "level_percent", 40.0, NONE_YET), (10, "level_percent", 0.0, NONE_YET),
            (10, "ballast_failure", True, NONE_YET), (20, "level_percent", 40.0, TAKEN),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("count", "said"), DARK.values(), ids=list(DARK))
def test_a_controller_that_starts_in_darkness_is_told_from_a_lamp_that_something_switched_off(
    count: int, said: list[tuple[float, str, Value, Writes]]
) -> None:
    trace, found = SupplyTrace(), []
    for at_s, quantity, value, writes in said:
        trace = traced(trace, WRAPS, Reading("l1", quantity, value, at_s), 40.0, writes=writes)
        found += [trace.found] if trace.found else []
    assert len(found) == count


def test_what_the_driver_doubts_is_no_loss() -> None:
    assert losses(*SHOWN["its level"], quality=Quality.SUSPECT) == []


def test_another_order_is_no_loss() -> None:
    trace = SupplyTrace()
    for at_s, commanded, level in ((0.0, 40.0, 40.0), (1.0, 80.0, 40.0), (2.0, 80.0, 60.0), (3.0, 80.0, 80.0)):
        trace = traced(trace, {}, Reading("l1", "level_percent", level, at_s), commanded)
        assert not trace.found


def test_each_of_several_losses_is_found() -> None:
    said = [(6.0 * boot + at, "uptime_s", at) for boot in range(5) for at in range(6)]
    assert len(losses(*said)) == 4
