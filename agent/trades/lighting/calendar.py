"""Calendars: which program on which night."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from agent.calendars import Country, Days, YearDay, holidays, named_days, parse_day
from agent.trades.lighting.options import CalendarOptions, CalendarRule, Presence, ProgramOptions
from agent.trades.lighting.program import Program, compiled


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
    return Days(begin, end, named_days(rule.days))
