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


def test_hours_of_an_order_that_are_behind_us_do_not_make_it_one_that_never_holds() -> None:
    order = TemporaryOrder(name="fair", begin="2026-11-21 00:00", end="2026-11-30 00:00", windows=SATURDAYS)
    (found,) = remarkable("r", RuleOptions(category="general", orders=(order,)), PARIS, NOW_S)
    assert found.remark == "ends"
