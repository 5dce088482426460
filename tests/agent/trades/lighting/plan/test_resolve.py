"""Adjustments, presence, photocells, ramps, staggering, floors and ageing: what they make of a program."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from agent.clock import Moment
from agent.trades.lighting.options import (
    Adjustment,
    CalendarOptions,
    CalendarRule,
    DimStep,
    LampOptions,
    Operation,
    Presence,
    ProgramOptions,
)
from agent.trades.lighting.plan.calendar import always, calendar_of
from agent.trades.lighting.plan.lamp_plan import LampPlan, interpolated, plan_of, spread_of
from agent.trades.lighting.plan.night_schedule import combined
from agent.trades.lighting.plan.override import Override, WrongOrder, ended, ordered
from agent.trades.lighting.plan.photocell import DWELL_S, SILENT_S, Cell
from agent.trades.lighting.plan.presence import (
    RAMP_STEP_S,
    Inputs,
    apply_presence,
    apply_reading,
)
from agent.trades.lighting.plan.preview import tonight, walk
from agent.trades.lighting.plan.program import compiled
from agent.trades.lighting.plan.resolve import Level, resolve
from agent.trades.lighting.plan.sun import Place
from drivers.base import Command, Reading
from drivers.options import Seconds

PARIS = Place(48.8566, 2.3522, "Europe/Paris")
PLACES = (
    PARIS,
    Place(0.0, 9.45, "Africa/Libreville"),
    Place(65.0, 25.5, "Europe/Helsinki"),
    Place(78.2, 15.6, "Arctic/Longyearbyen"),
    Place(-54.8, -68.3, "America/Argentina/Ushuaia"),
)
PARIS_TIME = ZoneInfo("Europe/Paris")
OPERATIONS: tuple[Operation, ...] = ("Set", "Max", "Min", "Add", "Sub", "Mul")


def moment(text: str, trusted: bool = True, mono_s: float | None = None) -> Moment:
    """Builds a moment from local time of Paris; the monotonic clock of this boot began with 2026."""
    unix_s = datetime.fromisoformat(text).replace(tzinfo=PARIS_TIME).timestamp()
    mono_s = unix_s - datetime(2026, 1, 1, tzinfo=UTC).timestamp() if mono_s is None else mono_s
    return Moment(unix_s, mono_s, "b1", trusted)


def plan(program: ProgramOptions, place: Place = PARIS, **others: float) -> LampPlan:
    return LampPlan(always(program), place, **others)


def level(followed: LampPlan, at: str, inputs: Inputs | None = None) -> Level:
    return resolve(followed, None, moment(at), inputs)


def levels(followed: LampPlan, begin: datetime, days: int) -> list[tuple[str, float]]:
    """(local time, level) wherever the level changes."""
    seen: list[tuple[str, float]] = []
    for at, one in walk(followed, begin, begin + timedelta(days=days)):
        if not seen or seen[-1][1] != one.level_percent:
            seen.append((at.astimezone(PARIS_TIME).strftime("%H:%M:%S"), one.level_percent))
    return seen


NIGHT = ProgramOptions(on="20:00", off="06:00", level_percent=80.0)
NOON = datetime(2026, 12, 21, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("operation", "operand", "expected"),
    [
        ("Set", 30, 30),
        ("Max", 30, 80),
        ("Max", 90, 90),
        ("Min", 30, 30),
        ("Add", 30, 100),
        ("Sub", 30, 50),
        ("Sub", 90, 0),
        ("Mul", 50, 40),
    ],
)
def test_an_adjustment_works_on_the_level_of_the_steps(operation: Operation, operand: float, expected: float) -> None:
    adjust = Adjustment(operation=operation, level_percent=operand, begin="23:00", end="05:00")
    followed = plan(ProgramOptions(on="20:00", off="06:00", level_percent=80.0, adjust=(adjust,)))
    seen = [level(followed, f"2026-12-21T{at}").level_percent for at in ("22:59", "23:00")]
    assert seen == [80, expected]
    assert [level(followed, f"2026-12-22T0{at}").level_percent for at in ("4:59", "5:00", "6:00")] == [expected, 80, 0]


def test_adjustments_are_applied_in_their_order() -> None:
    half = Adjustment(operation="Mul", level_percent=50)
    more = Adjustment(operation="Add", level_percent=10)
    assert level(plan(structs.replace(NIGHT, adjust=(half, more))), "2026-12-21T22:00").level_percent == 50
    assert level(plan(structs.replace(NIGHT, adjust=(more, half))), "2026-12-21T22:00").level_percent == 45


@given(st.sampled_from(OPERATIONS), st.floats(0, 100), st.floats(0, 100))
def test_a_combined_level_is_a_level(operation: Operation, one: float, other: float) -> None:
    assert 0 <= combined(operation, one, other) <= 100


def test_a_step_at_a_sun_event_moves_with_the_year() -> None:
    program = ProgramOptions(steps=(DimStep(at="dusk+1h", level_percent=40.0),))
    seen = levels(plan(program), NOON, 1)
    assert [percent for _, percent in seen] == [0.0, 100.0, 40.0, 0.0]
    assert seen[2][0].startswith("18:3")


def test_a_step_at_a_dusk_that_does_not_come_is_left_out() -> None:
    program = ProgramOptions(steps=(DimStep(at="dusk", level_percent=40.0), DimStep(at="dawn", level_percent=60.0)))
    midsummer = datetime(2026, 6, 21, 10, tzinfo=UTC)
    assert {percent for _, percent in levels(plan(program, PLACES[2]), midsummer, 2)} == {0.0, 100.0}


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [("07:00", None, "outside the night"), ("05:00", "22:00", "order of the night"), ("23:00", "23:00", "order")],
)
def test_parts_of_the_night_that_are_none_are_refused_in_words(begin: str, end: str | None, words: str) -> None:
    adjust = Adjustment(operation="Set", level_percent=10, begin=begin, end=end)
    with pytest.raises(ValueError, match=words):
        compiled(structs.replace(NIGHT, adjust=(adjust,)))


def test_calendar_nights_are_joined_without_a_gap() -> None:
    """A Friday night until 06:00, then a Saturday of its own from 05:00: the later one counts."""
    programs = {"plain": NIGHT, "early": ProgramOptions(on="05:00", off="23:00", level_percent=30.0)}
    calendar = calendar_of(
        CalendarOptions(program="plain", rules=(CalendarRule(program="early", days=("sat",)),)), programs
    )
    friday = datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert levels(LampPlan(calendar, PARIS), friday, 2) == [
        ("12:00:00", 0.0),
        ("20:00:00", 80.0),
        ("05:00:00", 30.0),
        ("23:00:00", 0.0),
    ]


# --- ramps and staggering


def test_a_ramp_begins_at_its_time_and_is_over_after_it() -> None:
    followed = plan(structs.replace(NIGHT, ramp_s=Seconds(8)))
    seen = levels(followed, NOON, 1)
    assert seen[1:9] == [(f"20:00:0{second}", 10.0 * second) for second in range(1, 9)]
    assert level(followed, "2026-12-21T20:00:03").ramping
    assert not level(followed, "2026-12-21T20:00:08").ramping
    assert seen[-1] == ("06:00:08", 0.0)


def test_a_ramp_that_another_one_cuts_short_goes_on_from_where_it_is() -> None:
    program = structs.replace(NIGHT, ramp_s=Seconds(600), steps=(DimStep(at="20:05", level_percent=0.0),))
    followed = plan(program)
    assert level(followed, "2026-12-21T20:05").level_percent == 40.0
    assert level(followed, "2026-12-21T20:10").level_percent == 20.0


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 600),
    st.floats(0, 300),
    st.lists(st.tuples(st.integers(0, 599), st.floats(0, 100)), max_size=4, unique_by=lambda step: step[0]),
    st.floats(0, 1),
)
def test_a_ramp_never_writes_more_often_than_it_may_and_ends_at_the_level(
    ramp_s: float, stagger_s: float, steps: list[tuple[int, float]], spread: float
) -> None:
    clock = (f"{(20 + at // 60) % 24:02}:{at % 60:02}" for at, _ in steps)
    dims = tuple(DimStep(at=at, level_percent=percent) for at, (_, percent) in zip(clock, steps, strict=True))
    program = ProgramOptions(on="20:00", off="06:00", steps=dims, ramp_s=Seconds(ramp_s), stagger_s=Seconds(stagger_s))
    walked = walk(plan(program, spread=spread), NOON, NOON + timedelta(days=1))
    switchings = {20 * 3600, 6 * 3600, *(((20 * 60 + at) * 60) % 86_400 for at, _ in steps)}
    for (before, _), (after, _) in pairwise(one for one in walked if one[1].ramping):
        local = after.astimezone(PARIS_TIME)
        of_day_s = local.hour * 3600 + local.minute * 60 + local.second
        begins = any(0 <= of_day_s - at_s <= stagger_s + RAMP_STEP_S for at_s in switchings)
        assert begins or (after - before).total_seconds() >= RAMP_STEP_S - 0.001
    assert walked[-1][1].level_percent == 0.0
    assert all(0 <= one.level_percent <= 100 for _, one in walked)


def test_lamps_of_one_program_come_on_one_by_one_and_go_out_together() -> None:
    program = structs.replace(NIGHT, stagger_s=Seconds(60))
    seen = [levels(plan(program, spread=spread), NOON, 1)[1:] for spread in (0.0, 0.25, 1.0)]
    assert [one[0][0] for one in seen] == ["20:00:00", "20:00:15", "20:01:00"]
    assert {one[1][0] for one in seen} == {"06:00:00"}


def test_where_a_lamp_stands_in_the_staggering_is_its_own_and_stays() -> None:
    spreads = [spread_of(f"lamp-{number}", PARIS) for number in range(200)]
    assert len(set(spreads)) == 200
    assert all(0 <= spread <= 1 for spread in spreads)
    assert max(after - before for before, after in pairwise(sorted(spreads))) < 0.1
    assert spread_of("lamp-1", PARIS) == spreads[1]
    assert spread_of("lamp-1", PLACES[1]) != spreads[1]


# --- presence

BRIGHT = Presence(by=("bay-1",), level_percent=100.0, hold_s=Seconds(60), begin="22:00")
WAITING = ProgramOptions(on="20:00", off="06:00", level_percent=20.0, presence=(BRIGHT,))


def seen(followed: LampPlan, source: str, at: str, before: Inputs | None = None) -> Inputs:
    assert followed.calendar is not None
    return apply_presence(before or Inputs(), followed.calendar.presence, source, moment(at).mono_s)


def test_presence_holds_and_the_program_returns() -> None:
    followed = plan(WAITING)
    inputs = seen(followed, "bay-1", "2026-12-21T23:00:00")
    there = level(followed, "2026-12-21T23:00:00", inputs)
    assert (there.level_percent, there.reason) == (100.0, "sensor")
    assert there.until == moment("2026-12-21T23:01:00").utc
    after = level(followed, "2026-12-21T23:01:00", inputs)
    assert (after.level_percent, after.reason) == (20.0, "program")


def test_a_later_sign_prolongs_and_an_earlier_one_does_not_shorten() -> None:
    followed = plan(WAITING)
    inputs = seen(followed, "bay-1", "2026-12-21T23:00:00")
    inputs = seen(followed, "bay-1", "2026-12-21T23:00:50", inputs)
    inputs = seen(followed, "bay-1", "2026-12-21T23:00:20", inputs)
    assert level(followed, "2026-12-21T23:01:49", inputs).level_percent == 100.0
    assert level(followed, "2026-12-21T23:01:50", inputs).level_percent == 20.0


def test_presence_counts_only_in_its_part_of_the_night_and_from_its_sources() -> None:
    followed = plan(WAITING)
    for at, wanted in (("2026-12-21T21:59:30", 20.0), ("2026-12-21T15:00:00", 0.0)):
        assert level(followed, at, seen(followed, "bay-1", at)).level_percent == wanted
    before = Inputs()
    assert seen(followed, "bay-2", "2026-12-21T23:00:00", before) is before


def test_presence_lights_a_lamp_in_its_part_night() -> None:
    part = structs.replace(NIGHT, steps=(DimStep(at="00:00", level_percent=0.0),), presence=(BRIGHT,))
    followed = plan(part)
    at = "2026-12-22T02:00:00"
    assert (level(followed, at).level_percent, level(followed, at, seen(followed, "bay-1", at)).level_percent) == (
        0,
        100,
    )


def test_presence_that_changes_nothing_is_no_reason() -> None:
    followed = plan(structs.replace(NIGHT, presence=(Presence(by=("bay-1",), level_percent=50.0),)))
    at = "2026-12-21T23:00:00"
    assert level(followed, at, seen(followed, "bay-1", at)) != level(followed, at)
    assert level(followed, at, seen(followed, "bay-1", at)).reason == "program"


def test_presence_rises_and_falls_by_its_ramp_and_turns_where_it_is() -> None:
    rule = Presence(by=("pir",), level_percent=100.0, hold_s=Seconds(10), ramp_s=Seconds(4))
    followed = plan(ProgramOptions(on="20:00", off="06:00", level_percent=20.0, presence=(rule,)))
    inputs = seen(followed, "pir", "2026-12-21T23:00:00")
    at = ["00", "01", "03", "04", "10", "11", "13", "14"]
    seconds = [level(followed, f"2026-12-21T23:00:{second}", inputs).level_percent for second in at]
    assert seconds == [20.0, 40.0, 80.0, 100.0, 100.0, 80.0, 40.0, 20.0]
    again = seen(followed, "pir", "2026-12-21T23:00:12", inputs)
    rising = [level(followed, f"2026-12-21T23:00:{second}", again).level_percent for second in ("12", "13", "14")]
    assert rising == [60.0, 80.0, 100.0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 3600), max_size=12).map(sorted), st.floats(5, 600), st.floats(0, 30))
def test_presence_is_never_forgotten_before_its_hold_and_never_lasts_longer_than_hold_and_ramp(
    signs: list[float], hold_s: float, ramp_s: float
) -> None:
    rule = Presence(by=("pir",), level_percent=100.0, hold_s=Seconds(hold_s), ramp_s=Seconds(ramp_s))
    followed = plan(ProgramOptions(on="20:00", off="06:00", level_percent=20.0, presence=(rule,)))
    begin = datetime(2026, 12, 21, 22, tzinfo=UTC)
    notices = [(begin + timedelta(seconds=sign), "pir") for sign in signs]
    walked = walk(followed, begin, begin + timedelta(hours=2), notices)
    for (at, one), (until, _) in pairwise([*walked, (begin + timedelta(hours=2), walked[-1][1])]):
        middle_s = ((at - begin) + (until - begin)).total_seconds() / 2
        since_s = min((middle_s - sign for sign in signs if sign <= middle_s), default=None)
        if since_s is None or since_s > hold_s + ramp_s + 0.01:
            assert one.level_percent == 20.0
        elif ramp_s < RAMP_STEP_S and since_s < hold_s:
            assert one.level_percent == 100.0


# --- photocell and clock

CELL = ProgramOptions(on="dark", off="light", level_percent=70.0, photocell="cell")


def said(dark: bool, at: Moment, before: Inputs | None = None) -> Inputs:
    return apply_reading(before or Inputs(), Reading("cell", "dark", dark, at.mono_s))


def test_promise_works_with_no_clock_the_photocell_decides_and_status_says_so() -> None:
    followed = plan(ProgramOptions(level_percent=70.0, photocell="cell"), default_percent=90.0)
    now = moment("2026-12-21T12:00", trusted=False)
    dark, light = (resolve(followed, None, now, said(one, now)) for one in (True, False))
    assert [(one.level_percent, one.reason) for one in (dark, light)] == [(70.0, "sensor"), (0.0, "sensor")]
    assert dark.detail == "the clock is not set, so the photocell cell decides"
    assert resolve(followed, None, moment("2026-12-21T12:00"), said(True, now)).reason == "program"


def test_promise_works_with_no_clock_a_photocell_that_falls_silent_is_not_believed() -> None:
    followed = plan(ProgramOptions(level_percent=70.0, photocell="cell"), default_percent=90.0)
    now = moment("2026-12-21T12:00", trusted=False)
    inputs = said(False, now)
    assert resolve(followed, None, now.shifted_to(now.mono_s + SILENT_S - 1), inputs).level_percent == 0.0
    late = resolve(followed, None, now.shifted_to(now.mono_s + SILENT_S), inputs)
    assert (late.level_percent, late.reason) == (90.0, "default")
    assert late.detail == "the clock is not set and the photocell cell is silent, so the program waits"


@pytest.mark.parametrize("dark", [True, False])
def test_promise_works_with_no_clock_the_word_of_a_photocell_holds_until_it_counts_as_silent(dark: bool) -> None:
    """A lamp is looked at again then, and by nothing else: a photocell that has died speaks no more."""
    followed = plan(ProgramOptions(level_percent=70.0, photocell="cell"), default_percent=90.0)
    spoke = moment("2026-12-21T12:00", trusted=False)
    for ago_s in (0.0, 100.0, SILENT_S - 1.0):
        now = spoke.shifted_to(spoke.mono_s + ago_s)
        answer = resolve(followed, None, now, said(dark, spoke))
        assert answer.until == spoke.utc + timedelta(seconds=SILENT_S)
    assert resolve(followed, None, spoke.shifted_to(spoke.mono_s + SILENT_S), said(dark, spoke)).until is None


@pytest.mark.parametrize("dark", [True, False])
def test_the_word_of_a_photocell_that_a_program_follows_holds_until_it_counts_as_silent(dark: bool) -> None:
    spoke = moment("2026-12-21T22:00")
    answer = resolve(plan(CELL), None, spoke.shifted_to(spoke.mono_s + 100.0), said(dark, spoke))
    assert answer.until == spoke.utc + timedelta(seconds=SILENT_S)


def test_a_program_may_follow_its_photocell_with_its_steps() -> None:
    later = (DimStep(at="23:00", level_percent=30.0),)
    followed = plan(structs.replace(CELL, steps=later))
    for at, dark, wanted in (
        ("2026-12-21T13:00", True, 70.0),
        ("2026-12-21T13:00", False, 0.0),
        ("2026-12-21T23:30", True, 30.0),
        ("2026-12-21T23:30", False, 0.0),
    ):
        answer = level(followed, at, said(dark, moment(at)))
        assert (answer.level_percent, answer.reason) == (wanted, "sensor")


def test_a_program_of_a_silent_photocell_goes_by_the_sun_and_says_so() -> None:
    followed = plan(CELL)
    night, day = level(followed, "2026-12-21T20:00"), level(followed, "2026-12-21T13:00")
    assert (night.level_percent, night.reason) == (70.0, "program")
    assert "silent" in night.detail
    assert day.level_percent == 0.0


def test_headlights_do_not_make_a_day() -> None:
    now = moment("2026-12-21T22:00")
    inputs = said(True, now)
    for second in range(0, int(DWELL_S), 5):
        inputs = said(False, now.shifted_to(now.mono_s + second), inputs)
        assert inputs.cells[Cell("cell")].dark
    inputs = said(True, now.shifted_to(now.mono_s + DWELL_S - 2), inputs)
    inputs = said(False, now.shifted_to(now.mono_s + DWELL_S), inputs)
    assert inputs.cells[Cell("cell")].dark
    inputs = said(False, now.shifted_to(now.mono_s + 2 * DWELL_S), inputs)
    assert not inputs.cells[Cell("cell")].dark


@pytest.mark.parametrize(
    ("on", "off", "cell", "words"),
    [
        ("dark", "sunrise", "cell", "go together"),
        ("sunset", "light", "cell", "go together"),
        ("dark", "light", None, "needs"),
    ],
)
def test_half_a_photocell_program_is_refused_in_words(on: str, off: str, cell: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compiled(ProgramOptions(on=on, off=off, photocell=cell))


# --- floor and constant light output


def test_the_floor_counts_whenever_the_lamp_burns_but_for_an_override() -> None:
    steps = (DimStep(at="23:00", level_percent=5.0), DimStep(at="02:00", level_percent=0.0))
    followed = plan(structs.replace(NIGHT, steps=steps), floor_percent=30.0)
    assert [percent for _, percent in levels(followed, NOON, 1)] == [0.0, 80.0, 30.0, 0.0]
    given_at = moment("2026-12-21T22:00")
    assert resolve(followed, Override("c", 10.0, given_at, None), given_at).level_percent == 10.0


CURVE = ((0.0, 80.0), (10_000.0, 90.0), (20_000.0, 100.0))


@pytest.mark.parametrize(
    ("hours", "share"), [(0, 80), (5_000, 85), (10_000, 90), (15_000, 95), (20_000, 100), (60_000, 100)]
)
def test_the_curve_is_straight_between_its_points_and_flat_outside(hours: float, share: float) -> None:
    assert interpolated(CURVE, hours) == share


def test_constant_light_output_dims_a_young_lamp_and_no_order() -> None:
    followed = LampPlan(always(NIGHT), PARIS, curve=CURVE)
    inputs = apply_reading(Inputs(), Reading("lamp-1", "operating_hours_h", 10_000, 5.0))
    assert level(followed, "2026-12-21T22:00", inputs).level_percent == 72.0
    assert level(followed, "2026-12-21T22:00").level_percent == 80.0
    given_at = moment("2026-12-21T22:00")
    assert resolve(followed, Override("c", 80.0, given_at, None), given_at, inputs).level_percent == 80.0


def test_a_lamp_that_ages_is_not_written_to_every_hour() -> None:
    followed = LampPlan(always(NIGHT), PARIS, curve=CURVE)
    seen_levels = {
        level(followed, "2026-12-21T22:00", Inputs(burning_h=float(hours))).level_percent for hours in range(20_000)
    }
    assert len(seen_levels) <= 33


# --- everything together, over whole years


EVERYTHING = ProgramOptions(
    on="sunset-10min",
    off="sunrise+10min",
    level_percent=90.0,
    steps=(DimStep(at="22:00", level_percent=50.0), DimStep(at="dawn-30min", level_percent=75.0)),
    adjust=(
        Adjustment(operation="Mul", level_percent=60.0, begin="00:00", end="04:00"),
        Adjustment(operation="Add", level_percent=5.0, begin="dusk"),
    ),
    presence=(BRIGHT,),
    ramp_s=Seconds(3),
    stagger_s=Seconds(20),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.latitude:g}")
def test_a_year_of_everything_is_defined_everywhere(place: Place) -> None:
    lamp = LampOptions(line="l", unit=1, profile="p", calendar="c", floor_percent=20.0)
    rules = (CalendarRule(program="fixed", days=("sat", "holiday")),)
    calendars = {"c": CalendarOptions(program="all", rules=rules, holidays="fr")}
    programs = {"all": EVERYTHING, "fixed": ProgramOptions(on="18:00", off="02:00", level_percent=40.0)}
    followed = plan_of("lamp-1", lamp, place, programs, calendars)
    begin = datetime(2027, 1, 1, tzinfo=UTC)
    notices = [(begin + timedelta(hours=7 * number), "bay-1") for number in range(1250)]
    walked = walk(followed, begin, begin + timedelta(days=365), notices)
    assert all(one.until is not None and at < one.until <= at + timedelta(days=1) for at, one in walked)
    assert all(one.level_percent == 0 or 20 <= one.level_percent <= 100 for _, one in walked)
    assert {one.reason for _, one in walked} == {"program", "sensor"}


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 365 * 86_400), st.sampled_from(PLACES))
def test_a_level_holds_until_its_next_change_and_not_longer_than_said(second: int, place: Place) -> None:
    """Asked at any moment before `until`, the resolver answers the same; asked again at `until`, it goes on."""
    followed = plan(EVERYTHING, place, spread=0.5)
    unix_s = datetime(2027, 1, 1, tzinfo=UTC).timestamp() + second
    now = Moment(unix_s, float(second), "b1", True)
    answer = resolve(followed, None, now)
    assert answer.until is not None
    left_s = answer.until.timestamp() - unix_s
    for share in (0.25, 0.5, 0.999):
        later = resolve(followed, None, now.shifted_to(now.mono_s + left_s * share))
        assert (later.level_percent, later.reason) == (answer.level_percent, answer.reason)


@pytest.mark.parametrize("day", ["2027-03-27", "2026-10-24"])
def test_on_the_nights_when_clocks_change_a_fixed_time_is_what_the_clock_shows(day: str) -> None:
    steps = (DimStep(at="02:00", level_percent=20.0), DimStep(at="03:00", level_percent=60.0))
    followed = plan(ProgramOptions(on="22:00", off="06:00", steps=steps))
    shown = [at.astimezone(PARIS_TIME).strftime("%H:%M") for at, _ in tonight(followed, date.fromisoformat(day))]
    spring = ["22:00", "03:00", "06:00"]
    assert shown == (spring if day == "2027-03-27" else ["22:00", "02:00", "03:00", "06:00"])


def command(start: str | None, action: str = "override", hold_s: float | None = 3600.0) -> Command:
    when = None if start is None else datetime.fromisoformat(start).replace(tzinfo=PARIS_TIME)
    return Command("c-1", "lamp-1", action, 30.0, None, hold_s, when)


def test_an_override_may_begin_later_and_holds_from_then() -> None:
    followed = plan(ProgramOptions(on="18:00", off="06:00"))
    order = ordered(command("2026-11-20 22:00"), None, moment("2026-11-20 19:00"))
    waiting = resolve(followed, order, moment("2026-11-20 21:59:59"))
    assert (waiting.level_percent, waiting.reason) == (100.0, "program")
    assert waiting.until == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
    assert resolve(followed, order, moment("2026-11-20 22:00")).level_percent == 30.0
    assert resolve(followed, order, moment("2026-11-20 22:59:59")).reason == "override"
    assert resolve(followed, order, moment("2026-11-20 23:00")).reason == "program"


def test_an_override_whose_start_has_passed_begins_at_once() -> None:
    order = ordered(command("2026-11-20 18:00"), None, moment("2026-11-20 19:00"))
    assert order is not None and order.start_s is None
    assert not ended(order, moment("2026-11-20 19:59:59"))


def test_without_a_clock_an_override_that_begins_later_waits_and_does_not_end() -> None:
    followed = plan(ProgramOptions(on="18:00", off="06:00"))
    order = ordered(command("2026-11-20 22:00"), None, moment("2026-11-20 19:00"))
    assert order is not None
    unset = moment("2026-11-20 22:30", trusted=False)
    assert resolve(followed, order, unset).reason == "default"
    assert not ended(order, unset)


@pytest.mark.parametrize(
    ("start", "action", "said"),
    [
        ("2028-11-20 22:00", "override", "an override begins within 366 d"),
        ("2026-11-20 22:00", "release", "release takes no start"),
    ],
)
def test_a_start_that_cannot_be_is_refused(start: str, action: str, said: str) -> None:
    with pytest.raises(WrongOrder, match=said):
        ordered(command(start, action), None, moment("2026-11-20 19:00"))
