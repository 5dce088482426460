"""Whoever sees all that the pole emits cannot tell a single stay by it in statistics mode; in alert mode he can."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pole_file import ALERT
from watched_day import STEP_S, Street, Trace, Visit, differences, pole, reconstructed

pytestmark = pytest.mark.timeout(900)

PARIS = ZoneInfo("Europe/Paris")
MORNING_S = datetime(2027, 12, 31, 8, 0, 7, tzinfo=PARIS).timestamp()
EVENING_S = datetime(2027, 12, 31, 18, 0, 7, tzinfo=PARIS).timestamp()
HOUR_S, PERIOD_S = 3600, 900
DAY_S, NIGHT_S, MIDNIGHT_S = 12 * HOUR_S, 9 * HOUR_S, 6 * HOUR_S
DAYS = ("2027-12-31", "2028-01-01")

COUNTS = "[kerb]\nminimum_count = 2\n"
LAPSED = ALERT.replace("2027-12-31", "2027-12-30")
WAYS = {
    "configured": (COUNTS, False, True),
    "authorisation that ended": (LAPSED, True, True),
    "clock that is not set": (ALERT, True, False),
}
"""Each way into statistics mode: [kerb], whether the file asks for single stays all the same, and the clock."""

BUSY = 6
"""The vehicles of the busy period: enough to be told as a number."""

BOTH = ("kerb-side", "within")

LORRY = Visit(10 * PERIOD_S + 200, 290, (), hides=True)
"""It stands before the lens."""


def alone(begin_s: int, end_s: int) -> list[Visit]:
    """Every three quarters of an hour one vehicle, in the middle of its period; seldom within both zones."""
    starts = range(begin_s, end_s, 3 * PERIOD_S)
    return [
        Visit(at + 260, 300 + number % 7, BOTH if number % 3 == 0 else BOTH[:1]) for number, at in enumerate(starts)
    ]


def traffic() -> list[Visit]:
    """A busy period in the morning, then few vehicles, each alone in its period."""
    busy = [Visit(HOUR_S + 20 + at * 130, 100, BOTH) for at in range(BUSY)]
    return [*busy, *alone(2 * HOUR_S, DAY_S - HOUR_S), Visit(9 * PERIOD_S + 200, 290, ("opposite",))]


def otherwise(visits: Sequence[Visit]) -> list[Visit]:
    """Another day of which all that may be told is the same: one of many came later in their period, one of those that
    came alone came later, one stood longer, one did not come, and another one did."""
    changed = list(visits)
    changed[3] = visits[3]._replace(came_s=visits[3].came_s + 20)
    changed[7] = visits[7]._replace(came_s=visits[7].came_s + 120)
    changed[9] = visits[9]._replace(stood_s=visits[9].stood_s + 130)
    del changed[11]
    return [*changed, Visit(3 * PERIOD_S + 130, 300, BOTH)]


def seen(file: Path, begin_s: float, length_s: int, visits: Iterable[Visit], *, trusted: bool = True) -> Trace:
    return asyncio.run(Street(file, begin_s, list(visits), trusted=trusted).seen(length_s, DAYS))


def written(folder: Path, name: str, kerb: str, *, asks_single: bool = True) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(pole(kerb, asks_single=asks_single))
    return file


@pytest.mark.parametrize("way", WAYS)
def test_promise_privacy_no_stay_of_a_day_is_reconstructed_from_all_that_the_pole_emits(
    tmp_path: Path, way: str
) -> None:
    """Neither by comparing two days that differ in single stays alone, nor by what is new when one came and left."""
    kerb, asks_single, trusted = WAYS[way]
    visits = [each if asks_single else each._replace(zones=each.zones[:1]) for each in traffic()]
    days = [
        seen(written(tmp_path, name, kerb, asks_single=asks_single), MORNING_S, DAY_S, street, trusted=trusted)
        for name, street in (("one", visits), ("other", otherwise(visits)), ("empty", ()))
    ]
    assert differences(days[0], days[1]) == []
    lone = visits[BUSY:]
    assert {visit: by for visit, by in reconstructed(days[0], days[2], lone).items() if by} == {}
    told = [row for row in days[0].sent if row[0] == "kerb.statistics" and row[3]["stays"] is not None]
    assert [(row[1], row[3]["stays"]) for row in told] == [("kerb-side", BUSY)], "what may be told is told"


@pytest.mark.parametrize("way", WAYS)
def test_promise_privacy_a_lorry_that_stands_before_the_lens_is_told_by_none_of_it(tmp_path: Path, way: str) -> None:
    kerb, asks_single, trusted = WAYS[way]
    streets = {"one": [LORRY], "other": [LORRY._replace(came_s=LORRY.came_s + 2 * STEP_S)], "empty": []}
    one, other, empty = (
        seen(written(tmp_path, name, kerb, asks_single=asks_single), MORNING_S, 4 * HOUR_S, street, trusted=trusted)
        for name, street in streets.items()
    )
    assert differences(one, other) == []
    assert reconstructed(one, empty, [LORRY]) == {LORRY: set()}
    told = [row[3] for row in one.sent if row[:2] == ["kerb.statistics", "kerb-side"]]
    assert [(each["period_s"], each["watched_s"]) for each in told if each["interrupted"]] == [(1800.0, 1500)]


def test_in_alert_mode_the_same_means_tell_each_of_them_by_many_ways(tmp_path: Path) -> None:
    """They are sharp enough, and every way that is shut in statistics mode is one."""
    visits = [*traffic(), LORRY]
    day, empty = (
        seen(written(tmp_path, name, ALERT), MORNING_S, DAY_S, street)
        for name, street in (("one", visits), ("empty", ()))
    )
    found = reconstructed(day, empty, visits)
    assert not [visit for visit, by in found.items() if not by]
    by = set[str]().union(*found.values())
    for way in (
        "status/zones/kerb-side/standing_s",
        "status/devices/cam/detector_runs",
        "status/devices/cam/looks",
        "status/devices/cam/condition",
        "status/lamps/lamp-1/reason",
        "status/zones/within/vehicles",
    ):
        assert way in by, sorted(each for each in by if each.split("/")[0] in {"status", "states"})
    assert any(row[0] == "kerb.suspected" for row in day.sent)
    assert any(row[:2] == ["telemetry.reading", "feeder"] for row in day.sent)


def test_promise_privacy_when_the_authorisation_ends_the_stays_of_before_are_nowhere_any_more(tmp_path: Path) -> None:
    """A night in whose middle it ends: from then on all is the same, whenever they came before and after.

    The last one before midnight is as it was: the pace of telemetry goes on from it for a quarter of an hour.
    """
    before, after = alone(HOUR_S, MIDNIGHT_S - 2 * PERIOD_S), alone(MIDNIGHT_S + PERIOD_S, NIGHT_S - PERIOD_S)
    moved = [visit._replace(came_s=visit.came_s + STEP_S) for visit in (*before[:-1], *after)]
    later = [*moved, before[-1]]
    one, other = (
        seen(written(tmp_path, name, ALERT), EVENING_S, NIGHT_S, street)
        for name, street in (("one", [*before, *after]), ("other", later))
    )
    assert differences(one, other) != [], "before midnight they differ"
    assert differences(one.since(MIDNIGHT_S), other.since(MIDNIGHT_S)) == []
    modes = [row[3] for row in one.sent if row[0] == "kerb.mode"]
    assert [mode["mode"] for mode in modes] == ["alert", "statistics"]
    assert modes[1]["purged"] > len(before)
