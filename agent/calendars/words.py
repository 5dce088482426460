"""Hours of days that recur in words, for a technician."""

from collections.abc import Iterator, Sequence

from agent.calendars.days import WEEKDAYS, Day
from agent.calendars.hours import WindowOptions, window
from agent.calendars.localtime import DAY_MINUTES
from agent.calendars.recurrence import LAST
from drivers.translation import _


def hours(windows: Sequence[WindowOptions]) -> list[str]:
    """One line each: "mon-sat 09:00-19:00, 11-15 to 03-15"."""
    return [", ".join([_hours(each), *_narrowed(each)]) for each in windows] or [_("always")]


def _hours(options: WindowOptions) -> str:
    if options.side is not None:
        checked = window(options)
        begin, end = (f"{at // 60:02}:{at % 60:02}" for at in (checked.begin_min, checked.end_min % DAY_MINUTES))
        half = _("15th {begin} to last {end}") if options.side == "odd" else _("last {begin} to 15th {end}")
        return _("{days} side of {side} numbers, {half}").format(
            days=_day_range(options.days), side=options.side, half=half.format(begin=begin, end=end)
        )
    days = _day_range(options.days)
    if options.eve:
        days = _("eve of {days}").format(days=days)
    return f"{days} {options.begin}-{options.end}"


def _narrowed(options: WindowOptions) -> Iterator[str]:
    """What narrows the days beside their names."""
    if options.first_day is not None:
        yield _("{first} to {last}").format(first=options.first_day, last=options.last_day or options.first_day)
    yield from _numbered(options)
    if options.dates is not None:
        yield _("{dates} dates").format(dates=options.dates)
    if options.school is not None:
        yield _("school days") if options.school == "days" else _("school holidays")


def _numbered(options: WindowOptions) -> Iterator[str]:
    for words, numbers in (
        (_("number {numbers} of the month"), options.nth),
        (_("day {numbers} of the month"), options.month_days),
        (_("month {numbers}"), options.months),
        (_("week {numbers}"), options.weeks),
    ):
        if numbers:
            yield words.format(numbers=" ".join(_("last") if each == LAST else str(each) for each in numbers))


def _day_range(days: Sequence[Day]) -> str:
    """ "mon-sat" for days in a row."""
    at = [WEEKDAYS.index(day) for day in days if day in WEEKDAYS]
    if len(at) == len(days) > 2 and at == list(range(at[0], at[0] + len(at))):
        return f"{days[0]}-{days[-1]}"
    return " ".join(days) or _("every day")
