"""Local times as a technician writes them."""

from datetime import UTC, datetime

import pytest

from agent.calendars import parse_clock, parse_date_and_time


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:00", 0),
        (" 08:30 ", 510),
        ("23:59", 1439),
        ("24:00", 1440),
        ("24:01", None),
        ("8:30", None),
        ("\u0660\u0668:30", None),
    ],
)
def test_a_time_of_the_day(text: str, minutes: int | None) -> None:
    assert parse_clock(text) == minutes


def test_a_date_with_a_time_is_local() -> None:
    winter = datetime(2026, 12, 24, 5, 0, tzinfo=UTC)
    assert parse_date_and_time("2026-12-24 06:00", "Europe/Paris") == winter.timestamp()
    summer = datetime(2027, 7, 14, 4, 0, tzinfo=UTC)
    assert parse_date_and_time("2027-07-14 06:00", "Europe/Paris") == summer.timestamp()
    with pytest.raises(ValueError, match="no date with a time"):
        parse_date_and_time("2026-02-30 06:00", "Europe/Paris")
