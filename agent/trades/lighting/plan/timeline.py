"""The nights around a moment as one line of levels, with switch-on staggering and ramps (pure)."""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import floor
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.trades.lighting.options import Presence
from agent.trades.lighting.plan.calendar import Calendar
from agent.trades.lighting.plan.night_schedule import Night, night
from agent.trades.lighting.plan.presence import ROUNDING_S, ramp_steps
from agent.trades.lighting.plan.program import Program
from agent.trades.lighting.plan.sun import Place

_AROUND = range(-3, 4)
"""Days on each side: a night of almost 24 hours, and places whose solar date is not the local one."""


class Segment(Struct, frozen=True):
    """A level that holds from a moment until the next segment begins.

    Args:
        at_s: unix seconds.
        percent: the level with nobody there.
        program: whose night it is; None: no night.
        presence: what is waiting for somebody.
        ramp_s: of the step that begins with it; None: as the program's.
        colour_k: of the light; None: as the lamp's. Behind a night as at its end: the lamp may fade.
    """

    at_s: float
    percent: float = 0.0
    program: Program | None = None
    presence: tuple[Presence, ...] = ()
    ramp_s: float | None = None
    colour_k: float | None = None


class Point(Struct, frozen=True):
    """The line at a moment.

    Args:
        percent: the level with nobody there.
        segment: where the moment lies.
        until_s: unix seconds until which all of this holds at least; None: as far as the line goes.
        ramping: the level is on its way.
    """

    percent: float
    segment: Segment
    until_s: float | None
    ramping: bool = False


class Timeline(Struct, frozen=True):
    """Segments in their order.

    Args:
        starts_s: of each.
    """

    segments: tuple[Segment, ...]
    starts_s: tuple[float, ...]

    def point(self, unix_s: float, spread: float = 0.0) -> Point:
        """The line at a moment.

        Args:
            spread: 0 to 1: where within the program's staggering time this lamp switches on.
        """
        at = bisect_right(self.starts_s, unix_s) - 1
        if at > 0 and unix_s < self._start_s(at, spread):
            at -= 1
        percent, step_s = self._level(at, unix_s, spread)
        next_s = self._start_s(at + 1, spread) if at + 1 < len(self.segments) else None
        until_s = min((each for each in (step_s, next_s) if each is not None), default=None)
        return Point(percent, self.segments[at], until_s, step_s is not None)

    def _start_s(self, at: int, spread: float) -> float:
        """Returns when a segment begins, unix seconds; a lamp that was dark comes on later by its part of the
        staggering time."""
        segment = self.segments[at]
        if at == 0 or segment.program is None or segment.percent == 0 or self.segments[at - 1].percent > 0:
            return segment.at_s
        end_s = self.starts_s[at + 1] if at + 1 < len(self.segments) else float("inf")
        return min(round(segment.at_s + spread * segment.program.stagger_s, 3), end_s)

    def _level(self, at: int, unix_s: float, spread: float) -> tuple[float, float | None]:
        """Returns the level of a segment, and when the ramp to it takes its next step, unix seconds; None: there is
        no more step."""
        segment, begin_s = self.segments[at], self._start_s(at, spread)
        ramp_s, elapsed_s = self._ramp_s(at), unix_s - begin_s + ROUNDING_S
        if at == 0 or elapsed_s >= ramp_s:
            return segment.percent, None
        before, _ = self._level(at - 1, begin_s, spread)
        steps = ramp_steps(ramp_s, segment.percent - before)
        if not steps:
            return segment.percent, None
        step_s = ramp_s / steps
        taken = floor(elapsed_s / step_s)
        return before + (segment.percent - before) * taken / steps, begin_s + (taken + 1) * step_s

    def _ramp_s(self, at: int) -> float:
        """Returns the ramp of the step or of the program whose level begins, s; at the end of a night that of the
        program that ends."""
        if (ramp_s := self.segments[at].ramp_s) is not None:
            return ramp_s
        program = self.segments[at].program or (self.segments[at - 1].program if at else None)
        return 0.0 if program is None else program.ramp_s


@lru_cache(maxsize=512)
def timeline_for(calendar: Calendar, day: date, place: Place, by_sun: bool = False) -> Timeline:
    """The line that can touch a local date or the one after.

    Args:
        by_sun: programs that follow their photocell follow the sun.
    """
    nights = []
    for shift in reversed(_AROUND):
        on = day + timedelta(days=shift)
        program = calendar.program(on)
        found = night((program.by_sun if by_sun else None) or program, on, place)
        nights += [found] if found is not None else []
    moments = {at_s for one in nights for at_s in one.changes_s}
    first_s = datetime.combine(day + timedelta(days=_AROUND[0]), datetime.min.time(), ZoneInfo("UTC")).timestamp()
    segments = [Segment(min([first_s, *moments]) - 1.0)]
    for at_s in sorted(moments):
        segment = _segment(nights, at_s, segments[-1].colour_k)
        if _differ(segment, segments[-1]):
            segments.append(segment)
    return Timeline(tuple(segments), tuple(one.at_s for one in segments))


def _segment(nights: list[Night], at_s: float, before_k: float | None) -> Segment:
    """Returns the segment that begins at a moment. Of two nights that overlap the later one counts, which stands
    first.

    Args:
        before_k: the colour temperature until then.
    """
    for one in nights:
        if at_s in one.span:
            presence = one.presence_rules_at(at_s)
            return Segment(at_s, one.level_percent(at_s), one.program, presence, one.ramp_s(at_s), one.colour_k(at_s))
    return Segment(at_s, colour_k=before_k)


def _differ(one: Segment, other: Segment) -> bool:
    return (one.percent, one.program, one.presence, one.colour_k) != (
        other.percent,
        other.program,
        other.presence,
        other.colour_k,
    )
