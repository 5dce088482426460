"""Calendars: which program on which night."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from agent.calendars import Holidays, Recurrence, SchoolYear, days_of, school_year
from agent.trades.lighting.options import CalendarOptions, CalendarRule, Presence, ProgramOptions
from agent.trades.lighting.plan.photocell import Cell
from agent.trades.lighting.plan.program import Program, compiled


class Calendar(Struct, frozen=True):
    """A calendar that was checked: the first rule that a day fits decides.

    Args:
        otherwise: the program of the days that no rule takes.
    """

    otherwise: Program
    rules: tuple[tuple[Recurrence, Program], ...] = ()
    holidays: Holidays = Holidays()
    school: SchoolYear = SchoolYear()

    def program(self, day: date) -> Program:
        """What the night that begins on a local date follows."""
        rule = self.rule(day)
        return self.otherwise if rule is None else self.rules[rule][1]

    def rule(self, day: date) -> int | None:
        """Which rule takes a day; None: none does."""
        found = (at for at, (days, _) in enumerate(self.rules) if days.take(day, self.holidays, self.school))
        return next(found, None)

    @property
    def programs(self) -> tuple[Program, ...]:
        return (self.otherwise, *(program for _, program in self.rules))

    @property
    def cells(self) -> frozenset[Cell]:
        """Everything that tells day from night."""
        return frozenset(each.photocell for each in self.programs if each.photocell is not None)

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
        school_year(options.school_holidays),
    )


def days(rule: CalendarRule) -> Recurrence:
    """The days of one rule; a holiday is its weekday too. Raises ValueError, in words for a technician."""
    return Recurrence(
        days_of(rule.days, rule.begin, rule.end, holiday_is_weekday=True),
        months=frozenset(rule.months),
        weeks=frozenset(rule.weeks),
        nth=frozenset(rule.nth),
        school=rule.school,
    )
