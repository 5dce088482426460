"""Dated levels over a program: which holds when, and what goes above and below them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from agent.clock import Moment
from agent.trades.lighting.options import Presence, ProgramOptions
from agent.trades.lighting.plan.calendar import always
from agent.trades.lighting.plan.dated import DatedLevel
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.override import Override
from agent.trades.lighting.plan.presence import Inputs, apply_presence, apply_reading
from agent.trades.lighting.plan.resolve import Level, resolve
from agent.trades.lighting.plan.sun import Place
from drivers.base import Reading

PARIS = Place(48.8566, 2.3522, "Europe/Paris")
NIGHT = always(ProgramOptions(on="20:00", off="06:00", level_percent=50))
PLAN = LampPlan(NIGHT, PARIS, floor_percent=10)
UNTIL = datetime(2027, 1, 20, 12, tzinfo=UTC)
FAIR = DatedLevel("fair", 80, UNTIL)
LATE = DatedLevel("late", 30, UNTIL, always(ProgramOptions(on="23:00", off="05:00", level_percent=30)))


def at(text: str, trusted: bool = True) -> Moment:
    """UTC; the clocks of Paris are an hour ahead."""
    unix_s = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    return Moment(unix_s, unix_s - 1_790_000_000.0, "b1", trusted)


def level(
    now: Moment,
    *dated: DatedLevel,
    plan: LampPlan = PLAN,
    override: Override | None = None,
    inputs: Inputs | None = None,
) -> Level:
    return resolve(plan, override, now, inputs, dated)


@pytest.mark.parametrize(
    ("now", "dated", "percent", "until"),
    [
        ("2027-01-15T20:00", (), 50, "2027-01-16T05:00"),
        ("2027-01-15T20:00", (FAIR,), 80, "2027-01-16T05:00"),
        ("2027-01-15T12:00", (FAIR,), 80, "2027-01-15T19:00"),
        ("2027-01-15T20:00", (LATE,), 50, "2027-01-15T22:00"),
        ("2027-01-15T22:00", (LATE,), 30, "2027-01-16T04:00"),
        ("2027-01-16T04:30", (LATE,), 50, "2027-01-16T05:00"),
        ("2027-01-15T22:00", (FAIR, LATE), 30, "2027-01-16T04:00"),
        ("2027-01-15T22:00", (LATE, FAIR), 80, "2027-01-16T04:00"),
        ("2027-01-16T04:30", (FAIR, LATE), 80, "2027-01-16T05:00"),
        ("2027-01-20T11:59", (FAIR,), 80, "2027-01-20T12:00"),
    ],
)
def test_the_last_one_that_holds_takes_the_place_of_the_program(
    now: str, dated: Sequence[DatedLevel], percent: float, until: str
) -> None:
    found = level(at(now), *dated)
    assert (found.level_percent, found.reason) == (percent, "program")
    assert found.until == datetime.fromisoformat(until).replace(tzinfo=UTC)


def test_a_technician_reads_which_one_it_is() -> None:
    assert level(at("2027-01-15T22:00"), FAIR).detail == "the document lighting-exception/fair is in force"


@pytest.mark.parametrize(("wanted", "percent"), [(0, 0), (3, 10), (10, 10), (100, 100)])
def test_the_floor_holds_for_them_too(wanted: float, percent: float) -> None:
    assert level(at("2027-01-15T20:00"), DatedLevel("d", wanted, UNTIL)).level_percent == percent


def test_a_lamp_without_a_program_follows_them() -> None:
    plan = LampPlan(None, PARIS, default_percent=70)
    assert level(at("2027-01-15T12:00"), FAIR, plan=plan).level_percent == 80
    assert level(at("2027-01-15T12:00"), LATE, plan=plan).level_percent == 70


def test_an_override_goes_above_them() -> None:
    now = at("2027-01-15T20:00")
    found = level(now, FAIR, override=Override("c1", 5, now, None))
    assert (found.level_percent, found.reason) == (5, "override")


def test_somebody_who_is_there_is_lit_over_them() -> None:
    rule = Presence(by=("bay-1",))
    plan = LampPlan(always(ProgramOptions(on="20:00", off="06:00", level_percent=50, presence=(rule,))), PARIS)
    now = at("2027-01-15T22:00")
    inputs = apply_presence(Inputs(), frozenset({rule}), "bay-1", now.mono_s)
    assert level(now, LATE, plan=plan).level_percent == 30
    assert level(now, LATE, plan=plan, inputs=inputs).level_percent == 100


@pytest.mark.parametrize(
    ("dated", "dark", "percent"),
    [
        ((), True, 50),
        ((FAIR,), True, 80),
        ((FAIR,), False, 80),
        ((DatedLevel("d", 20, UNTIL),), True, 50),
        ((DatedLevel("d", 0, UNTIL),), True, 50),
        ((LATE,), True, 50),
    ],
)
def test_without_a_clock_they_make_no_lamp_darker(dated: Sequence[DatedLevel], dark: bool, percent: float) -> None:
    program = ProgramOptions(on="dark", off="light", level_percent=50, photocell="cell")
    now = at("2020-01-01T00:00", trusted=False)
    inputs = apply_reading(Inputs(), Reading("cell", "dark", dark, now.mono_s))
    assert level(now, *dated, plan=LampPlan(always(program), PARIS), inputs=inputs).level_percent == percent
