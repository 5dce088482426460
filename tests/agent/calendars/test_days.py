"""Days as a technician writes them."""

from datetime import date

from agent.calendars import YearDay, parse_day


def test_a_day_of_every_year_and_of_one() -> None:
    assert parse_day("02-29") == YearDay(2, 29)
    assert parse_day("2028-02-29") == date(2028, 2, 29)
