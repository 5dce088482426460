"""Hours of the week in which something holds, as an order of the town writes them: "Mon-Sat 8-17 h, but holidays"."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from agent.calendars.days import Day, Days, days_of
from agent.calendars.holidays import Country, Holidays
from agent.calendars.localtime import DAY_MINUTES, local_moment, minutes_of
from drivers.options import Options
from drivers.translation import _

_QUARTER_S = 900.0
"""A day begins at a whole quarter of an hour of UTC, in every time zone."""

_LOOK_AHEAD = timedelta(days=400)
"""Whatever opens at all opens once in a year and a month: a holiday alone does."""


class WindowOptions(Options, frozen=True):
    """Hours of some days.

    Args:
        days: weekdays, "holiday"; none: every day. A public holiday is no weekday: name it where the hours hold then.
        begin, end: `from` and `to` in the file, local time "HH:MM"; an end before the begin is on the next day.
    """

    days: tuple[Day, ...] = ()
    begin: str = field(name="from", default="00:00")
    end: str = field(name="to", default="24:00")


class Window(Struct, frozen=True):
    """Hours that were checked.

    Args:
        days: on which it begins.
        begin_min, end_min: minutes past midnight of the day on which it begins; more than 1440: the next day.
    """

    days: Days
    begin_min: int
    end_min: int

    def span(self, day: date, timezone: str) -> tuple[float, float]:
        """Unix seconds of begin and end, on days of 23 and 25 hours too."""
        return _unix_s(day, self.begin_min, timezone), _unix_s(day, self.end_min, timezone)


class Windows(Struct, frozen=True, cache_hash=True):
    """All hours of one order; `windows` empty: always.

    Args:
        timezone: IANA name.
        holidays: which of the days are no weekdays.
    """

    windows: tuple[Window, ...]
    timezone: str
    holidays: Holidays = Holidays()

    def spans(self, begin_s: float, end_s: float) -> Iterator[tuple[float, float]]:
        """The open hours between two unix seconds, in order, apart from each other."""
        if not self.windows:
            if begin_s < end_s:
                yield begin_s, end_s
            return
        first = _local(begin_s, self.timezone) - timedelta(days=1)
        last = _local(end_s, self.timezone)
        found = (span for day in _days(first, last) for span in _on(self, day))
        for opened_s, closed_s in _joined(found):
            clipped = max(opened_s, begin_s), min(closed_s, end_s)
            if clipped[0] < clipped[1]:
                yield clipped

    def overlap_s(self, begin_s: float, end_s: float) -> float:
        """How long they are open between two unix seconds."""
        return sum(closed_s - opened_s for opened_s, closed_s in self.spans(begin_s, end_s))

    def open_at(self, unix_s: float) -> bool:
        return not self.windows or any(begin <= unix_s < end for begin, end in self.around(unix_s))

    def next_change_s(self, unix_s: float) -> float | None:
        """Unix seconds at which they open or close next; None: not within 400 days."""
        if not self.windows:
            return None
        edges = _edges(self, _local(unix_s, self.timezone))
        changes_s = next((edge_s for edge_s in edges if edge_s > unix_s), math.inf)
        return changes_s if changes_s < unix_s + _LOOK_AHEAD.total_seconds() else None

    def around(self, unix_s: float) -> Sequence[tuple[float, float]]:
        """The whole spans of the day of a moment and of those beside it."""
        return _around(self, _local(unix_s, self.timezone))


@lru_cache(maxsize=256)
def _around(hours: Windows, day: date) -> tuple[tuple[float, float], ...]:
    near = _days(day - timedelta(days=1), day + timedelta(days=1))
    return tuple(_joined(span for each in near for span in _on(hours, each)))


@lru_cache(maxsize=64)
def _edges(hours: Windows, day: date) -> tuple[float, ...]:
    """Returns when they open and close, from the day before on until after the day. Hours that touch all year are
    looked through once a day, and not with each reading."""
    ends_s = _unix_s(day, DAY_MINUTES, hours.timezone)
    found: list[float] = []
    days = _days(day - timedelta(days=1), day + _LOOK_AHEAD)
    for span in _joined(span for each in days for span in _on(hours, each)):
        found += span
        if span[1] >= ends_s:
            break
    return tuple(found)


@lru_cache(maxsize=256)
def _on(hours: Windows, day: date) -> tuple[tuple[float, float], ...]:
    """What opens on a day, in order. Bays ask for the same days with each of their readings."""
    holiday = day in hours.holidays
    return tuple(sorted(each.span(day, hours.timezone) for each in hours.windows if each.days.take(day, holiday)))


def windows(
    options: Sequence[WindowOptions], timezone: str, country: Country = "none", holiday_dates: Sequence[date] = ()
) -> Windows:
    """Checked. Raises ValueError, in words for a technician."""
    return Windows(tuple(window(each) for each in options), timezone, Holidays(country, frozenset(holiday_dates)))


def window(options: WindowOptions) -> Window:
    """Checked. Raises ValueError, in words for a technician."""
    begin_min, end_min = minutes_of(options.begin), minutes_of(options.end)
    if begin_min in {end_min, DAY_MINUTES}:
        raise ValueError(
            _('from "{begin}" to "{end}" is empty; a whole day is from "00:00" to "24:00"').format(
                begin=options.begin, end=options.end
            )
        )
    if end_min < begin_min:
        end_min += DAY_MINUTES
    return Window(days_of(options.days, holiday_is_weekday=False), begin_min, end_min)


def _unix_s(day: date, minutes: int, timezone: str) -> float:
    days, minutes = divmod(minutes, DAY_MINUTES)
    return local_moment(day + timedelta(days=days), minutes, timezone).timestamp()


def _local(unix_s: float, timezone: str) -> date:
    return _local_day(unix_s // _QUARTER_S, timezone)


@lru_cache(maxsize=256)
def _local_day(quarters: float, timezone: str) -> date:
    return datetime.fromtimestamp(quarters * _QUARTER_S, UTC).astimezone(ZoneInfo(timezone)).date()


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def _joined(spans: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Spans in the order in which they begin, those that touch made one."""
    whole: tuple[float, float] | None = None
    for begin_s, end_s in spans:
        if whole is not None and begin_s <= whole[1]:
            whole = whole[0], max(whole[1], end_s)
            continue
        if whole is not None:
            yield whole
        whole = begin_s, end_s
    if whole is not None:
        yield whole
