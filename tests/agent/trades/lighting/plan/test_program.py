"""Programs over whole years, at several latitudes, on the nights when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.calendars import local_moment
from agent.clock import Moment
from agent.trades.lighting.options import Adjustment, DimStep, ProgramOptions
from agent.trades.lighting.plan.calendar import always
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.night_schedule import night_on
from agent.trades.lighting.plan.override import Override
from agent.trades.lighting.plan.program import compiled
from agent.trades.lighting.plan.resolve import Level
from agent.trades.lighting.plan.resolve import resolve as resolved
from agent.trades.lighting.plan.sun import Place, Sky, SunEvent, crossing
from agent.trades.lighting.plan.times import LocalTime, SunTime, parse, parse_local
from drivers.options import Seconds

PARIS = Place(48.8566, 2.3522, "Europe/Paris")
PLACES = (
    Place(0.0, 9.45, "Africa/Libreville"),
    PARIS,
    Place(65.0, 25.5, "Europe/Helsinki"),
    Place(78.2, 15.6, "Arctic/Longyearbyen"),
    Place(-54.8, -68.3, "America/Argentina/Ushuaia"),
    Place(1.87, -157.4, "Pacific/Kiritimati"),
    Place(90.0, 0.0, "UTC"),
)
ASTRO = ProgramOptions(
    on="sunset-10min",
    off="sunrise+10min",
    steps=(DimStep(at="23:00", level_percent=50.0), DimStep(at="05:30", level_percent=80.0)),
)
PROGRAMS = (
    ASTRO,
    ProgramOptions(on="dusk", off="dawn"),
    ProgramOptions(on="sunset", off="01:00"),
    ProgramOptions(on="05:00", off="sunrise"),
    ProgramOptions(on="22:00", off="06:00", steps=(DimStep(at="02:30", level_percent=20.0),)),
    ProgramOptions(on="sunrise+1h", off="sunset-1h"),
)


def resolve(
    program: ProgramOptions | None, default_percent: float, override: Override | None, now: Moment, place: Place
) -> Level:
    return resolved(LampPlan(always(program) if program else None, place, default_percent), override, now)


def moment(text: str, place: Place = PARIS, trusted: bool = True) -> Moment:
    """Builds a moment from local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(place.timezone))
    return Moment(local.timestamp(), 1000.0, "b1", trusted)


def level(program: ProgramOptions | None, at: Moment, place: Place = PARIS, override: Override | None = None) -> float:
    return resolve(program, 70.0, override, at, place).level_percent


def changes(program: ProgramOptions, begin: datetime, days: int, place: Place) -> list[tuple[datetime, float]]:
    """(UTC, level) wherever the level changes, walking from answer to answer."""
    seen: list[tuple[datetime, float]] = []
    at, end = begin, begin + timedelta(days=days)
    while at < end:
        answer = resolve(program, 70.0, None, Moment(at.timestamp(), 0.0, "b1", True), place)
        assert answer.until is not None and answer.until > at
        if not seen or seen[-1][1] != answer.level_percent:
            seen.append((at, answer.level_percent))
        at = answer.until
    return seen


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("sunset", SunTime("sunset")),
        ("sunset-10min", SunTime("sunset", -600.0)),
        ("sunrise + 1h 30min", SunTime("sunrise", 5400.0)),
        ("dusk", SunTime("dusk")),
        ("dawn+90s", SunTime("dawn", 90.0)),
        ("00:00", LocalTime(0)),
        ("23:59", LocalTime(1439)),
    ],
)
def test_expressions(text: str, meant: object) -> None:
    assert parse(text) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sunst", "neither a sun event nor a time"),
        ("24:00", 'write "00:00"'),
        ("7:30", 'write "07:30"'),
        ("21h", 'write "21:00"'),
        ("23:60", "neither"),
        ("", "neither"),
        ("sunset-10", "not a duration"),
        ("sunset+7h", "6 hours"),
        ("sunset 10min", "neither"),
        ("\u0661\u0662:00", "neither"),
    ],
)
def test_expressions_that_mean_nothing_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)


@given(st.text(max_size=20))
def test_any_text_is_an_expression_or_a_value_error(text: str) -> None:
    try:
        parse(text)
        parse_local(text)
    except ValueError as error:
        assert text in str(error) or "duration" in str(error)


@pytest.mark.parametrize(
    ("on", "off", "steps", "words"),
    [
        ("22:00", "22:00", (), "both"),
        ("dusk", "dusk", (), "same sun event"),
        ("22:00", "06:00", ("07:00",), "outside the night"),
        ("sunset", "22:00", ("05:00",), "outside the night"),
        ("05:00", "sunrise", ("20:00",), "outside the night"),
        ("sunset", "sunrise", ("23:00", "23:00"), "two steps"),
        ("sunset", "sunrise", ("25:00",), "neither"),
    ],
)
def test_programs_that_make_no_night_are_refused_in_words(
    on: str, off: str, steps: tuple[str, ...], words: str
) -> None:
    dims = tuple(DimStep(at=at, level_percent=50.0) for at in steps)
    with pytest.raises(ValueError, match=words):
        compiled(ProgramOptions(on=on, off=off, steps=dims))


def test_sunset_and_sunrise_of_paris_are_those_of_the_almanac() -> None:
    """IMCCE almanac for Paris, 21 December 2026: sunrise 08:41, sunset 16:56 local; civil twilight 35 min."""
    day = date(2026, 12, 21)
    expected: dict[SunEvent, str] = {"sunrise": "08:41", "sunset": "16:56", "dawn": "08:05", "dusk": "17:32"}
    for event, local in expected.items():
        at = crossing(event, day, PARIS.latitude, PARIS.longitude).at
        wanted = datetime.fromisoformat(f"2026-12-21T{local}").replace(tzinfo=ZoneInfo("Europe/Paris"))
        assert abs(at - wanted) < timedelta(minutes=2)


def test_one_winter_night() -> None:
    day = datetime(2026, 12, 21, 11, tzinfo=UTC)
    seen = changes(ASTRO, day, 1, PARIS)
    assert [percent for _, percent in seen] == [0.0, 100.0, 50.0, 80.0, 0.0]
    assert [at.astimezone(ZoneInfo("Europe/Paris")).strftime("%H:%M") for at, _ in seen[2:4]] == ["23:00", "05:30"]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.latitude:g}")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: f"{program.on}_{program.off}")
def test_a_year_resolves_everywhere_and_the_next_change_lies_ahead(program: ProgramOptions, place: Place) -> None:
    levels = {percent for _, percent in changes(program, datetime(2026, 1, 1, tzinfo=UTC), 366, place)}
    assert levels <= {0.0, 20.0, 50.0, 80.0, 100.0}


@pytest.mark.parametrize("place", PLACES[:3], ids=lambda place: f"{place.latitude:g}")
def test_every_night_of_the_year_is_lit_once_and_dark_by_day(place: Place) -> None:
    plain = ProgramOptions()
    seen = changes(plain, datetime(2026, 1, 1, 10, tzinfo=UTC), 365, place)[1:]
    assert [percent for _, percent in seen[:730]] == [100.0, 0.0] * 365
    assert all(timedelta(0) < after - before < timedelta(hours=24) for (before, _), (after, _) in pairwise(seen))


def test_the_polar_night_is_lit_throughout_and_the_polar_day_never() -> None:
    place = PLACES[3]
    for shift in range(-10, 10):
        for hour in range(24):
            winter = datetime(2026, 12, 21, hour, 7, tzinfo=UTC) + timedelta(days=shift)
            summer = datetime(2026, 6, 21, hour, 7, tzinfo=UTC) + timedelta(days=shift)
            assert level(ASTRO, Moment(winter.timestamp(), 0.0, "b1", True), place) > 0
            assert level(ASTRO, Moment(summer.timestamp(), 0.0, "b1", True), place) == 0


def test_a_day_program_is_dark_in_the_polar_night_and_lit_throughout_the_polar_day() -> None:
    place, program = PLACES[3], ProgramOptions(on="sunrise+1h", off="sunset-1h")
    assert [percent for _, percent in changes(program, datetime(2026, 6, 10, tzinfo=UTC), 20, place)] == [100.0]
    assert [percent for _, percent in changes(program, datetime(2026, 12, 10, tzinfo=UTC), 20, place)] == [0.0]


def test_a_fixed_time_to_a_sunrise_that_does_not_come_is_no_night() -> None:
    program = ProgramOptions(on="22:00", off="sunrise")
    assert [percent for _, percent in changes(program, datetime(2026, 6, 20, tzinfo=UTC), 3, PLACES[3])] == [0.0]


def test_a_white_night_has_no_dusk_and_so_no_night() -> None:
    place = PLACES[2]
    program = ProgramOptions(on="dusk", off="dawn")
    assert crossing("dusk", date(2026, 6, 21), place.latitude, place.longitude).sky is Sky.STAYS_ABOVE
    assert [percent for _, percent in changes(program, datetime(2026, 6, 20, tzinfo=UTC), 3, place)] == [0.0]


def test_part_nights_that_the_summer_leaves_no_room_for_are_dark() -> None:
    brest = Place(48.39, -4.49, "Europe/Paris")
    evening, morning = ProgramOptions(on="sunset", off="22:00"), ProgramOptions(on="06:30", off="sunrise")
    june, december = datetime(2026, 6, 21, 12, tzinfo=UTC), datetime(2026, 12, 21, 12, tzinfo=UTC)
    assert [percent for _, percent in changes(evening, june, 2, brest)] == [0.0]
    assert [percent for _, percent in changes(morning, june, 2, brest)] == [0.0]
    assert [percent for _, percent in changes(evening, december, 1, brest)] == [0.0, 100.0, 0.0]
    assert [percent for _, percent in changes(morning, december, 1, brest)] == [0.0, 100.0, 0.0]


def test_a_step_that_has_passed_when_the_night_begins_is_in_force_from_its_beginning() -> None:
    program = ProgramOptions(steps=(DimStep(at="21:30", level_percent=40.0),))
    assert [percent for _, percent in changes(program, datetime(2026, 6, 21, 12, tzinfo=UTC), 1, PARIS)] == [
        0.0,
        40.0,
        0.0,
    ]


FIXED = ProgramOptions(
    on="22:00",
    off="06:00",
    steps=(DimStep(at="02:30", level_percent=20.0), DimStep(at="03:00", level_percent=60.0)),
)


def test_spring_night_a_time_that_does_not_exist_happens_when_the_clocks_jump() -> None:
    """28 March 2027: 02:00 CET becomes 03:00 CEST at 01:00 UTC, so 02:30 and 03:00 are that moment; the later wins."""
    seen = changes(FIXED, datetime(2027, 3, 27, 12, tzinfo=UTC), 1, PARIS)
    assert seen[1:] == [
        (datetime(2027, 3, 27, 21, tzinfo=UTC), 100.0),
        (datetime(2027, 3, 28, 1, tzinfo=UTC), 60.0),
        (datetime(2027, 3, 28, 4, tzinfo=UTC), 0.0),
    ]


def test_autumn_night_a_time_that_exists_twice_is_its_first_occurrence() -> None:
    """25 October 2026: 03:00 CEST becomes 02:00 CET at 01:00 UTC."""
    seen = changes(FIXED, datetime(2026, 10, 24, 12, tzinfo=UTC), 1, PARIS)
    assert seen[1:] == [
        (datetime(2026, 10, 24, 20, tzinfo=UTC), 100.0),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 20.0),
        (datetime(2026, 10, 25, 2, tzinfo=UTC), 60.0),
        (datetime(2026, 10, 25, 5, tzinfo=UTC), 0.0),
    ]


@pytest.mark.parametrize(
    "zone", ["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
def test_later_local_times_are_never_earlier_moments(zone: str) -> None:
    for day in (date(2026, 1, 1) + timedelta(days=one) for one in range(366)):
        moments = [local_moment(day, minutes, zone) for minutes in range(0, 1440, 30)]
        assert all(before <= after for before, after in pairwise(moments))


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.dates(date(2026, 1, 1), date(2040, 12, 31)),
)
def test_sun_events_stand_on_their_side_of_noon(latitude: float, longitude: float, day: date) -> None:
    events: tuple[SunEvent, ...] = ("dawn", "sunrise", "sunset", "dusk")
    dawn, sunrise, sunset, dusk = (crossing(event, day, latitude, longitude) for event in events)
    minute = timedelta(minutes=1)
    assert sunrise.at <= sunset.at + minute
    if {one.sky for one in (dawn, sunrise, sunset, dusk)} == {Sky.CROSSES}:
        assert dawn.at <= sunrise.at <= sunset.at <= dusk.at
        assert dusk.at - dawn.at < timedelta(hours=25)


def test_promise_works_with_no_clock_the_default_level_holds_and_says_why() -> None:
    answer = resolve(ASTRO, 70.0, None, moment("2026-12-21T13:00", trusted=False), PARIS)
    assert (answer.level_percent, answer.reason, answer.until) == (70.0, "default", None)
    assert "clock" in answer.detail


def test_without_a_program_the_default_level_holds() -> None:
    assert resolve(None, 70.0, None, moment("2026-12-21T13:00"), PARIS).reason == "default"


def test_an_override_holds_for_its_time_and_then_the_program_returns() -> None:
    given = moment("2026-12-21T20:00")
    override = Override("c1", 30.0, given, 1800.0)
    answer = resolve(ASTRO, 70.0, override, given.shifted_to(1600.0), PARIS)
    assert (answer.level_percent, answer.reason) == (30.0, "override")
    assert answer.until == given.utc + timedelta(seconds=1800)
    assert resolve(ASTRO, 70.0, override, given.shifted_to(1000.0 + 1800.0), PARIS).reason == "program"


def test_an_override_expires_while_the_box_is_off() -> None:
    given = moment("2026-12-21T20:00")
    override = Override("c1", 30.0, given, 1800.0)
    soon = Moment(given.unix_s + 600, 5.0, "b2", True)
    late = Moment(given.unix_s + 1800, 5.0, "b2", True)
    assert resolve(ASTRO, 70.0, override, soon, PARIS).reason == "override"
    assert resolve(ASTRO, 70.0, override, late, PARIS).reason == "program"


def test_promise_works_with_no_clock_an_override_whose_age_nobody_knows_waits() -> None:
    given = moment("2026-12-21T20:00")
    held, lasting = Override("c1", 30.0, given, 1800.0), Override("c2", 30.0, given, None)
    restarted = Moment(5.0, 5.0, "b2", False)
    assert resolve(ASTRO, 70.0, held, restarted, PARIS).reason == "default"
    assert resolve(ASTRO, 70.0, lasting, restarted, PARIS).reason == "override"
    assert resolve(ASTRO, 70.0, held, Moment(given.unix_s + 600, 65.0, "b2", True), PARIS).reason == "override"


def test_promise_works_with_no_clock_an_override_holds_by_the_monotonic_clock() -> None:
    given = Moment(60.0, 1000.0, "b1", False)
    override = Override("c1", 30.0, given, 1800.0)
    jumped = Moment(1.8e9, 1900.0, "b1", True)
    assert resolve(ASTRO, 70.0, override, jumped, PARIS).reason == "override"
    assert resolve(ASTRO, 70.0, override, Moment(1.8e9, 2800.0, "b1", True), PARIS).reason == "program"


def test_steps_from_the_middle_of_the_night_follow_it_through_the_year() -> None:
    """A luminaire that dims by itself counts from there too, between the two ends of the night before."""
    dimmed = ProgramOptions(
        on="sunset",
        off="sunrise",
        steps=(DimStep(at="middle-2h", level_percent=50.0), DimStep(at="middle+4h", level_percent=70.0)),
    )
    for day in (date(2026, 6, 21), date(2026, 12, 21)):
        found = night_on(compiled(dimmed), day, PARIS)
        assert found is not None
        middle_s = (found.span.begin_s + found.span.end_s) / 2
        assert [each.level_percent for each in found.switchings] == ([100, 50, 70] if day.month == 12 else [100, 50])
        assert found.switchings[1].at_s == pytest.approx(middle_s - 7200, abs=1)


def test_a_window_from_the_middle_of_the_night_ends_after_it_begins() -> None:
    def adjusted(begin: str, end: str) -> ProgramOptions:
        return ProgramOptions(adjust=(Adjustment(operation="Mul", level_percent=50, begin=begin, end=end),))

    assert compiled(adjusted("middle-2h", "middle+1h")).adjust
    with pytest.raises(ValueError, match="not in the order of the night"):
        compiled(adjusted("middle+1h", "middle-2h"))


@pytest.mark.parametrize("end", ["on", "off"])
def test_the_middle_of_a_night_is_no_end_of_it(end: str) -> None:
    with pytest.raises(ValueError, match='"middle" is neither a sun event nor a time'):
        compiled(ProgramOptions(**{end: "middle"}))


def test_two_steps_at_one_time_from_the_middle_are_told() -> None:
    steps = (DimStep(at="middle-60min", level_percent=50.0), DimStep(at="middle-1h", level_percent=70.0))
    with pytest.raises(ValueError, match='two steps at "middle-60min"'):
        compiled(ProgramOptions(steps=steps))


def test_a_step_may_take_a_ramp_of_its_own() -> None:
    program = ProgramOptions(
        on="18:00",
        off="06:00",
        ramp_s=Seconds(0),
        steps=(DimStep(at="22:00", level_percent=50.0, ramp_s=Seconds(600)), DimStep(at="05:00", level_percent=100.0)),
    )

    def level_percent(time: str) -> float:
        return resolve(program, 100.0, None, moment(time), PARIS).level_percent

    assert level_percent("2026-11-20 22:00:01") > 99
    assert level_percent("2026-11-20 22:05:00") == pytest.approx(75.0, abs=0.5)
    assert level_percent("2026-11-20 22:10:01") == 50.0
    assert level_percent("2026-11-21 05:00:01") == 100.0


def test_a_step_may_leave_the_programs_ramp_out() -> None:
    step = DimStep(at="22:00", level_percent=50.0, ramp_s=Seconds(0))
    program = ProgramOptions(on="18:00", off="06:00", ramp_s=Seconds(600), steps=(step,))
    assert resolve(program, 100.0, None, moment("2026-11-20 22:00:01"), PARIS).level_percent == 50.0
