"""Days as a technician writes them, and which they are."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calendars import (
    WEEKDAYS,
    Day,
    Holidays,
    WindowOptions,
    YearDay,
    days_of,
    local_moment,
    meant_weekdays,
    parse_day,
    windows,
)

NAMED = st.frozensets(st.sampled_from([*WEEKDAYS, "holiday"]))
DAY = st.integers(0, 3000).map(lambda shift: date(2026, 1, 1) + timedelta(days=shift))
ASCENSION, FEAST = date(2027, 5, 6), date(2027, 6, 19)


def test_a_day_of_every_year_and_of_one() -> None:
    assert parse_day("02-29") == YearDay(2, 29)
    assert parse_day("2028-02-29") == date(2028, 2, 29)


@pytest.mark.parametrize(("is_weekday", "thursday"), [(True, True), (False, False)])
def test_a_holiday_is_its_weekday_or_not(is_weekday: bool, thursday: bool) -> None:
    """Lamps burn on a holiday by its weekday, unless a rule names it; an order of the town holds on no weekday then."""
    thursdays = days_of(("thu",), holiday_is_weekday=is_weekday)
    assert thursdays.take(ASCENSION, holiday=True) is thursday
    assert thursdays.take(ASCENSION, holiday=False)
    assert days_of(("holiday",), holiday_is_weekday=is_weekday).take(ASCENSION, holiday=True)
    assert days_of((), holiday_is_weekday=is_weekday).take(ASCENSION, holiday=True)


def test_names_and_a_season_must_both_fit() -> None:
    winter = days_of(("sat",), "11-15", "03-15", holiday_is_weekday=True)
    assert [winter.take(date(2027, month, day), False) for month, day in ((1, 9), (1, 10), (7, 10))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (None, "12-24", "stands without"),
        ("12-24", "2026-12-24", "must both have a year"),
        ("2026-12-24", "2026-12-20", "lies before"),
        ("02-30", None, "no day of the calendar"),
        ("24-12", None, 'write "12-24"'),
        ("31/12/27", None, 'write "2027-12-31"'),
        ("24/12", "1.1.", 'write "12-24"; "1.1." is no day; write "01-01"'),
        ("12-24", "1", '"1" is no day; write month and day'),
        ("2027/12/31", None, 'write "2027-12-31"'),
    ],
)
def test_a_range_that_is_none(begin: str | None, end: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        days_of((), begin, end, holiday_is_weekday=True)


def test_holidays_that_are_computed_and_further_ones() -> None:
    assert ASCENSION in Holidays("fr")
    assert ASCENSION not in Holidays()
    assert FEAST in Holidays("none", frozenset({FEAST}))
    assert FEAST not in Holidays("fr")


@given(NAMED, DAY)
def test_an_order_and_a_calendar_of_lamps_differ_in_holidays_alone(named: frozenset[Day], day: date) -> None:
    """The hours of an order open on the days that the same names mean for a lamp, but for holidays."""
    order = days_of(named, holiday_is_weekday=False)
    lamp = days_of(named, holiday_is_weekday=True)
    holiday = day in Holidays("fr")
    assert order.take(day, holiday) == lamp.take(day, holiday) or (holiday and "holiday" not in named)
    noon_s = local_moment(day, 12 * 60, "Europe/Paris").timestamp()
    hours = windows([WindowOptions(days=tuple(named))], "Europe/Paris", "fr")
    assert hours.open_at(noon_s) == order.take(day, holiday)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("lun", "mon"),
        ("Mer.", "wed"),
        ("zaterdag", "sat"),
        ("lun-ven", "mon tue wed thu fri"),
        ("sam \u2013 lun", "sat sun mon"),
        ("vendredi au dimanche", "fri sat sun"),
        ("mon-fri-sat", ""),
        ("jf-lun", ""),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_days_of_the_week_in_other_words(text: str, days: str) -> None:
    assert " ".join(meant_weekdays(text)) == days
