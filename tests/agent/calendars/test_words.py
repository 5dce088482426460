"""Hours in words for a technician."""

import pytest

from agent.calendars import WindowOptions
from agent.calendars.words import hours


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (WindowOptions(), "every day 00:00-24:00"),
        (WindowOptions(days=("mon", "tue", "wed", "holiday"), begin="09:00"), "mon tue wed holiday 09:00-24:00"),
        (WindowOptions(first_day="11-15", last_day="03-15"), "every day 00:00-24:00, 11-15 to 03-15"),
        (WindowOptions(first_day="2026-12-24"), "every day 00:00-24:00, 2026-12-24 to 2026-12-24"),
        (
            WindowOptions(days=("sat",), nth=(1, -1), eve=True, begin="20:00", end="14:00"),
            "eve of sat 20:00-14:00, number 1 last of the month",
        ),
        (WindowOptions(months=(7, 8), weeks=(32,)), "every day 00:00-24:00, month 7 8, week 32"),
        (WindowOptions(month_days=(1, -1), dates="odd"), "every day 00:00-24:00, day 1 last of the month, odd dates"),
        (WindowOptions(days=("mon",), school="days"), "mon 00:00-24:00, school days"),
        (WindowOptions(school="holidays"), "every day 00:00-24:00, school holidays"),
        (WindowOptions(side="odd"), "every day side of odd numbers, 15th 21:00 to last 20:30"),
        (
            WindowOptions(side="even", begin="19:00", end="18:00"),
            "every day side of even numbers, last 19:00 to 15th 18:00",
        ),
    ],
)
def test_hours_are_one_line_each(options: WindowOptions, words: str) -> None:
    assert hours([options]) == [words]


def test_no_hours_are_always() -> None:
    assert hours([]) == ["always"]
