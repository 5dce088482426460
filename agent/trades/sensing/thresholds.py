"""Thresholds of a station: whether a value is beyond one, while it holds (pure)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET

from agent.aggregation.periods import Span
from agent.aggregation.windows import LENGTH_S
from agent.calendars import minutes_of
from agent.calendars.days import days_of
from agent.calendars.holidays import Holidays
from agent.trades.sensing.event_types import SensingThreshold
from agent.trades.sensing.options import Threshold
from agent.trades.sensing.state import Finding, Station, StationState, Turn, threshold_key
from agent.trades.sensing.units import readable
from drivers.translation import _

LAST_S = 1.0
"""A moment so long before its end is still of a window: at the end itself the next one begins."""

ROUNDS = 0.5
"""Windows in a row are counted to so much of one: days have 23 to 25 hours."""


class Value(NamedTuple):
    """What is held against thresholds.

    Args:
        span: of a window; None: it is a reading, of now.
    """

    value: float
    span: Span | None = None


def findings(turn: Turn, state: StationState, thresholds: Iterable[Threshold], value: Value) -> Iterator[Finding]:
    """Yields what a value says of those; one that does not hold at its time is over.

    Between the limit and where it ends nothing changes, and what had to last begins anew.
    """
    for each in thresholds:
        key = threshold_key(each.name, turn.name)
        bad = _is_beyond(each, value.value) or (_is_active(state, key) and not _is_within(each, value.value))
        bad = bad and _holds(each, turn, value.span)
        at_s = None if value.span is None else value.span.end_s
        yield Finding(key, turn.station.name, _told(turn, each, value.value, bad), after_s(each), at_s)


def after_s(threshold: Threshold) -> float:
    """How long after the first value that is beyond it is told: the first window has lasted already."""
    if threshold.over is None or not threshold.lasts_s:
        return threshold.lasts_s
    return max(0.0, threshold.lasts_s - (1 + ROUNDS) * LENGTH_S[threshold.over])


def _is_active(state: StationState, key: str) -> bool:
    return key in state.alarms and state.alarms[key].active


def _holds(threshold: Threshold, turn: Turn, span: Span | None) -> bool:
    """Whether it holds: a window lies in its hours from begin to end, one of a day is of the day on which it begins."""
    if threshold.hours is None and not threshold.days and threshold.begin is None:
        return True
    if span is None:
        return turn.now.trusted and _holds_at(threshold, turn.station, turn.now.unix_s)
    moments = [span.begin_s]
    if threshold.over is not None and LENGTH_S[threshold.over] < LENGTH_S["day"]:
        moments.append(span.end_s - LAST_S)
    return all(_holds_at(threshold, turn.station, each) for each in moments)


def _holds_at(threshold: Threshold, station: Station, unix_s: float) -> bool:
    local = datetime.fromtimestamp(unix_s, ZoneInfo(station.timezone))
    day, at = local.date(), local.hour * 60 + local.minute
    if threshold.hours is not None:
        begin, end = (minutes_of(text) for text in threshold.hours)
        if not (begin <= at < end if begin < end else at >= begin or at < end):
            return False
        if at < end <= begin:
            day -= timedelta(days=1)
    return _is_of(threshold, station, day)


def _is_of(threshold: Threshold, station: Station, day: date) -> bool:
    days = days_of(threshold.days, threshold.begin, threshold.end, holiday_is_weekday=False)
    return days.take(day, day in Holidays(station.options.holidays))


def _is_beyond(threshold: Threshold, value: float) -> bool:
    if threshold.above is not None:
        return value > threshold.above
    return threshold.below is not None and value < threshold.below


def _is_within(threshold: Threshold, value: float) -> bool:
    """Whether it is over at that value."""
    if threshold.above is not None:
        return value <= (threshold.above if threshold.ends is None else threshold.ends)
    return threshold.below is not None and value >= (threshold.below if threshold.ends is None else threshold.ends)


def _told(turn: Turn, of: Threshold, value: float, bad: bool) -> SensingThreshold:
    limit = of.below if of.above is None else of.above
    return SensingThreshold(
        bad,
        _words(turn, of, value) if bad else "",
        quantity=turn.name,
        threshold=of.name,
        value=turn.rounded(value),
        limit=limit or 0.0,
        unit=turn.options.told_unit,
        standing=turn.station.options.standing,
        window=of.over or UNSET,
        source=of.source or UNSET,
    )


def _words(turn: Turn, of: Threshold, value: float) -> str:
    """What is beyond it; where the limit has a source, that a sensor finds no exceedance of it."""
    words = _("{quantity} is {value:g} {unit}, above {limit:g}")
    if of.above is None:
        words = _("{quantity} is {value:g} {unit}, below {limit:g}")
    limit, unit = of.below if of.above is None else of.above, readable(turn.options.told_unit)
    said = words.format(quantity=turn.name, value=turn.rounded(value), unit=unit, limit=limit).replace(" ,", ",")
    if turn.station.options.standing == "sensor" and of.source:
        said += _(" (by a sensor: no finding on a limit value)")
    return said
