"""Local months: their hours, whichever month is meant, and what is taken together of its days."""

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from agent.trades.sensing.hours import Nature
from agent.trades.sensing.month.model import LocalMonth, meant_month, station_month
from tests.agent.trades.sensing.month.conftest import PM, days_of, month_of

NOW = datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2026, 11, 1), 720), (date(2026, 10, 1), 745), (date(2026, 3, 1), 743)]
)
def test_a_month_has_the_hours_that_there_are(first: date, hours: int) -> None:
    month = LocalMonth(first, "Europe/Paris")
    assert len(month.hours) == hours
    assert month.hours[0] == month.begin_s and month.hours[-1] + 3600 == month.end_s


def test_hours_of_a_zone_that_is_half_an_hour_off_lie_in_the_month() -> None:
    month = LocalMonth(date(2026, 11, 1), "Asia/Kolkata")
    assert len(month.hours) == 720 and month.begin_s < month.hours[0] < month.begin_s + 3600


def test_the_month_that_is_meant_is_that_of_the_place() -> None:
    assert meant_month("this", NOW, "Europe/Paris").first == date(2026, 12, 1), "it is half past midnight there"
    assert meant_month("last", NOW, "Europe/Paris").first == date(2026, 11, 1)
    assert meant_month("2026-02", NOW, "UTC").first == date(2026, 2, 1)


@pytest.mark.parametrize("text", ["2026-13", "november", "2026-1", "", "2026-11-01", "२०२६-११"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no month"):
        meant_month(text, NOW, "UTC")


def test_a_month_that_has_not_begun_is_refused() -> None:
    with pytest.raises(ValueError, match="2027-01 has not begun: it is 2026-12"):
        meant_month("2027-01", NOW, "Europe/Paris")


def test_the_least_standing_of_a_month_is_that_of_all_of_it() -> None:
    month = LocalMonth(date(2026, 11, 1), "Europe/Paris")
    days = days_of(month, {"pm2_5": (PM, lambda count, at: 8.0)})
    days = {day: structs.replace(each, standing="reference") for day, each in days.items()}
    days[date(2026, 11, 3)] = structs.replace(days[date(2026, 11, 3)], standing="indicative")
    assert station_month("square", month, month.end_s, days).place.standing == "indicative"


def test_values_of_another_unit_are_none_of_the_quantity_as_it_is_now() -> None:
    month = LocalMonth(date(2026, 11, 1), "Europe/Paris")
    days = days_of(month, {"pm2_5": (PM, lambda count, at: 8.0)})
    first = days[date(2026, 11, 1)]
    was = structs.replace(first.quantities["pm2_5"], nature=Nature("mg/m3", "mean", "PM2.5"))
    days[date(2026, 11, 1)] = structs.replace(first, quantities={"pm2_5": was})
    quantity = station_month("square", month, month.end_s, days).quantities["pm2_5"]
    assert quantity.other == 1 and len(quantity.hours) == 720 - 24


def test_what_has_not_happened_is_no_gap() -> None:
    until_s = datetime(2026, 11, 10, 12, 30, tzinfo=UTC).timestamp()
    month = month_of({"pm2_5": (PM, lambda count, at: 8.0 if at.day < 10 else None)}, until_s=until_s)
    known = month.known(month.quantities["pm2_5"])
    assert len(known) == 9 * 24 + 13, "at the pole it is half past one: thirteen hours of the day are over"
    assert known.count(None) == 13
