"""The local calendar and clock that programs and orders of the town are written in (pure)."""

from agent.calendars.days import WEEKDAYS, CalendarDay, Day, Days, YearDay, named_days, parse_day
from agent.calendars.holidays import Country, holidays
from agent.calendars.localtime import local_moment, skipped
from agent.calendars.windows import Window, WindowOptions, Windows, window, windows

__all__ = [
    "WEEKDAYS",
    "CalendarDay",
    "Country",
    "Day",
    "Days",
    "Window",
    "WindowOptions",
    "Windows",
    "YearDay",
    "holidays",
    "local_moment",
    "named_days",
    "parse_day",
    "skipped",
    "window",
    "windows",
]
