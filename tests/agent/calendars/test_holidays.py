"""Public holidays, Easter among them."""

from datetime import date

import pytest

from agent.calendars.holidays import easter, holidays


@pytest.mark.parametrize(
    ("year", "sunday"),
    [
        (1961, "04-02"),
        (2000, "04-23"),
        (2008, "03-23"),
        (2011, "04-24"),
        (2024, "03-31"),
        (2026, "04-05"),
        (2027, "03-28"),
        (2038, "04-25"),
        (2285, "03-22"),
    ],
)
def test_easter_is_that_of_the_tables(year: int, sunday: str) -> None:
    """Earliest and latest dates among them; United States Naval Observatory, dates of Easter Sunday."""
    assert easter(year) == date.fromisoformat(f"{year}-{sunday}")


def test_easter_is_a_sunday_between_its_limits() -> None:
    for year in range(1900, 2300):
        assert easter(year).weekday() == 6
        assert date(year, 3, 22) <= easter(year) <= date(year, 4, 25)


def test_the_public_holidays_of_france_in_2027() -> None:
    moving = {date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)}
    assert moving < holidays("fr", 2027)
    assert len(holidays("fr", 2027)) == 11
    assert holidays("fr-alsace-moselle", 2027) - holidays("fr", 2027) == {date(2027, 3, 26), date(2027, 12, 26)}
    assert holidays("none", 2027) == frozenset()


def test_a_holiday_may_fall_on_another_one() -> None:
    """Ascension was on 8 May in 1997."""
    assert len(holidays("fr", 1997)) == 10
