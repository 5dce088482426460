"""Days as a technician names them: weekdays, holidays, and ranges of dates."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"]

CalendarDay = Annotated[
    str, Meta(description='a day in quotes: "12-24" (each year) or "2026-12-24"', min_length=5, max_length=10)
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EACH_YEAR = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_ONE_YEAR = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_LEAP_YEAR = 2024


class YearDay(Struct, frozen=True, order=True):
    """A day of every year."""

    month: int
    day: int


class Days(Struct, frozen=True):
    """Which days a rule takes; with neither a range nor `named` it takes all.

    Args:
        begin, end: both included; of two days of every year the end may come first, across New Year.
        named: weekdays from 0 (Monday), "holiday".
    """

    begin: date | YearDay | None
    end: date | YearDay | None
    named: frozenset[int | str]

    def take(self, day: date, holiday: bool) -> bool:
        named = day.weekday() in self.named or (holiday and "holiday" in self.named)
        return (named or not self.named) and self._in_range(day)

    def _in_range(self, day: date) -> bool:
        match self.begin, self.end:
            case YearDay() as begin, YearDay() as end:
                at = YearDay(day.month, day.day)
                return begin <= at <= end if begin <= end else at >= begin or at <= end
            case date() as begin, date() as end:
                return begin <= day <= end
        return True


def named_days(words: Iterable[Day]) -> frozenset[int | str]:
    """Weekdays as numbers from 0 (Monday), and "holiday"."""
    return frozenset(WEEKDAYS.index(word) if word in WEEKDAYS else word for word in words)


def parse_day(text: str) -> date | YearDay:
    """ "12-24" is that day of each year, "2026-12-24" one day. Raises ValueError, in words for a technician."""
    each_year, one_year = _EACH_YEAR.fullmatch(text), _ONE_YEAR.fullmatch(text)
    try:
        if each_year is not None:
            whole = date(_LEAP_YEAR, int(each_year[1]), int(each_year[2]))
            return YearDay(whole.month, whole.day)
        if one_year is not None:
            return date(int(one_year[1]), int(one_year[2]), int(one_year[3]))
    except ValueError:
        raise ValueError(f'"{text}" is no day of the calendar') from None
    raise ValueError(f'"{text}" is no day; write month and day, "12-24", or with the year, "2026-12-24"')
