"""Which days of a year an order of the town means, beyond weekdays and ranges of dates (pure)."""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from agent.calendars.days import Days
from agent.calendars.holidays import Holidays
from agent.calendars.school import SchoolYear

Dates = Literal["even", "odd"]
School = Literal["days", "holidays"]

LAST = -1
"""The last one of a month: of its days, or of a weekday in it."""

_WEEK = 7


class Recurrence(Struct, frozen=True):
    """Days that recur; each of these narrows the others, and an empty one narrows nothing.

    Args:
        days: by their names, in a season or a range of dates.
        months: 1 to 12.
        weeks: of the year by ISO 8601, 1 to 53.
        nth: which ones in its month of the weekday that a day is, 1 to 5, or LAST.
        month_days: 1 to 31, or LAST.
        dates: those with an even or an odd number.
        school: "days": outside the school holidays, and no public holiday; "holidays": within them. Neither where
            nobody says which they are.
    """

    days: Days
    months: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    nth: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    dates: Dates | None = None
    school: School | None = None

    def take(self, day: date, holidays: Holidays, school: SchoolYear) -> bool:
        holiday = day in holidays
        return self.days.take(day, holiday) and self._in_month(day) and self._in_school(day, holiday, school)

    def _in_month(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        if self.dates is not None and (day.day % 2 == 0) != (self.dates == "even"):
            return False
        if self.weeks and day.isocalendar().week not in self.weeks:
            return False
        return self._counted(self.nth, (day.day - 1) // _WEEK + 1, day, _WEEK) and self._counted(
            self.month_days, day.day, day, 1
        )

    @staticmethod
    def _counted(wanted: frozenset[int], number: int, day: date, step: int) -> bool:
        """Whether a number within the month is wanted, or no other of its kind follows and the last is.

        Args:
            step: how many days on the next of its kind is.
        """
        is_last = (day + timedelta(days=step)).month != day.month
        return not wanted or number in wanted or (LAST in wanted and is_last)

    def _in_school(self, day: date, holiday: bool, school: SchoolYear) -> bool:
        if self.school is None:
            return True
        if not school.knows(day):
            return False
        return (day in school) == (self.school == "holidays") and not (self.school == "days" and holiday)
