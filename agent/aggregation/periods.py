"""Hours, nights, days and months as people count them, and what of a gain falls into each (pure).

Hours are those of UTC, so that none is there twice or missing where clocks change. A day lies between two local
midnights and has 23, 24 or 25 hours; a night belongs to the date of its evening.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.calendars import local_moment

HOUR_S = 3600

Period = Literal["hour", "night", "day", "month"]
PERIODS: tuple[Period, ...] = ("hour", "night", "day", "month")
NOON = 12 * 60


class Span(NamedTuple):
    """The begin and the end of a time, unix seconds; the end is not included."""

    begin_s: float
    end_s: float


class Borders(NamedTuple):
    """
    Args:
        timezone: IANA name.
        night: minutes past local midnight at which a night begins and ends; both at noon: it has the day around it.
    """

    timezone: str
    night: tuple[int, int] = (NOON, NOON)

    def span(self, period: Period, unix_s: float) -> Span:
        """The period in which the moment lies; of nights the next one, where none is."""
        if period == "hour":
            begin_s = unix_s // HOUR_S * HOUR_S
            return Span(begin_s, begin_s + HOUR_S)
        day = datetime.fromtimestamp(unix_s, ZoneInfo(self.timezone)).date()
        return next(span for span in self._from(period, day) if span.end_s > unix_s)

    def _from(self, period: Period, day: date) -> Iterator[Span]:
        """Yields periods in their order, from one that begins at that day or before."""
        if period == "month":
            yield self._month(day)
            return
        begin, end = (0, 0) if period == "day" else self.night
        over_midnight = timedelta(days=1 if end <= begin else 0)
        for evening in (day + timedelta(days=shift) for shift in (-1, 0, 1)):
            yield Span(self._at(evening, begin), self._at(evening + over_midnight, end))

    def _month(self, day: date) -> Span:
        first = day.replace(day=1)
        return Span(self._at(first, 0), self._at((first + timedelta(days=31)).replace(day=1), 0))

    def _at(self, day: date, minutes: int) -> float:
        return local_moment(day, minutes, self.timezone).timestamp()


class Sum(Struct, frozen=True, omit_defaults=True):
    """What is known of one period.

    Args:
        known_s: for so much of it the amount is known.
        estimated: of the amount, what a counter showed in a jump.
        resets: times that the counter was set back.
    """

    begin_s: float
    end_s: float
    amount: float = 0.0
    known_s: float = 0.0
    estimated: float = 0.0
    resets: int = 0

    @property
    def coverage_percent(self) -> float:
        return round(100 * min(1.0, self.known_s / (self.end_s - self.begin_s)), 1)


class Stretch(NamedTuple):
    """What was gained between two readings.

    Args:
        gap: it is too long to say how the amount was spread over it.
    """

    begin_s: float
    end_s: float
    amount: float
    gap: bool = False
    estimated: bool = False
    resets: int = 0


Spans = Callable[[Period, float], Span]
Sums = Mapping[Period, Sum]


def add(sums: Sums, spans: Spans, stretch: Stretch) -> tuple[dict[Period, Sum], list[tuple[Period, Sum]]]:
    """Adds it to every period; returns those that are open then, and those that ended, in their order.

    The amount of a gap is added where the period has all of it, and to no other: nobody knows how it was spread. Of
    those that lie wholly in a gap nothing is known, and nothing is returned.
    """
    now: dict[Period, Sum] = {}
    ended: list[tuple[Period, Sum]] = []
    for period in PERIODS:
        current = sums.get(period) or _opened(spans, period, stretch.begin_s)
        while stretch.end_s >= current.end_s:
            ended.append((period, _with(current, stretch)))
            current = _opened(spans, period, stretch.end_s if stretch.gap else current.end_s)
        now[period] = _with(current, stretch)
    return now, sorted(ended, key=lambda each: (each[1].end_s, PERIODS.index(each[0])))


def crosses(ended: list[tuple[Period, Sum]], stretch: Stretch) -> bool:
    """Whether a gap reaches over the end of a period, so that its amount is missing there."""
    return stretch.gap and any(stretch.begin_s < each.end_s < stretch.end_s for _period, each in ended)


def _opened(spans: Spans, period: Period, unix_s: float) -> Sum:
    return Sum(*spans(period, unix_s))


def _with(one: Sum, stretch: Stretch) -> Sum:
    """The period with its part of the amount."""
    begin_s, end_s = max(one.begin_s, stretch.begin_s), min(one.end_s, stretch.end_s)
    whole_s = stretch.end_s - stretch.begin_s
    part_s = max(0.0, end_s - begin_s)
    if part_s <= 0 or (stretch.gap and part_s < whole_s):
        return one
    amount = stretch.amount * part_s / whole_s
    return structs.replace(
        one,
        amount=one.amount + amount,
        known_s=one.known_s + (0.0 if stretch.resets else part_s),
        estimated=one.estimated + (amount if stretch.estimated else 0.0),
        resets=one.resets + (stretch.resets if end_s == stretch.end_s else 0),
    )
