"""Calendars: which program on which night."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from agent.lighting.holidays import Country, holidays
from agent.lighting.options import CalendarOptions, CalendarRule, Presence, ProgramOptions
from agent.lighting.program import Program, compiled

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


class Calendar(Struct, frozen=True):
    """A calendar that was checked: the first rule that a day fits decides.

    Args:
        otherwise: the program of the days that no rule takes.
        holiday_dates: beside those that are computed for `country`.
    """

    otherwise: Program
    rules: tuple[tuple[Days, Program], ...] = ()
    country: Country = "none"
    holiday_dates: frozenset[date] = frozenset()

    def program(self, day: date) -> Program:
        """What the night that begins on a local date follows."""
        rule = self.rule(day)
        return self.otherwise if rule is None else self.rules[rule][1]

    def rule(self, day: date) -> int | None:
        """Which rule takes a day; None: none does."""
        holiday = self.holiday(day)
        return next((at for at, (days, _) in enumerate(self.rules) if days.take(day, holiday)), None)

    def holiday(self, day: date) -> bool:
        return day in self.holiday_dates or day in holidays(self.country, day.year)

    @property
    def programs(self) -> tuple[Program, ...]:
        return (self.otherwise, *(program for _, program in self.rules))

    @property
    def presence(self) -> frozenset[Presence]:
        """Everything that waits for somebody on one night or another."""
        return frozenset(each for program in self.programs for _, each in program.presence)


def always(program: ProgramOptions) -> Calendar:
    """The same program every night."""
    return Calendar(compiled(program))


def calendar_of(options: CalendarOptions, programs: Mapping[str, ProgramOptions]) -> Calendar:
    """A calendar, checked.

    Args:
        programs: by the names that the calendar uses.

    Raises ValueError, in words for a technician.
    """
    return Calendar(
        compiled(programs[options.program]),
        tuple((days(rule), compiled(programs[rule.program])) for rule in options.rules),
        options.holidays,
        frozenset(options.holiday_dates),
    )


def days(rule: CalendarRule) -> Days:
    """The days of one rule. Raises ValueError, in words for a technician."""
    if rule.begin is None and rule.end is not None:
        raise ValueError('"to" stands without "from"; write the first day of the range too')
    begin = None if rule.begin is None else parse_day(rule.begin)
    end = begin if rule.end is None else parse_day(rule.end)
    if isinstance(begin, YearDay) != isinstance(end, YearDay):
        raise ValueError(f'"{rule.begin}" and "{rule.end}" must both have a year, or neither')
    if isinstance(begin, date) and isinstance(end, date) and end < begin:
        raise ValueError(f'"{rule.end}" lies before "{rule.begin}"')
    return Days(begin, end, frozenset(_named(rule.days)))


def _named(words: Iterable[str]) -> Iterable[int | str]:
    return (WEEKDAYS.index(word) if word in WEEKDAYS else word for word in words)


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
