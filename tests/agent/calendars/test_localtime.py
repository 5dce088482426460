"""Local times as a technician writes them."""

from datetime import UTC, datetime

import pytest

from agent.calendars import parse_clock, parse_date_and_time
from agent.calendars.localtime import meant_moment


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
    with pytest.raises(ValueError, match="no date with a time; write for example"):
        parse_date_and_time("2026-02-30 06:00", "Europe/Paris")
    with pytest.raises(ValueError, match='no date with a time; write "2027-12-31 06:00"'):
        parse_date_and_time("31/12/2027 6h00", "Europe/Paris")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("31/12/2027 06:00", "2027-12-31 06:00"),
        ("31.12.2027 6h30", "2027-12-31 06:30"),
        ("31-12-2027", "2027-12-31 00:00"),
        ("2027-12-31T06:00", "2027-12-31 06:00"),
        ("2027/12/31 6h", "2027-12-31 06:00"),
        ("31/12/2027 \u00e0 18h00", "2027-12-31 18:00"),
        ("2027-12-31 24:00", "2028-01-01 00:00"),
        ("31/12/9999 24:00", None),
        ("30/02/2027 06:00", None),
        ("12/31/2027 06:00", None),
        ("31/12/2027 noon", None),
        ("next week", None),
    ],
)
def test_a_moment_that_is_written_otherwise(text: str, meant: str | None) -> None:
    assert meant_moment(text) == meant
