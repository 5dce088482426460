"""Hours that an order of the town writes: "Mon-Sat 8-17 h, but holidays, from November to March".

Looked through by whole months, each once: a question costs a search in the edges of three of them.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.calendars.holidays import Country, Holidays
from agent.calendars.hours import Window, WindowOptions, window
from agent.calendars.localtime import local_moment
from agent.calendars.school import DateRange, SchoolYear, school_year
from drivers.translation import _

Span = tuple[float, float]

_QUARTER_S = 900.0
"""A day begins at a whole quarter of an hour of UTC, in every time zone."""

_YEAR_MONTHS = 12


class Windows(Struct, frozen=True, cache_hash=True):
    """All hours of one order; `windows` empty: always.

    Args:
        timezone: IANA name.
        holidays: which of the days are no weekdays.
        school: when no school is held.
    """

    windows: tuple[Window, ...]
    timezone: str
    holidays: Holidays = Holidays()
    school: SchoolYear = SchoolYear()

    def spans(self, begin_s: float, end_s: float) -> Iterator[Span]:
        """The open hours between two unix seconds, in order, apart from each other."""
        if not self.windows:
            if begin_s < end_s:
                yield begin_s, end_s
            return
        months = range(_month_of(begin_s, self.timezone) - 1, _month_of(end_s, self.timezone) + 1)
        for opened_s, closed_s in _joined(chain.from_iterable(_in_month(self, month) for month in months)):
            clipped = max(opened_s, begin_s), min(closed_s, end_s)
            if clipped[0] < clipped[1]:
                yield clipped

    def open_at(self, unix_s: float) -> bool:
        if not self.windows:
            return True
        edges = _edges(self, _month_of(unix_s, self.timezone))
        return bisect_right(edges, unix_s) % 2 == 1

    def next_change_s(self, unix_s: float) -> float | None:
        """Unix seconds at which they open or close next, or from which on it has to be asked again, one to two months
        later; None: they never do."""
        if not self.windows:
            return None
        month = _month_of(unix_s, self.timezone)
        edges, looked_s = _edges(self, month), _begin_s(month + 2, self.timezone)
        at = bisect_right(edges, unix_s)
        return min(edges[at], looked_s) if at < len(edges) else looked_s


def windows(
    options: Sequence[WindowOptions],
    timezone: str,
    country: Country = "none",
    holiday_dates: Sequence[date] = (),
    school_holidays: Sequence[DateRange] = (),
) -> Windows:
    """Checked. Raises ValueError, in words for a technician."""
    if any(each.school for each in options) and not school_holidays:
        raise ValueError(_("school is said, and no school_holidays are listed"))
    holidays = Holidays(country, frozenset(holiday_dates))
    return Windows(tuple(window(each) for each in options), timezone, holidays, school_year(school_holidays))


@lru_cache(maxsize=64)
def _edges(hours: Windows, month: int) -> tuple[float, ...]:
    """Returns when they open and close, by turns, from the month before to the one after."""
    spans = (_in_month(hours, each) for each in (month - 1, month, month + 1))
    return tuple(chain.from_iterable(_joined(chain.from_iterable(spans))))


@lru_cache(maxsize=128)
def _in_month(hours: Windows, month: int) -> tuple[Span, ...]:
    """What opens in a month, in order, apart from each other."""
    return tuple(_joined(sorted(span for day in _days(month) for span in _on(hours, day))))


def _on(hours: Windows, day: date) -> Iterator[Span]:
    for each in hours.windows:
        span = each.on(day, hours.timezone, hours.holidays, hours.school)
        if span is not None and span[0] < span[1]:
            yield span


def _days(month: int) -> Iterator[date]:
    day, after = _first_of(month), _first_of(month + 1)
    while day < after:
        yield day
        day += timedelta(days=1)


def _first_of(month: int) -> date:
    """The first day of a month, which is counted from the year 0 on."""
    year, of_year = divmod(month, _YEAR_MONTHS)
    return date(year, of_year + 1, 1)


def _begin_s(month: int, timezone: str) -> float:
    return local_moment(_first_of(month), 0, timezone).timestamp()


def _month_of(unix_s: float, timezone: str) -> int:
    return _local_month(math.floor(unix_s / _QUARTER_S), timezone)


@lru_cache(maxsize=256)
def _local_month(quarters: int, timezone: str) -> int:
    local = datetime.fromtimestamp(quarters * _QUARTER_S, UTC).astimezone(ZoneInfo(timezone))
    return local.year * _YEAR_MONTHS + local.month - 1


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in the order in which they begin, those that touch made one."""
    whole: Span | None = None
    for begin_s, end_s in spans:
        if whole is not None and begin_s <= whole[1]:
            whole = whole[0], max(whole[1], end_s)
            continue
        if whole is not None:
            yield whole
        whole = begin_s, end_s
    if whole is not None:
        yield whole
