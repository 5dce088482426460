"""What a plan will do, for somebody who looks at it."""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import structs

from agent.clock import Moment
from agent.trades.lighting.plan.calendar import Calendar
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.presence import Inputs, apply_presence
from agent.trades.lighting.plan.resolve import Level, resolve
from agent.trades.lighting.plan.timeline import Segment, timeline_for

Switchings = tuple[tuple[datetime, float], ...]
Colours = tuple[tuple[datetime, float], ...]
Walked = list[tuple[datetime, Level]]


def tonight(plan: LampPlan, day: date) -> Switchings:
    """(aware UTC, level in %) from noon of a local date to the next nobody there; the first at noon if it burns."""
    found: list[tuple[datetime, float]] = []
    before = 0.0
    for segment in _night(plan, day):
        percent = plan.corrected_level(segment.percent, None)
        if percent != before:
            found.append((datetime.fromtimestamp(segment.at_s, UTC), percent))
        before = percent
    return tuple(found)


def tonight_colours(plan: LampPlan, day: date) -> Colours:
    """(aware UTC, colour temperature in K) of the same night: the first as the lamp comes on, then each change."""
    found: list[tuple[datetime, float]] = []
    if (colours := plan.colours) is None:
        return ()
    for segment in _night(plan, day):
        meant_k = colours.meant_k(segment.colour_k)
        if segment.percent > 0 and (not found or found[-1][1] != meant_k):
            found.append((datetime.fromtimestamp(segment.at_s, UTC), meant_k))
    return tuple(found)


def _night(plan: LampPlan, day: date) -> list[Segment]:
    """The line from noon to noon."""
    if plan.calendar is None:
        return []
    begin_s, end_s = (
        datetime.combine(one, time(12), ZoneInfo(plan.place.timezone)).timestamp()
        for one in (day, day + timedelta(days=1))
    )
    return _between(plan.calendar, plan, day, begin_s, end_s)


def _between(calendar: Calendar, plan: LampPlan, day: date, begin_s: float, end_s: float) -> list[Segment]:
    segments = timeline_for(calendar, day, plan.place, by_sun=True).segments
    first = [one for one in segments if one.at_s <= begin_s][-1]
    return [
        structs.replace(first, at_s=begin_s),
        *(one for one in segments if begin_s < one.at_s < end_s),
    ]


def walk(plan: LampPlan, begin: datetime, end: datetime, notices: Sequence[tuple[datetime, str]] = ()) -> Walked:
    """Every level between two moments, each with the moment from which it holds, by a clock that is right.

    Args:
        notices: who notices somebody when, in order of time.
    """
    walked: list[tuple[datetime, Level]] = []
    waits_for = plan.calendar.presence if plan.calendar is not None else frozenset()
    inputs, at, waiting = Inputs(), begin, deque(notices)
    while at < end:
        mono_s = (at - begin).total_seconds()
        while waiting and waiting[0][0] <= at:
            inputs = apply_presence(inputs, waits_for, waiting.popleft()[1], mono_s)
        level = resolve(plan, None, Moment(at.timestamp(), mono_s, "preview", True), inputs)
        if not walked or walked[-1][1] != level:
            walked.append((at, level))
        at = min(level.until or end, waiting[0][0] if waiting else end)
    return walked
