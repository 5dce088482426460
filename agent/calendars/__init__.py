"""The local calendar and clock that programs and orders of the town are written in (pure)."""

from agent.calendars.days import (
    WEEKDAYS,
    CalendarDay,
    Day,
    Days,
    YearDay,
    days_of,
    meant_day,
    meant_weekdays,
    parse_day,
)
from agent.calendars.extent import each_alone, first_open, last_open
from agent.calendars.holidays import Country, Holidays, holidays
from agent.calendars.hours import Month, Nth, Week, Window, WindowOptions, window
from agent.calendars.localtime import (
    DAY_MINUTES,
    begin_of_day_s,
    date_and_time,
    local_date,
    local_moment,
    meant_clock,
    minutes_of,
    parse_clock,
    parse_date_and_time,
    skipped,
)
from agent.calendars.recurrence import Recurrence, School
from agent.calendars.school import DateRange, SchoolYear, school_year
from agent.calendars.windows import Windows, windows

__all__ = [
    "DAY_MINUTES",
    "WEEKDAYS",
    "CalendarDay",
    "Country",
    "DateRange",
    "Day",
    "Days",
    "Holidays",
    "Month",
    "Nth",
    "Recurrence",
    "School",
    "SchoolYear",
    "Week",
    "Window",
    "WindowOptions",
    "Windows",
    "YearDay",
    "date_and_time",
    "days_of",
    "each_alone",
    "first_open",
    "holidays",
    "last_open",
    "local_date",
    "begin_of_day_s",
    "local_moment",
    "meant_clock",
    "meant_day",
    "meant_weekdays",
    "minutes_of",
    "parse_clock",
    "parse_date_and_time",
    "parse_day",
    "school_year",
    "skipped",
    "window",
    "windows",
]
