"""Hours of the week in words, for a technician."""

from collections.abc import Sequence

from agent.calendars.days import WEEKDAYS, Day
from agent.calendars.windows import WindowOptions
from drivers.translation import _


def hours(windows: Sequence[WindowOptions]) -> list[str]:
    """One line each: "mon-sat 09:00-19:00"."""
    return [f"{_day_range(each.days)} {each.begin}-{each.end}" for each in windows] or [_("always")]


def _day_range(days: Sequence[Day]) -> str:
    """ "mon-sat" for days in a row."""
    at = [WEEKDAYS.index(day) for day in days if day in WEEKDAYS]
    if len(at) == len(days) > 2 and at == list(range(at[0], at[0] + len(at))):
        return f"{days[0]}-{days[-1]}"
    return " ".join(days) or _("every day")
