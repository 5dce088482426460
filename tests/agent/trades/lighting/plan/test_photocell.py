"""A photocell that measures lux: two limits, a time, and the sun, which it may not contradict."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.trades.lighting.options import LuxThreshold, ProgramOptions
from agent.trades.lighting.plan.calendar import always
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.photocell import LOOK_S, SILENT_S, Cell, hear
from agent.trades.lighting.plan.presence import Inputs, apply_reading
from agent.trades.lighting.plan.resolve import Level, resolve
from agent.trades.lighting.plan.sun import Place, elevation_degrees
from drivers.base import Reading
from drivers.options import Seconds

PARIS = Place(48.8566, 2.3522, "Europe/Paris")
LUX = LuxThreshold(quantity="illuminance_lx", on_below_lx=15.0, off_above_lx=30.0, dwell_s=Seconds(60))
CELL = Cell("sky", LUX)
PROGRAM = ProgramOptions(on="dark", off="light", level_percent=70.0, photocell="sky", lux=LUX)
PLAN = LampPlan(always(PROGRAM), PARIS, 90.0)


def moment(text: str, trusted: bool = True) -> Moment:
    """Builds a moment of the local time of Paris; the monotonic clock of this boot began with 2026."""
    unix_s = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS.timezone)).timestamp()
    return Moment(unix_s, unix_s - datetime(2026, 1, 1, tzinfo=UTC).timestamp(), "b1", trusted)


def measured(*values_lx: float, until: Moment, apart_s: float = 20.0) -> Inputs:
    """Takes these values, one after another, the last at `until`."""
    inputs = Inputs()
    for ago, value_lx in zip(reversed(range(len(values_lx))), values_lx, strict=True):
        reading = Reading("sky", "illuminance_lx", value_lx, until.mono_s - ago * apart_s)
        inputs = apply_reading(inputs, reading, PLAN.calendar.cells if PLAN.calendar else ())
    return inputs


def level(at: Moment, *values_lx: float) -> Level:
    return resolve(PLAN, None, at, measured(*values_lx, until=at))


@pytest.mark.parametrize(
    ("values_lx", "dark"),
    [
        ((100, 14, 14, 14), False),
        ((100, 14, 14, 14, 14), True),
        ((100, 14, 14, 16, 14, 14, 14), False),
        ((100, 16, 16, 16, 16, 16), False),
        ((5, 29, 29, 29, 29, 29), True),
        ((5, 31, 31, 31), True),
        ((5, 31, 31, 31, 31), False),
        ((5, 31, 31, 29, 31, 31, 31), True),
        ((20,), True),
    ],
    ids=str,
)
def test_it_is_dark_below_the_one_limit_and_light_above_the_other_after_a_time(
    values_lx: tuple[float, ...], dark: bool
) -> None:
    """It stays what it was between the two; that is not known at first, and then it is dark."""
    assert measured(*values_lx, until=moment("2026-12-21T16:50")).cells[CELL].dark is dark


def test_the_lamp_follows_it_at_dusk_and_under_a_thunderstorm() -> None:
    dusk, noon = moment("2026-12-21T16:50"), moment("2026-06-21T14:00")
    assert (level(dusk, 14).level_percent, level(dusk, 14).reason) == (70.0, "sensor")
    assert (level(dusk, 31).level_percent, level(dusk, 31).reason) == (0.0, "sensor")
    assert level(noon, 14).level_percent == 70.0


@pytest.mark.parametrize(
    ("at", "value_lx", "percent"),
    [("2026-06-21T14:00", 0.0, 0.0), ("2026-12-21T23:00", 200.0, 70.0), ("2026-12-21T17:40", 40.0, 70.0)],
    ids=["covered by day", "lit by night", "lit after dusk"],
)
def test_against_the_sun_it_is_not_believed_and_status_says_so(at: str, value_lx: float, percent: float) -> None:
    """A cell that is covered, and one that sees its own lamp, neither light nor darken anything."""
    answer = level(moment(at), value_lx)
    assert (answer.level_percent, answer.reason) == (percent, "program")
    told = f"the photocell sky tells {value_lx:g} lx, which no sky gives now, so sunset and sunrise count"
    assert answer.detail == told
    assert answer.until is not None
    assert (answer.until - moment(at).utc).total_seconds() <= LOOK_S


def test_a_silent_one_leaves_the_lamp_to_sunset_and_sunrise() -> None:
    spoke = moment("2026-12-21T23:00")
    inputs = measured(5, until=spoke)
    before, after = (spoke.shifted_to(spoke.mono_s + SILENT_S + shift) for shift in (-1, 0))
    assert resolve(PLAN, None, before, inputs).reason == "sensor"
    answer = resolve(PLAN, None, after, inputs)
    assert (answer.level_percent, answer.reason) == (70.0, "program")
    assert answer.detail == "the photocell sky is silent, so sunset and sunrise count"


@pytest.mark.parametrize(("value_lx", "percent"), [(5.0, 70.0), (100.0, 0.0)])
def test_promise_works_with_no_clock_the_light_decides(value_lx: float, percent: float) -> None:
    """Nobody knows where the sun stands then, so nothing speaks against it."""
    at = moment("2026-12-21T23:00", trusted=False)
    answer = level(at, value_lx)
    assert (answer.level_percent, answer.reason) == (percent, "sensor")
    assert "photocell sky decides" in answer.detail


def test_only_its_own_quantity_of_its_own_device_counts() -> None:
    wrong = (("sky", "dark", True), ("sky", "illuminance_lx", True), ("other", "illuminance_lx", 5.0))
    assert [hear(CELL, None, Reading(*each, at_s=1.0)) for each in wrong] == [None, None, None]


def test_a_lit_cell_does_not_switch_its_own_lamp_off_and_on() -> None:
    """The sky gives less than 15 lx at -3 degrees, the lamp 40 more; from -6 degrees on that is seen to be a lamp."""
    states = []
    for minute in range(20, 90, 2):
        at = moment("2026-12-21T17:00").shifted_to(moment("2026-12-21T17:00").mono_s + 60 * minute)
        states.append(level(at, 45).level_percent)
    assert states.index(70.0) > 0
    assert set(states[states.index(70.0) :]) == {70.0}


@pytest.mark.parametrize(
    ("at", "place", "degrees"),
    [("2026-03-20T12:07:29", Place(0.0, 0.0, "UTC"), 90.0), ("2026-12-21T12:00:00", Place(90.0, 0.0, "UTC"), -23.44)],
)
def test_the_height_of_the_sun(at: str, place: Place, degrees: float) -> None:
    unix_s = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    assert elevation_degrees(unix_s, place.latitude, place.longitude) == pytest.approx(degrees, abs=0.2)


def test_two_programs_may_ask_the_same_device_for_other_limits() -> None:
    other = structs.replace(LUX, on_below_lx=50.0, off_above_lx=80.0)
    said = apply_reading(Inputs(), Reading("sky", "illuminance_lx", 40.0, 1.0), (CELL, Cell("sky", other))).cells
    assert [said[cell].dark for cell in (CELL, Cell("sky", other))] == [False, True]
