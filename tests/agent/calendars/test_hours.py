"""Hours of days that recur: seasons, months, weeks, n-th weekdays, sides of the street, eves, school days."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.calendars import DateRange, WindowOptions, Windows, window, windows
from agent.calendars.holidays import holidays
from agent.calendars.localtime import minutes_of

PARIS = "Europe/Paris"
QUARTER_S = 900
SCHOOL = (
    DateRange(begin=date(2026, 10, 17), end=date(2026, 11, 1)),
    DateRange(begin=date(2026, 12, 19), end=date(2027, 1, 3)),
    DateRange(begin=date(2027, 2, 13), end=date(2027, 2, 28)),
    DateRange(begin=date(2028, 2, 1), end=date(2028, 3, 1)),
)
"""Holidays of three school years, with a 29th of February among them."""


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


def order(*options: WindowOptions, school: tuple[DateRange, ...] = SCHOOL) -> Windows:
    return windows(options, PARIS, "fr", school_holidays=school)


def is_open(options: WindowOptions, *times: str) -> list[bool]:
    return [order(options).open_at(at(each)) for each in times]


def test_a_season_across_new_year() -> None:
    snow = WindowOptions(first_day="11-15", last_day="03-15", begin="02:00", end="06:00")
    assert is_open(snow, "2026-11-14 03:00", "2026-11-15 03:00", "2027-03-15 03:00", "2027-03-16 03:00") == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_range_of_dates_of_one_year() -> None:
    fair = WindowOptions(first_day="2026-12-05", last_day="2026-12-06")
    assert is_open(fair, "2026-12-04 23:59", "2026-12-05 00:00", "2026-12-06 23:59", "2027-12-05 12:00") == [
        False, True, True, False,
    ]  # fmt: skip


def test_months_and_weeks_of_the_year() -> None:
    summer, free = WindowOptions(months=(7, 8)), WindowOptions(weeks=(32, 53))
    assert is_open(summer, "2026-06-30 12:00", "2026-07-01 00:00", "2026-08-31 23:59") == [False, True, True]
    assert is_open(free, "2026-08-02 12:00", "2026-08-03 00:00", "2026-08-09 23:59", "2026-12-31 09:00") == [
        False, True, True, True,
    ]  # fmt: skip
    assert is_open(free, "2027-01-03 09:00", "2027-01-04 09:00") == [True, False], "the 53rd week of 2026 goes on"


def test_the_nth_weekday_of_a_month_and_the_last_one() -> None:
    first_and_third = WindowOptions(days=("sat",), nth=(1, 3))
    last = WindowOptions(days=("fri",), nth=(-1,))
    fifth = WindowOptions(days=("mon",), nth=(5,))
    saturdays = [f"2026-08-{day:02} 12:00" for day in (1, 8, 15, 22, 29)]
    assert is_open(first_and_third, *saturdays) == [True, False, False, False, False], "the 15th is a public holiday"
    assert is_open(last, "2026-11-20 12:00", "2026-11-27 12:00") == [False, True]
    assert is_open(fifth, "2026-11-30 12:00", "2026-12-28 12:00", "2026-11-23 12:00") == [True, False, False]


def test_days_of_the_month_and_the_last_one_of_february() -> None:
    rent = WindowOptions(month_days=(1, -1))
    assert is_open(rent, "2027-02-28 12:00", "2028-02-28 12:00", "2028-02-29 12:00", "2028-03-01 12:00") == [
        True, False, True, True,
    ]  # fmt: skip


def test_even_and_odd_dates() -> None:
    even = WindowOptions(dates="even")
    assert is_open(even, "2026-11-30 23:59", "2026-12-01 00:00", "2026-12-02 00:00") == [True, False, True]


@pytest.mark.parametrize(
    ("moment", "odd", "even"),
    [
        ("2026-11-01 00:00", False, True),
        ("2026-11-15 20:29", False, True),
        ("2026-11-15 20:30", False, False),
        ("2026-11-15 20:59", False, False),
        ("2026-11-15 21:00", True, False),
        ("2026-11-30 20:29", True, False),
        ("2026-11-30 20:30", False, False),
        ("2026-11-30 21:00", False, True),
        ("2028-02-28 22:00", True, False),
        ("2028-02-29 21:00", False, True),
        ("2027-02-28 21:00", False, True),
    ],
)
def test_sides_of_the_street_alternate_by_half_months(moment: str, odd: bool, even: bool) -> None:
    """Code de la route, R417-2: odd numbers from the 1st to the 15th, even ones from the 16th on."""
    assert is_open(WindowOptions(side="odd"), moment) == [odd]
    assert is_open(WindowOptions(side="even"), moment) == [even]


def test_what_is_forbidden_on_a_side_is_one_whole_span() -> None:
    (span,) = order(WindowOptions(side="odd")).spans(at("2026-11-10 00:00"), at("2026-12-10 00:00"))
    assert span == (at("2026-11-15 21:00"), at("2026-11-30 20:30"))


def test_a_town_changes_sides_at_another_hour_and_in_winter_alone() -> None:
    own = WindowOptions(side="odd", begin="19:00", end="18:00", months=(11,))
    assert is_open(own, "2026-11-15 18:59", "2026-11-15 19:00", "2026-11-30 18:00", "2026-12-20 12:00") == [
        False, True, False, False,
    ]  # fmt: skip


def test_the_eve_of_a_market() -> None:
    eve = WindowOptions(days=("sat",), nth=(1,), eve=True, begin="20:00", end="14:00")
    assert is_open(eve, "2026-08-01 13:59", "2026-07-31 19:59", "2026-07-31 20:00", "2026-08-07 21:00") == [
        True, False, True, False,
    ]  # fmt: skip


def test_school_days_are_those_of_the_week_outside_the_holidays_that_are_listed() -> None:
    street = WindowOptions(days=("mon", "tue", "thu", "fri"), school="days", begin="08:15", end="08:45")
    assert is_open(street, "2026-11-30 08:30", "2026-12-21 08:30", "2027-01-04 08:30", "2026-12-02 08:30") == [
        True, False, True, False,
    ]  # fmt: skip
    assert is_open(street, "2027-05-06 08:30") == [False], "Ascension is a public holiday"
    assert is_open(street, "2026-10-16 08:30", "2028-03-02 08:30") == [False, False], "nobody has listed these years"
    free = WindowOptions(school="holidays")
    assert is_open(free, "2026-12-25 08:30", "2026-11-30 08:30", "2028-03-02 08:30") == [True, False, False]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"last_day": "12-24"}, 'without "first_day"'),
        ({"first_day": "12-24", "last_day": "2026-12-31"}, "both have a year"),
        ({"first_day": "02-30"}, "no day"),
        ({"nth": (1,)}, "nth needs days"),
        ({"days": ("mon",), "nth": (0,)}, "0 is no day"),
        ({"month_days": (0,)}, "0 is no day"),
        ({"school": "days"}, "needs the days"),
        ({"side": "odd", "begin": "20:00", "end": "21:00"}, "no evening on which sides change"),
        ({"side": "odd", "eve": True}, "do not go together"),
    ],
)
def test_what_is_no_day_is_refused_in_words(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        window(WindowOptions(**options))


def test_school_without_a_list_is_refused() -> None:
    with pytest.raises(ValueError, match="school_holidays"):
        order(WindowOptions(days=("mon",), school="days"), school=())


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")


def some_of(values: Any, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


@st.composite
def some_hours(draw: st.DrawFn) -> WindowOptions:
    """Any hours that are sound."""
    side = draw(st.sampled_from([None, None, None, "odd", "even"]))
    begin, end = draw(st.tuples(st.integers(0, 95), st.integers(1, 96)).filter(lambda both: both[0] != both[1]))
    if side:
        begin, end = max(begin, min(end, 95)), min(begin, end) or 1
        begin = max(begin, end)
    days = draw(some_of(DAYS))
    season = draw(st.sampled_from([None, ("11-15", "03-15"), ("02-29", "02-29"), ("2027-02-20", "2028-03-05")]))
    return WindowOptions(
        days=days,
        begin=clock(begin),
        end=clock(end),
        eve=draw(st.booleans()) and not side,
        first_day=season and season[0],
        last_day=season and season[1],
        months=draw(some_of(range(1, 13), 4)),
        weeks=draw(st.sampled_from([(), (), (9, 10, 11, 12, 13), (52, 53, 1)])),
        nth=draw(some_of([1, 2, 5, -1], 2)) if days else (),
        month_days=draw(st.sampled_from([(), (), (1, 29, -1)])),
        dates=draw(st.sampled_from([None, None, "even", "odd"])),
        school=draw(st.sampled_from([None, None, "holidays", "days"] if days else [None, "holidays"])),
        side=side,
    )


def moments() -> st.SearchStrategy[float]:
    """Begins of three days in and around which something is special: clocks that change, leap days, ends of months."""
    days = ["2027-03-27", "2027-10-30", "2028-02-28", "2027-12-30", "2027-02-14", "2026-12-18", "2027-04-30"]
    return st.one_of(st.sampled_from(days), st.dates(date(2026, 9, 1), date(2028, 4, 1)).map(str)).map(
        lambda day: at(f"{day} 00:00")
    )


@cache
def begins(day: date, minutes: int) -> float:
    """The first quarter of an hour in which the clocks show that time of that day, or a later one."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    unix_s = int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("UTC")).timestamp()) - 6 * 3600
    while datetime.fromtimestamp(unix_s, ZoneInfo(PARIS)).replace(tzinfo=None) < wall:
        unix_s += QUARTER_S
    return float(unix_s)


def is_named(options: WindowOptions, day: date) -> bool:
    """Whether hours are those of a day, looked up key by key."""
    holiday = day in holidays("fr", day.year)
    name = DAYS[day.weekday()]
    if options.days and not (("holiday" in options.days) if holiday else (name in options.days)):
        return False
    if options.first_day and not in_season(options.first_day, str(options.last_day), day):
        return False
    tomorrow_is_first = (day + timedelta(days=1)).day == 1
    another_follows = (day + timedelta(days=7)).month == day.month
    return all(
        [
            not options.months or day.month in options.months,
            not options.weeks or int(day.strftime("%V")) in options.weeks,
            not options.nth or -(-day.day // 7) in options.nth or (-1 in options.nth and not another_follows),
            not options.month_days or day.day in options.month_days or (-1 in options.month_days and tomorrow_is_first),
            options.dates is None or ("even", "odd")[day.day % 2] == options.dates,
            options.school is None or is_school(options.school, day, holiday),
        ]
    )


def in_season(first: str, last: str, day: date) -> bool:
    if len(first) > 5:
        return first <= day.isoformat() <= last
    of_year = day.isoformat()[5:]
    return first <= of_year <= last if first <= last else of_year >= first or of_year <= last


def is_school(wanted: str, day: date, holiday: bool) -> bool:
    if not SCHOOL[0].begin <= day <= SCHOOL[-1].end:
        return False
    free = any(each.begin <= day <= each.end for each in SCHOOL)
    return free if wanted == "holidays" else not free and not holiday


def spans(options: WindowOptions, day: date) -> Iterator[tuple[float, float]]:
    """What begins on a day, by the words of the order."""
    begin, end = minutes_of(options.begin), minutes_of(options.end)
    last = (day + timedelta(days=1)).day == 1
    if options.side is None:
        if is_named(options, day + timedelta(days=options.eve)):
            yield begins(day, begin), begins(day, end + (1440 if end < begin else 0))
    elif is_named(options, day):
        _starts, _ends = (15, last) if options.side == "odd" else (last, 15)
        if (day.day == 15) if options.side == "odd" else last:
            yield begins(day, begin), begins(day, 1440)
        elif last if options.side == "odd" else (day.day == 15):
            yield begins(day, 0), begins(day, end)
        elif (day.day > 15) == (options.side == "odd"):
            yield begins(day, 0), begins(day, 1440)


@given(st.lists(some_hours(), min_size=1, max_size=3), moments())
def test_they_are_open_whenever_their_words_say_so(some: list[WindowOptions], begin_s: float) -> None:
    """Looked at each quarter of an hour of three days, against the words taken one by one."""
    whole, first = order(*some), datetime.fromtimestamp(begin_s, ZoneInfo(PARIS)).date()
    days = [first + timedelta(days=shift) for shift in range(-3, 5)]
    found = [span for each in some for day in days for span in spans(each, day)]
    looks = [begin_s + QUARTER_S * quarter for quarter in range(3 * 96)]
    expected = [any(opened <= look < closed for opened, closed in found) for look in looks]
    assert [whole.open_at(look) for look in looks] == expected
    open_spans = whole.spans(looks[0], looks[-1] + QUARTER_S)
    assert sum(closed - opened for opened, closed in open_spans) == QUARTER_S * sum(expected)


def test_a_question_looks_through_no_more_than_three_months(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is that opens once in years: nothing is searched day by day until it does."""
    asked: list[date] = []
    rare = order(WindowOptions(first_day="02-29", last_day="02-29", days=("sat",)))
    take = type(rare.windows[0]).on

    def counted(self: Any, day: date, *others: Any) -> Any:
        asked.append(day)
        return take(self, day, *others)

    monkeypatch.setattr(type(rare.windows[0]), "on", counted)
    for minute in range(0, 1440, 10):
        rare.next_change_s(at("2026-05-10 00:00") + 60 * minute)
        rare.open_at(at("2026-05-10 00:00") + 60 * minute)
    assert len(asked) <= 93
