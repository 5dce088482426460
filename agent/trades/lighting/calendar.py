"""Calendars: which program on which night."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from agent.calendars import Days, Holidays, days_of
from agent.trades.lighting.options import CalendarOptions, CalendarRule, Presence, ProgramOptions
from agent.trades.lighting.program import Program, compiled


class Calendar(Struct, frozen=True):
    """A calendar that was checked: the first rule that a day fits decides.

    Args:
        otherwise: the program of the days that no rule takes.
    """

    otherwise: Program
    rules: tuple[tuple[Days, Program], ...] = ()
    holidays: Holidays = Holidays()

    def program(self, day: date) -> Program:
        """What the night that begins on a local date follows."""
        rule = self.rule(day)
        return self.otherwise if rule is None else self.rules[rule][1]

    def rule(self, day: date) -> int | None:
        """Which rule takes a day; None: none does."""
        holiday = day in self.holidays
        return next((at for at, (days, _) in enumerate(self.rules) if days.take(day, holiday)), None)

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
        Holidays(options.holidays, frozenset(options.holiday_dates)),
    )


def days(rule: CalendarRule) -> Days:
    """The days of one rule; a holiday is its weekday too. Raises ValueError, in words for a technician."""
    return days_of(rule.days, rule.begin, rule.end, holiday_is_weekday=True)
