"""How what is learnt is written: the rules that hold for any order of events."""

from datetime import UTC, date, datetime, timedelta

from agent.clock import Moment
from agent.trades.parking.statistics.day_log import MOST_CHANGES, Kind
from agent.trades.parking.statistics.occupancy_log import MOST_UNDATED, BayChange, OccupancyLog, apply_changes

MIDNIGHT = datetime(2026, 11, 25, tzinfo=UTC).timestamp()
DAY, NEXT = date(2026, 11, 25), date(2026, 11, 26)


def at(hours: float, *, trusted: bool = True) -> Moment:
    return Moment(MIDNIGHT + hours * 3600, hours * 3600, "boot", trusted)


def told(occupancy: OccupancyLog, kind: Kind, hours: float, now_h: float | None = None) -> OccupancyLog:
    return apply_changes(occupancy, [BayChange("b1", at(hours), kind)], at(hours if now_h is None else now_h))


def kinds(occupancy: OccupancyLog, day: date = DAY) -> list[tuple[str, float]]:
    return [(change.kind, change.at_s / 3600) for change in occupancy.days[day]["b1"].changes]


def test_what_happened_is_never_taken_back() -> None:
    occupancy = told(told(OccupancyLog("UTC"), "free", 8), "arrived", 9)
    assert kinds(told(occupancy, "left", 8.5, now_h=10)) == [("free", 8), ("arrived", 9), ("left", 9)]


def test_nothing_reaches_back_farther_than_yesterday() -> None:
    occupancy = told(OccupancyLog("UTC"), "free", 1)
    for day in (24, 48, 72):
        occupancy = apply_changes(occupancy, [], at(day))
    occupancy = told(occupancy, "arrived", 2, now_h=72.5)
    assert kinds(occupancy) == [("free", 1)]
    assert [change.at_s for change in occupancy.days[DAY + timedelta(days=2)]["b1"].changes] == [0]
    assert occupancy.days[DAY + timedelta(days=3)]["b1"].begin == "occupied"


def test_a_day_that_became_coarse_spoils_no_other() -> None:
    occupancy = OccupancyLog("UTC")
    for number in range(MOST_CHANGES + 2):
        occupancy = told(occupancy, "left" if number % 2 else "arrived", number / 3600)
    assert occupancy.days[DAY]["b1"].coarse
    occupancy = told(apply_changes(occupancy, [], at(24)), "free", 24.1)
    before = occupancy.days[NEXT]
    assert told(occupancy, "arrived", 23.9, now_h=24.2).days[NEXT] == before


def test_what_waits_for_the_clock_is_bounded() -> None:
    news = [BayChange("b1", at(number, trusted=False), "free") for number in range(2 * MOST_UNDATED)]
    occupancy = apply_changes(OccupancyLog("UTC"), news, at(2 * MOST_UNDATED, trusted=False))
    assert len(occupancy.undated) == MOST_UNDATED
    assert occupancy.undated[-1] == news[-1]


def test_periods_are_told_again_after_a_clock_was_set_back() -> None:
    occupancy = apply_changes(OccupancyLog("UTC"), [], at(10))
    assert occupancy.checkpoint is not None
    later = Moment(at(8).unix_s, at(10).mono_s + 1, "boot", True)
    found = apply_changes(occupancy, [], later).checkpoint
    assert found is not None
    assert found.published_until_unix_s == later.unix_s
