"""[[station.NAME.quantity.NAME.threshold]]: whether there is a day on which two hold."""

from datetime import date, timedelta

from agent.calendars.days import Days, days_of
from agent.config.reader import Table

LEAP_YEAR, YEAR_DAYS = 2024, 366


def meet(one: Table, other: Table) -> bool:
    """Returns whether they meet; what is wrong itself meets nothing, as that is reported elsewhere."""
    first, second = one.values.get("days"), other.values.get("days")
    if first and second and not {*first} & {*second}:
        return False
    try:
        ranges = [_range(each) for each in (one, other)]
    except ValueError:
        return False
    return any(all(each.take(day, holiday=False) for each in ranges) for day in _days(ranges))


def _range(threshold: Table) -> Days:
    """Raises ValueError."""
    return days_of((), threshold.values.get("begin"), threshold.values.get("end"), holiday_is_weekday=False)


def _days(ranges: list[Days]) -> set[date]:
    """Days of which one is in both, if any is: a range of several years has all of its second one."""
    years = {LEAP_YEAR}
    for each in ranges:
        if isinstance(each.begin, date) and isinstance(each.end, date):
            years |= {each.begin.year, min(each.begin.year + 1, date.max.year), each.end.year}
    days = (date(year, 1, 1) + timedelta(days) for year in years for days in range(YEAR_DAYS - 1))
    return {*days, *(date(year, 12, 31) for year in years)}
