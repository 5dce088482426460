"""Which program on which night: weekdays, ranges, holidays, and their order."""

from datetime import date, timedelta

import pytest

from agent.calendars import DateRange, Day
from agent.trades.lighting.options import CalendarOptions, CalendarRule, ProgramOptions
from agent.trades.lighting.plan.calendar import calendar_of, days
from agent.trades.lighting.plan.program import compiled

PROGRAMS = {
    "plain": ProgramOptions(),
    "late": ProgramOptions(level_percent=80.0),
    "feast": ProgramOptions(level_percent=60.0),
}


def rule(program: str, *named: Day, begin: str | None = None, end: str | None = None) -> CalendarRule:
    return CalendarRule(program=program, days=named, begin=begin, end=end)


def on(day: str, *rules: CalendarRule, country: str = "fr", dates: tuple[date, ...] = ()) -> str:
    """Name of the program of a night."""
    options = CalendarOptions(program="plain", rules=rules, holidays=country, holiday_dates=dates)  # type: ignore[arg-type]
    found = calendar_of(options, PROGRAMS).program(date.fromisoformat(day))
    return next(name for name, program in PROGRAMS.items() if compiled(program) == found)


def test_weekdays_and_the_days_between() -> None:
    weekend = rule("late", "fri", "sat")
    assert [on(f"2026-11-{day}", weekend) for day in (19, 20, 21, 22)] == ["plain", "late", "late", "plain"]


def test_holidays_computed_and_listed() -> None:
    holiday = rule("late", "holiday")
    assert on("2027-07-14", holiday) == "late"
    assert on("2027-07-14", holiday, country="none") == "plain"
    assert on("2027-06-19", holiday, country="none", dates=(date(2027, 6, 19),)) == "late"


def test_a_range_of_every_year_goes_across_new_year_and_both_ends_belong_to_it() -> None:
    feast = rule("feast", begin="12-24", end="01-01")
    seen = {day: on(day, feast) for day in ("2026-12-23", "2026-12-24", "2027-01-01", "2027-01-02", "2031-12-31")}
    assert list(seen.values()) == ["plain", "feast", "feast", "plain", "feast"]


def test_a_range_of_one_year_and_a_single_day() -> None:
    assert on("2026-07-12", rule("feast", begin="2026-07-10", end="2026-07-14")) == "feast"
    assert on("2027-07-12", rule("feast", begin="2026-07-10", end="2026-07-14")) == "plain"
    assert [on(f"2027-06-{day}", rule("feast", begin="06-21")) for day in (20, 21, 22)] == ["plain", "feast", "plain"]


def test_days_and_range_must_both_fit_and_the_first_rule_decides() -> None:
    summer, fair = rule("late", "sat", begin="06-01", end="08-31"), rule("feast", begin="07-10", end="07-14")
    assert on("2027-07-03", fair, summer) == "late"
    assert on("2027-07-04", fair, summer) == "plain"
    assert (on("2027-07-10", fair, summer), on("2027-07-10", summer, fair)) == ("feast", "late")


def test_every_night_of_ten_years_has_a_program() -> None:
    options = CalendarOptions(program="plain", rules=(rule("late", "mon"), rule("feast", begin="02-29")))
    calendar = calendar_of(options, PROGRAMS)
    nights = [calendar.program(date(2026, 1, 1) + timedelta(days=shift)) for shift in range(3653)]
    assert {compiled(program) for program in PROGRAMS.values()} == set(nights)
    assert nights.count(compiled(PROGRAMS["feast"])) == 2


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        ("02-30", None, "no day of the calendar"),
        ("2027-02-29", None, "no day of the calendar"),
        ("24.12.", None, 'write "12-24"'),
        ("1-2-3", None, "write month and day"),
        ("12-24", "2026-12-26", "both have a year, or neither"),
        ("2026-12-24", "2026-12-20", "lies before"),
        (None, "12-24", "without"),
    ],
)
def test_days_that_are_none_are_refused_in_words(begin: str | None, end: str | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        days(rule("late", begin=begin, end=end))


def test_the_first_friday_of_a_month_and_the_last_weekend() -> None:
    """Nocturnes of the shops; the night of the museums."""
    first_friday = CalendarRule(program="late", days=("fri",), nth=(1,))
    assert [on(f"2026-12-{day:02}", first_friday) for day in (4, 5, 11)] == ["late", "plain", "plain"]
    last_saturday = CalendarRule(program="late", days=("sat",), nth=(-1,), months=(12,))
    assert [on(day, last_saturday) for day in ("2026-12-26", "2026-12-19", "2026-11-28")] == ["late", "plain", "plain"]


def test_school_days_and_school_holidays_as_they_are_listed() -> None:
    listed = (
        DateRange(begin=date(2026, 10, 17), end=date(2026, 11, 2)),
        DateRange(date(2026, 12, 19), date(2027, 1, 4)),
    )
    rules = (
        CalendarRule(program="late", school="holidays"),
        CalendarRule(program="feast", days=("wed",), school="days"),
    )
    options = CalendarOptions(program="plain", rules=rules, holidays="fr", school_holidays=listed)
    calendar = calendar_of(options, PROGRAMS)

    def program(day: str) -> str:
        found = calendar.program(date.fromisoformat(day))
        return next(name for name, each in PROGRAMS.items() if compiled(each) == found)

    assert program("2026-10-28") == "late"
    assert program("2026-11-11") == "plain", "a public holiday is no day of school"
    assert program("2026-11-18") == "feast"
    assert program("2027-02-17") == "plain", "nobody has listed that far"
