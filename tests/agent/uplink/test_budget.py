"""What an uplink costs by day and month of local time, across restarts, and what is told of a budget."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import json, structs

from agent.clock import Moment
from agent.rule import Step
from agent.uplink.budget import KEEP_S, LOOK_S, Counts, Spent, advanced, step
from drivers.mqtt.traffic import Traffic

ZONE = "Europe/Paris"
MB = 1_000_000


def _at(text: str, mono_s: float = 0.0, trusted: bool = True) -> Moment:
    """Local time."""
    return Moment(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp(), mono_s, "b", trusted)


def _counts(sent: int, received: int = 0, run: str = "r1", left_out: int = 0) -> Counts:
    return Counts(run, Traffic(sent, received), left_out)


def _step(state: Spent, now: Moment, counts: Counts, budget: int | None = 50 * MB) -> Step[Spent]:
    return step(state, now, counts, pole="p1", budget_bytes=budget, timezone=ZONE)


def test_a_day_and_a_month_end_at_local_midnight() -> None:
    state = advanced(Spent(), _at("2026-11-29 23:59"), ZONE, _counts(100, 10))
    state = advanced(state, _at("2026-11-30 00:00"), ZONE, _counts(150, 10))
    assert (state.yesterday, state.today, state.this_month) == (Traffic(100, 10), Traffic(50), Traffic(150, 10))
    state = advanced(state, _at("2026-12-01 00:00"), ZONE, _counts(157, 12, left_out=3))
    assert (state.yesterday, state.today) == (Traffic(50), Traffic(7, 2))
    assert (state.last_month, state.this_month, state.month) == (Traffic(150, 10), Traffic(7, 2), "2026-12")


def test_the_count_goes_on_after_a_restart_and_counts_nothing_twice() -> None:
    state = advanced(Spent(), _at("2026-11-29 10:00"), ZONE, _counts(1000))
    kept = json.decode(json.encode(state), type=Spent)
    state = advanced(kept, _at("2026-11-29 11:00"), ZONE, _counts(30, run="r2"))
    state = advanced(state, _at("2026-11-29 12:00"), ZONE, _counts(40, run="r2"))
    assert state.this_month == Traffic(1040)


def test_without_a_clock_the_day_does_not_change() -> None:
    state = advanced(Spent(), _at("2026-11-29 10:00"), ZONE, _counts(1000))
    state = advanced(state, _at("1970-01-01 00:10", trusted=False), ZONE, _counts(30, run="r2"))
    assert (state.day, state.today, state.yesterday) == ("2026-11-29", Traffic(1030), None)
    first = advanced(Spent(), _at("1970-01-01 00:10", trusted=False), ZONE, _counts(30))
    first = advanced(first, _at("2026-11-29 10:00"), ZONE, _counts(50))
    assert (first.month, first.this_month) == ("2026-11", Traffic(50))


@pytest.mark.parametrize("elsewhere", ["1970-01-01 00:10", "2026-12-01 00:00", "2099-05-05 12:00"])
def test_a_clock_that_was_in_another_month_gives_no_second_budget(elsewhere: str) -> None:
    """A box whose clock has a dead battery is in 1970 after each power cut, and believed."""
    state = _step(Spent(), _at("2026-11-29 10:00"), _counts(45 * MB, left_out=7)).state
    away = _step(state, _at(elsewhere), _counts(46 * MB, left_out=7)).state
    assert (away.stage, away.last_month, away.left_out) == ("none", Traffic(45 * MB), 0)
    back = _step(away, _at("2026-11-29 10:01"), _counts(47 * MB, left_out=9)).state
    assert (back.stage, back.this_month, back.left_out) == ("telemetry", Traffic(47 * MB), 9)
    december = _step(back, _at("2026-12-01 00:00"), _counts(48 * MB, left_out=9)).state
    assert (december.stage, december.last_month, december.this_month) == ("none", Traffic(47 * MB), Traffic(MB))


def test_it_is_written_every_quarter_of_an_hour_and_not_where_nothing_went_out() -> None:
    first = _step(Spent(), _at("2026-11-29 10:00", 0.0), _counts(1000))
    assert first.state.this_month == Traffic(1000) and first.wake_at_s == LOOK_S
    soon = _step(first.state, _at("2026-11-29 10:10", KEEP_S - 1), _counts(2000))
    assert soon.state is first.state, "so that nothing is written"
    later = _step(first.state, _at("2026-11-29 10:15", KEEP_S), _counts(2000))
    assert later.state.this_month == Traffic(2000)
    idle = _step(later.state, _at("2026-11-29 12:00", 9 * KEEP_S), _counts(2000))
    assert idle.state is later.state


def test_each_stage_is_told_once_and_its_end_with_the_month() -> None:
    state, told = Spent(), []
    for at, sent in (
        ("2026-11-20 10:00", 39 * MB),
        ("2026-11-20 10:01", 40 * MB),
        ("2026-11-20 10:02", 41 * MB),
        ("2026-11-21 10:00", 48 * MB),
        ("2026-11-22 10:00", 51 * MB),
        ("2026-11-23 10:00", 52 * MB),
        ("2026-12-01 00:00", 53 * MB),
    ):
        found = _step(state, _at(at), _counts(sent, left_out=sent // MB))
        state = found.state
        told += [(each.type, each.data.stage, each.data.month, each.data.left_out) for each in found.events]
    assert told == [
        ("uplink.budget", "telemetry", "2026-11", 40),
        ("uplink.budget", "statistics", "2026-11", 48),
        ("uplink.budget", "exceeded", "2026-11", 51),
        ("uplink.budget", "none", "2026-12", 52),
    ]


def test_another_budget_by_reload_is_told_as_well() -> None:
    state = _step(Spent(), _at("2026-11-20 10:00"), _counts(45 * MB)).state
    assert state.stage == "telemetry"
    raised = _step(state, _at("2026-11-20 10:01"), _counts(45 * MB), budget=100 * MB)
    (told,) = raised.events
    assert (told.data.stage, told.data.budget_bytes) == ("none", 100 * MB)
    (gone,) = _step(structs.replace(state), _at("2026-11-20 10:01"), _counts(45 * MB), budget=None).events
    assert (gone.data.stage, gone.data.budget_bytes) == ("none", None)
