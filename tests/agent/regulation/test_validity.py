"""Temporary orders that are over, never hold, or end soon."""

from datetime import date

import pytest
from msgspec import structs

from agent.calendars import DateRange, WindowOptions, parse_date_and_time
from agent.regulation import Remark, RuleOptions, TemporaryOrder, remarkable

PARIS = "Europe/Paris"
NOW_S = parse_date_and_time("2026-11-29 20:00", PARIS)  # a Sunday
SATURDAYS = (WindowOptions(days=("sat",), begin="08:00", end="12:00"),)


@pytest.mark.parametrize(
    ("begin", "end", "hours", "remark"),
    [
        ("2024-08-01 00:00", "2024-09-01 00:00", (), "over"),
        (None, "2026-11-29 20:00", (), "over"),
        (None, "2024-09-01 00:00", SATURDAYS, "over"),
        ("2026-12-07 06:00", "2026-12-10 20:00", SATURDAYS, "never"),
        ("2027-12-06 06:00", "2027-12-10 20:00", SATURDAYS, "never"),
        ("2026-12-07 06:00", "2026-12-13 20:00", (), "ends"),
        (None, "2026-12-13 20:00", SATURDAYS, "ends"),
        (None, "2026-12-13 20:01", (), None),
        ("2027-08-01 00:00", "2027-09-01 00:00", (), None),
        ("2024-01-01 00:00", None, (), None),
        ("2030-01-01 00:00", None, SATURDAYS, None),
        (None, None, SATURDAYS, None),
    ],
)
def test_what_is_the_matter_with_an_order(
    begin: str | None, end: str | None, hours: tuple[WindowOptions, ...], remark: Remark | None
) -> None:
    order = TemporaryOrder(name="an order", begin=begin, end=end, windows=hours)
    rule = RuleOptions(category="general", orders=(order,))
    found = list(remarkable("r", rule, PARIS, NOW_S))
    assert [(each.rule, each.name, each.remark, each.end) for each in found] == (
        [("r", "an order", remark, end)] if remark else []
    )


def test_an_order_of_a_leap_day_comes_into_force() -> None:
    leap = WindowOptions(first_day="02-29", last_day="02-29")
    order = TemporaryOrder(name="leap", windows=(leap,))
    assert list(remarkable("r", RuleOptions(category="general", orders=(order,)), PARIS, NOW_S)) == []


@pytest.mark.parametrize(
    ("last", "remark"),
    [(date(2026, 11, 28), "school_over"), (date(2026, 12, 12), "school_ends"), (date(2026, 12, 13), None)],
)
def test_a_list_of_school_holidays_that_ends_is_told(last: date, remark: Remark | None) -> None:
    """A school day is not known beyond it, and nothing holds that says `school`."""
    street = WindowOptions(days=("mon",), school="days")
    listed = (DateRange(begin=date(2026, 10, 17), end=last),)
    rule = RuleOptions(category="no_parking", windows=(street,), school_holidays=listed)
    found = [(each.name, each.remark, each.end) for each in remarkable("r", rule, PARIS, NOW_S)]
    assert found == ([("school_holidays", remark, last.isoformat())] if remark else [])
    assert not list(remarkable("r", structs.replace(rule, windows=()), PARIS, NOW_S)), "nothing needs it"


def test_an_order_whose_last_hours_are_behind_us_is_over_before_it_ends() -> None:
    order = TemporaryOrder(name="fair", begin="2026-11-21 00:00", end="2026-11-30 00:00", windows=SATURDAYS)
    (found,) = remarkable("r", RuleOptions(category="general", orders=(order,)), PARIS, NOW_S)
    assert (found.remark, found.end) == ("over", "2026-11-28 12:00")


def dated(first_day: str, last_day: str) -> WindowOptions:
    return WindowOptions(first_day=first_day, last_day=last_day)


@pytest.mark.parametrize(
    ("hours", "remark", "end"),
    [
        ((dated("2024-08-01", "2024-08-31"),), "over", "2024-09-01 00:00"),
        ((dated("1999-08-01", "1999-08-31"),), "over", "1999-09-01 00:00"),
        ((dated("2026-11-29", "2026-11-30"),), "ends", "2026-12-01 00:00"),
        ((dated("2026-11-01", "2026-12-12"),), "ends", "2026-12-13 00:00"),
        ((dated("2026-11-01", "2026-12-31"),), None, None),
        ((dated("2024-08-01", "2024-08-31"), dated("2026-11-29", "2026-11-30")), "ends", "2026-12-01 00:00"),
        ((dated("2024-08-01", "2024-08-31"), dated("2040-08-01", "2040-08-31")), None, None),
        ((dated("2024-08-01", "2024-08-31"), *SATURDAYS), None, None),
        ((dated("9999-12-30", "9999-12-31"),), "never", None),
    ],
)
def test_dated_hours_end_what_has_no_end_of_its_own(
    hours: tuple[WindowOptions, ...], remark: Remark | None, end: str | None
) -> None:
    order = TemporaryOrder(name="an order", windows=hours)
    of_order = list(remarkable("r", RuleOptions(category="general", orders=(order,)), PARIS, NOW_S))
    assert [(each.remark, each.end) for each in of_order] == ([(remark, end)] if remark else [])
    of_rule = list(remarkable("r", RuleOptions(category="general", windows=hours), PARIS, NOW_S))
    own = "never_open" if remark == "never" else remark
    assert [(each.name, each.remark, each.end) for each in of_rule] == ([("windows", own, end)] if remark else [])


@pytest.mark.parametrize(
    "impossible",
    [
        WindowOptions(months=(2,), month_days=(30,)),
        WindowOptions(months=(4,), month_days=(31,)),
        WindowOptions(months=(1,), first_day="06-01", last_day="08-31"),
    ],
)
def test_a_day_that_no_year_has_is_told(impossible: WindowOptions) -> None:
    alone = RuleOptions(category="general", windows=(impossible,))
    assert [(each.name, each.remark) for each in remarkable("r", alone, PARIS, NOW_S)] == [("windows", "never_open")]
    among = RuleOptions(category="general", windows=(*SATURDAYS, impossible))
    assert [(each.name, each.remark) for each in remarkable("r", among, PARIS, NOW_S)] == [("windows 2", "never_open")]
    market = TemporaryOrder(name="market", windows=(*SATURDAYS, impossible))
    ordered = RuleOptions(category="general", orders=(market,))
    found = [(each.name, each.remark) for each in remarkable("r", ordered, PARIS, NOW_S)]
    assert found == [("market: windows 2", "never_open")]


def test_what_the_list_of_school_holidays_does_not_reach_is_not_called_over() -> None:
    """The list is, which is told of it alone."""
    listed = (DateRange(begin=date(2026, 10, 17), end=date(2026, 12, 5)),)
    school = (WindowOptions(days=("mon",), school="days"),)
    order = TemporaryOrder(name="works", begin="2026-12-14 00:00", end="2027-02-01 00:00", windows=school)
    rule = RuleOptions(category="no_parking", windows=school, school_holidays=listed, orders=(order,))
    assert [(each.name, each.remark) for each in remarkable("r", rule, PARIS, NOW_S)] == [
        ("school_holidays", "school_ends")
    ]


def test_within_the_list_an_order_for_holidays_that_are_none_never_holds() -> None:
    listed = (
        DateRange(begin=date(2026, 10, 17), end=date(2026, 11, 1)),
        DateRange(begin=date(2027, 7, 3), end=date(2027, 8, 31)),
    )
    fair = (WindowOptions(school="holidays"),)
    order = TemporaryOrder(name="fair", begin="2027-01-04 00:00", end="2027-02-01 00:00", windows=fair)
    rule = RuleOptions(category="no_parking", school_holidays=listed, orders=(order,))
    assert [(each.name, each.remark) for each in remarkable("r", rule, PARIS, NOW_S)] == [("fair", "never")]
