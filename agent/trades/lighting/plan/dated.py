"""Dated levels: what the city wants of a lamp for some days, over its program (pure)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.clock import Moment
from agent.trades.lighting.plan.calendar import Calendar
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.plan.timeline import timeline_for

DAY_S = 86400.0


class DatedLevel(Struct, frozen=True):
    """A level that takes the place of a program's as long as it is there.

    Args:
        name: of what the city has set.
        until: aware UTC; then it is taken away.
        hours: when it holds, as the nights of a program; None: at all hours.
    """

    name: str
    level_percent: float
    until: datetime
    hours: Calendar | None = None


class Dated(Struct, frozen=True):
    """What dated levels say at a moment.

    Args:
        level: the one that was set last of those that hold; None: none holds.
        until: aware UTC, when another may hold; None: never.
    """

    level: DatedLevel | None = None
    until: datetime | None = None


def dated_at(levels: Sequence[DatedLevel], now: Moment, place: Place) -> Dated:
    """Tells what the dated levels ask for, by a clock that is set.

    Args:
        levels: in the order in which they were set.
    """
    holds, edges = None, []
    for each in levels:
        inside, change = _inside(each, now, place)
        holds = each if inside else holds
        edges += [edge for edge in (change, each.until) if edge is not None and edge > now.utc]
    return Dated(holds, min(edges, default=None))


def brightest_percent(levels: Sequence[DatedLevel]) -> float:
    """The brightest level of those that hold at all hours, whatever the clock says; 0: there are none."""
    return max((each.level_percent for each in levels if each.hours is None), default=0.0)


def _inside(level: DatedLevel, now: Moment, place: Place) -> tuple[bool, datetime | None]:
    """Whether it holds, and when that may change."""
    if level.hours is None:
        return True, None
    day = now.utc.astimezone(ZoneInfo(place.timezone)).date()
    point = timeline_for(level.hours, day, place).point(now.unix_s)
    until = None if point.until_s is None else datetime.fromtimestamp(point.until_s, UTC)
    return point.segment.program is not None, until


def meets(hours: Calendar, begin_s: float, end_s: float, place: Place) -> bool:
    """Whether hours of nights meet a span of time, unix seconds."""
    at_s, zone = begin_s, ZoneInfo(place.timezone)
    while at_s < end_s:
        day = datetime.fromtimestamp(at_s, zone).date()
        point = timeline_for(hours, day, place).point(at_s)
        if point.segment.program is not None:
            return True
        at_s = max(at_s + 1.0, at_s + DAY_S if point.until_s is None else point.until_s)
    return False
