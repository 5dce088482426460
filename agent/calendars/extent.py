"""Looks for hours that recur: when they come next, when they came last, whether they ever do (pure)."""

from collections import deque
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from msgspec import structs

from agent.calendars.windows import Span, Windows

DAY_S = 86400.0

YEARS_S = 9 * 366 * DAY_S
"""Hours that recur are looked for within it: between two days of the 29th of February lie eight years at most."""

_BACK_S = (31 * DAY_S, 366 * DAY_S, YEARS_S)
"""How far back is looked for the last ones, the nearest first."""

_MARGIN_S = 2 * DAY_S
"""Hours of a day lie within it around the same day of UTC, on its eve and past its midnight too."""

_EPOCH = date(1970, 1, 1)
_KNOWN_S = tuple((date(year, 1, 1) - _EPOCH).days * DAY_S for year in (1900, 9000))
"""Nobody orders anything before or after."""


def first_open(hours: Windows, begin_s: float, end_s: float) -> Span | None:
    """Returns what is open first between two unix seconds, the later one maybe infinite; None: nothing within years."""
    if not hours.windows:
        return (begin_s, end_s) if begin_s < end_s else None
    found = (next(alone.spans(*_ahead(alone, begin_s, end_s)), None) for alone in each_alone(hours))
    return min((span for span in found if span is not None), default=None)


def last_open(hours: Windows, begin_s: float, end_s: float) -> Span | None:
    """Returns what was open last between two unix seconds, the earlier one maybe infinite; None: nothing was."""
    found = (_last(alone, *_within(alone, begin_s, end_s)) for alone in each_alone(hours))
    return max((span for span in found if span is not None), key=lambda span: span[1], default=None)


def each_alone(hours: Windows) -> Iterator[Windows]:
    """Yields each of some hours as if it stood alone."""
    return (structs.replace(hours, windows=(each,)) for each in hours.windows)


def _ahead(alone: Windows, begin_s: float, end_s: float) -> Span:
    begin_s, end_s = _within(alone, begin_s, end_s)
    if _dates(alone) is None and not _comes(alone, begin_s // DAY_S):
        return begin_s, begin_s
    return begin_s, min(end_s, begin_s + YEARS_S)


def _last(alone: Windows, begin_s: float, end_s: float) -> Span | None:
    if _dates(alone) is None and not _comes(alone, end_s // DAY_S):
        return None
    looked = (deque(alone.spans(max(begin_s, end_s - back_s), end_s), maxlen=1) for back_s in _BACK_S)
    return next((spans[0] for spans in looked if spans), None)


@lru_cache(maxsize=256)
def _comes(alone: Windows, day: float) -> bool:
    """Whether hours without a year come within years of a day, which is counted from the unix epoch. Most do soon;
    those that never do are looked for once a day."""
    begin_s, end_s = _within(alone, day * DAY_S, day * DAY_S + YEARS_S)
    return next(alone.spans(begin_s, end_s), None) is not None


def _within(alone: Windows, begin_s: float, end_s: float) -> Span:
    """The part of a time in which hours that are dated can be open at all; it may be empty."""
    first_s, last_s = _dates(alone) or _KNOWN_S
    return max(begin_s, first_s, _KNOWN_S[0]), min(end_s, last_s, _KNOWN_S[1])


def _dates(alone: Windows) -> Span | None:
    """Returns unix seconds around the dates that hours are written for; None: they are of every year."""
    days = alone.windows[0].days.days
    if not isinstance(days.begin, date) or not isinstance(days.end, date):
        return None
    first_s, last_s = ((day - _EPOCH).days * DAY_S for day in (days.begin, days.end))
    return first_s - _MARGIN_S, last_s + DAY_S + _MARGIN_S
