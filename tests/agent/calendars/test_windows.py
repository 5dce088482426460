"""Hours of the week: days, holidays, midnight, and the two nights on which clocks change."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calendars import Day, WindowOptions, Windows, windows

PARIS = "Europe/Paris"
LOOKED_S = 62 * 86400 + 3600
"""Two whole months, one of them with the night of 25 hours."""

WEEK: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat")


def unix_s(text: str, zone: str = PARIS) -> float:
    """Returns the unix seconds of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def hours(begin: str, end: str, *days: Day) -> WindowOptions:
    return WindowOptions(days=days, begin=begin, end=end)


def order(*options: WindowOptions, country: str = "fr") -> Windows:
    return windows(options, PARIS, country)  # type: ignore[arg-type]


def open_s(windows: Windows, begin_s: float, end_s: float) -> float:
    return sum(closed_s - opened_s for opened_s, closed_s in windows.spans(begin_s, end_s))


def test_no_window_is_always_open() -> None:
    always = order()
    assert always.open_at(0.0)
    assert always.next_change_s(0.0) is None
    assert list(always.spans(100.0, 350.0)) == [(100.0, 350.0)]


def test_hours_of_weekdays() -> None:
    loading = order(hours("08:00", "17:00", *WEEK))
    assert loading.open_at(unix_s("2026-11-25 08:00"))
    assert not loading.open_at(unix_s("2026-11-25 17:00"))
    assert not loading.open_at(unix_s("2026-11-29 12:00")), "a Sunday"
    assert loading.next_change_s(unix_s("2026-11-25 12:00")) == unix_s("2026-11-25 17:00")
    assert loading.next_change_s(unix_s("2026-11-28 17:00")) == unix_s("2026-11-30 08:00")


def test_a_holiday_is_no_weekday() -> None:
    noon = unix_s("2027-05-06 12:00")
    assert not order(hours("08:00", "17:00", *WEEK)).open_at(noon), "Ascension, a Thursday"
    assert order(hours("08:00", "17:00", *WEEK), country="none").open_at(noon)
    assert order(hours("08:00", "17:00", "holiday")).open_at(noon)
    assert order(hours("08:00", "17:00")).open_at(noon), "every day"


def test_a_window_across_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    night = order(hours("22:00", "06:00", "fri"))
    assert night.open_at(unix_s("2026-11-28 05:59"))
    assert not night.open_at(unix_s("2026-11-28 22:30"))
    assert not night.open_at(unix_s("2026-11-27 05:00"))


def test_windows_that_touch_are_one() -> None:
    both = order(hours("20:00", "24:00"), hours("00:00", "06:00"))
    begin = unix_s("2026-11-25 20:00")
    assert both.next_change_s(begin) == unix_s("2026-11-26 06:00")
    assert list(both.spans(begin, begin + 86400)) == [(begin, begin + 10 * 3600)]


@pytest.mark.parametrize(("night", "open_h"), [("2027-03-28", 4), ("2027-10-31", 6), ("2027-06-01", 5)])
def test_hours_of_the_nights_on_which_clocks_change(night: str, open_h: int) -> None:
    begin = unix_s(f"{night} 00:00")
    assert open_s(order(hours("00:00", "05:00")), begin, begin + 12 * 3600) == open_h * 3600


def test_a_time_that_the_clocks_jump_over_is_when_they_jump() -> None:
    jump = unix_s("2027-03-28 03:00")
    assert order(hours("02:30", "04:00")).next_change_s(jump - 60) == jump


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        ("08:00", "08:00", "is empty"),
        ("24:00", "06:00", "is empty"),
        ("8:00", "17:00", "no local time"),
        ("08:00", "25:00", "no local time"),
        ("08:60", "17:00", "no local time"),
    ],
)
def test_hours_that_are_none_are_refused_in_words(begin: str, end: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        order(hours(begin, end))


NAMES = st.lists(st.sampled_from([*WEEK, "sun", "holiday"]), max_size=4, unique=True)
QUARTERS = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
SOME = st.lists(
    st.builds(lambda days, begin, end: (tuple(days), begin, end), NAMES, QUARTERS, QUARTERS).filter(
        lambda each: each[1] != each[2]
    ),
    min_size=1,
    max_size=3,
)


@given(SOME, st.integers(0, 366 * 96), st.integers(1, 12 * 96))
def test_the_overlap_is_what_looking_every_quarter_finds(
    some: list[tuple[tuple[Day, ...], str, str]], begin: int, length: int
) -> None:
    whole = order(*(WindowOptions(days=days, begin=start, end=end) for days, start, end in some))
    start = datetime(2027, 1, 1, tzinfo=ZoneInfo("UTC")) + timedelta(minutes=15 * begin)
    looks = [(start + timedelta(minutes=15 * at)).timestamp() for at in range(length)]
    seen_s = 900.0 * sum(whole.open_at(at_s) for at_s in looks)
    assert open_s(whole, looks[0], looks[0] + 900.0 * length) == seen_s


@given(SOME, st.integers(0, 366 * 96))
def test_nothing_changes_before_the_next_change(some: list[tuple[tuple[Day, ...], str, str]], begin: int) -> None:
    whole = order(*(WindowOptions(days=days, begin=start, end=end) for days, start, end in some))
    at_s = datetime(2027, 1, 1, tzinfo=ZoneInfo("UTC")).timestamp() + 900.0 * begin
    change_s = whole.next_change_s(at_s)
    assert change_s is not None and at_s < change_s <= at_s + LOOKED_S
    now = whole.open_at(at_s)
    assert all(whole.open_at(each) == now for each in (at_s + (change_s - at_s) * part / 97 for part in range(97)))
    local = datetime.fromtimestamp(change_s, ZoneInfo(PARIS))
    assert whole.open_at(change_s) != now or (local.day, local.hour, local.minute) == (1, 0, 0)


def test_a_holiday_that_is_listed() -> None:
    own = windows([hours("08:00", "17:00", "holiday")], PARIS, "none", [date(2026, 11, 25)])
    assert own.open_at(unix_s("2026-11-25 09:00"))
    assert not own.open_at(unix_s("2026-11-26 09:00"))
