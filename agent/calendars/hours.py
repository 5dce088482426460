"""Hours of some days, as an order of the town writes them, and as the moments of one day."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from agent.calendars.days import CalendarDay, Day, days_of
from agent.calendars.holidays import Holidays
from agent.calendars.localtime import DAY_MINUTES, local_moment, minutes_of
from agent.calendars.recurrence import LAST, Dates, Recurrence, School
from agent.calendars.school import SchoolYear
from drivers.options import Options
from drivers.translation import N_, _

Side = Literal["odd", "even"]

Month = Annotated[int, Meta(ge=1, le=12, description=N_("a month, 1 to 12"))]
Week = Annotated[int, Meta(ge=1, le=53, description=N_("a week of the year, 1 to 53"))]
Nth = Annotated[int, Meta(ge=LAST, le=5, description=N_("1 to 5, or -1 for the last"))]
MonthDay = Annotated[int, Meta(ge=LAST, le=31, description=N_("1 to 31, or -1 for the last"))]

HALF = 15
"""The last day of the first half of a month."""

SIDES_CHANGE = ("21:00", "20:30")
"""France, Code de la route, R417-2: on the last evening of a half-month the sides change between 20:30 and 21:00. In
that half-hour nobody stands on a wrong side yet."""

_WHOLE_DAY = ("00:00", "24:00")


class WindowOptions(Options, frozen=True):
    """Hours of some days; each key narrows the others.

    Args:
        days: weekdays, "holiday"; none: every day. A public holiday is no weekday: name it where the hours hold then.
        begin, end: `from` and `to` in the file, local time "HH:MM"; an end before the begin is on the next day.
        eve: the hours begin on the day before each of these days.
        first_day, last_day: a season, "11-15" to "03-15" of each year, or a range of dates; both included.
        months: 1 to 12.
        weeks: of the year by ISO 8601.
        nth: the first, second, ... weekday of its name in a month; -1: the last one.
        month_days: 1 to 31; -1: the last one.
        dates: even or odd days of the month.
        school: school days, or school holidays, as the rule lists these.
        side: parking alternates by half-month, and these are the days on which nobody may stand on the side of even or
            odd numbers of houses: odd from the 15th to the last of the month, even from then to the 15th. `from` is the
            time on the first of these evenings at which that begins, `to` on the last one at which it ends.
    """

    days: tuple[Day, ...] = ()
    begin: str = field(name="from", default=_WHOLE_DAY[0])
    end: str = field(name="to", default=_WHOLE_DAY[1])
    eve: bool = False
    first_day: CalendarDay | None = None
    last_day: CalendarDay | None = None
    months: tuple[Month, ...] = ()
    weeks: tuple[Week, ...] = ()
    nth: tuple[Nth, ...] = ()
    month_days: tuple[MonthDay, ...] = ()
    dates: Dates | None = None
    school: School | None = None
    side: Side | None = None


class Window(Struct, frozen=True):
    """Hours that were checked.

    Args:
        days: on which it begins, or with `eve` before which.
        begin_min, end_min: minutes past midnight of the day on which it begins; more than 1440: the next day. With
            `side` of the evenings on which sides change.
    """

    days: Recurrence
    begin_min: int
    end_min: int
    eve: bool = False
    side: Side | None = None

    def on(self, day: date, timezone: str, holidays: Holidays, school: SchoolYear) -> tuple[float, float] | None:
        """Returns unix seconds of begin and end of what begins on a day, of 23 and 25 hours too; None: nothing."""
        minutes = (self.begin_min, self.end_min) if self.side is None else self._forbidden(self.side, day)
        named = day + timedelta(days=1) if self.eve else day
        if minutes is None or not self.days.take(named, holidays, school):
            return None
        return _unix_s(day, minutes[0], timezone), _unix_s(day, minutes[1], timezone)

    def _forbidden(self, side: Side, day: date) -> tuple[int, int] | None:
        """Tells when on a day nobody may stand on a side, minutes past midnight; None: anybody may."""
        last = (day + timedelta(days=1)).day == 1
        turns = day.day == HALF or last
        if not turns:
            return (0, DAY_MINUTES) if (day.day > HALF) == (side == "odd") else None
        return (self.begin_min, DAY_MINUTES) if last == (side == "even") else (0, self.end_min)


def window(options: WindowOptions) -> Window:
    """Checked. Raises ValueError, in words for a technician."""
    begin, end = options.begin, options.end
    if options.side is not None:
        return _alternating(options)
    begin_min, end_min = minutes_of(begin), minutes_of(end)
    if begin_min in {end_min, DAY_MINUTES}:
        raise ValueError(
            _('from "{begin}" to "{end}" is empty; a whole day is from "00:00" to "24:00"').format(begin=begin, end=end)
        )
    if end_min < begin_min:
        end_min += DAY_MINUTES
    return Window(_recurrence(options), begin_min, end_min, options.eve)


def _alternating(options: WindowOptions) -> Window:
    begin, end = (options.begin, options.end) if (options.begin, options.end) != _WHOLE_DAY else SIDES_CHANGE
    begin_min, end_min = minutes_of(begin), minutes_of(end)
    if not 0 < end_min <= begin_min < DAY_MINUTES:
        what = _(
            'with side, "{end}" and "{begin}" are no evening on which sides change; write the earlier time in "to"'
        )
        raise ValueError(what.format(end=end, begin=begin))
    if options.eve:
        raise ValueError(_("side and eve do not go together: the sides change on evenings by themselves"))
    return Window(_recurrence(options), begin_min, end_min, side=options.side)


def _recurrence(options: WindowOptions) -> Recurrence:
    if (problem := next(_problems(options), None)) is not None:
        raise ValueError(problem)
    return Recurrence(
        days_of(options.days, options.first_day, options.last_day, holiday_is_weekday=False),
        frozenset(options.months),
        frozenset(options.weeks),
        frozenset(options.nth),
        frozenset(options.month_days),
        options.dates,
        options.school,
    )


def _problems(options: WindowOptions) -> Iterator[str]:
    """Yields what keys say that do not go together, in words for a technician."""
    if options.first_day is None and options.last_day is not None:
        yield _('"last_day" stands without "first_day"; write the first day of the range too')
    if 0 in options.nth or 0 in options.month_days:
        yield _("0 is no day; the first one is 1, the last one -1")
    if options.school == "days" and not options.days:
        yield _('school = "days" needs the days of the week on which school is held')
    if options.nth and not options.days:
        yield _("nth needs days: the first, second, ... of which weekday of the month")


def _unix_s(day: date, minutes: int, timezone: str) -> float:
    days, minutes = divmod(minutes, DAY_MINUTES)
    return local_moment(day + timedelta(days=days), minutes, timezone).timestamp()
