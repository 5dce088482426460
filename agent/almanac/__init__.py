"""The local calendar and clock that programs and orders of the town are written in (pure)."""

from agent.almanac.days import WEEKDAYS, CalendarDay, Day, Days, YearDay, named_days, parse_day
from agent.almanac.holidays import Country, holidays
from agent.almanac.localtime import local_moment, skipped
from agent.almanac.windows import Window, WindowOptions, Windows, window, windows

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
