"""The resolver: plan, override, sensors and the moment -> the level of a lamp, why, and until when (pure)."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.lighting.calendar import Calendar
from agent.trades.lighting.dated import DatedLevel, brightest_percent, dated_at
from agent.trades.lighting.event_types import Reason
from agent.trades.lighting.lamp_plan import LampPlan
from agent.trades.lighting.night_schedule import combined
from agent.trades.lighting.override import Override, ended, remaining_s
from agent.trades.lighting.presence import CELL_SILENT_S, Inputs, active_photocell, fade_fraction
from agent.trades.lighting.timeline import Point, Segment, timeline_for
from drivers.translation import _

_HORIZON_S = 86_400.0
"""A level that holds longer than this is asked for again."""

_DECIMALS = 1


class Level(Struct, frozen=True):
    """What a lamp should do now.

    Args:
        reason: as TALQ 2.7.1 names it.
        until: aware UTC; the level holds until then at least; None: until something new is ordered or said.
        detail: words for a technician where the reason alone does not tell.
        ramping: on its way to another level.
    """

    level_percent: float
    reason: Reason
    until: datetime | None = None
    detail: str = ""
    ramping: bool = False


def resolve(
    plan: LampPlan,
    override: Override | None,
    now: Moment,
    inputs: Inputs | None = None,
    dated: Sequence[DatedLevel] = (),
) -> Level:
    """An override in force, else a dated level, else the program with what sensors say, else the default level.

    A dated level stands where a program's would: presence, floor and correction apply to it. An override is carried out
    as it was ordered, whatever floor or correction the lamp has. While the wall clock is not trusted the program cannot
    be followed: the photocell decides, if there is one, else the default level holds, and a dated level makes the lamp
    brighter at most; an override whose age no clock can tell waits until one can, and so never holds longer than was
    ordered.
    """
    inputs = inputs or Inputs()
    ordered = _overridden(override, now)
    if ordered is not None:
        return ordered
    level = _wanted(plan, now, inputs, dated)
    return structs.replace(
        level, level_percent=round(plan.corrected_level(level.level_percent, inputs.burning_h), _DECIMALS)
    )


def _overridden(override: Override | None, now: Moment) -> Level | None:
    if override is None or ended(override, now):
        return None
    left_s = remaining_s(override, now)
    if left_s is None:
        return None
    until = None if math.isinf(left_s) else now.utc + timedelta(seconds=left_s)
    return Level(override.level_percent, "override", until)


def _wanted(plan: LampPlan, now: Moment, inputs: Inputs, dated: Sequence[DatedLevel]) -> Level:
    """The light that is wanted on the road."""
    if not now.trusted:
        return _brighter(_without_clock(plan, now, inputs), dated)
    if plan.calendar is None:
        return _dated(plan, Level(plan.default_percent, "default"), now, dated)
    point, level = _scheduled(plan, plan.calendar, now, inputs)
    return _with_presence((point, _dated(plan, level, now, dated)), now, inputs)


def _dated(plan: LampPlan, level: Level, now: Moment, dated: Sequence[DatedLevel]) -> Level:
    """A dated level in its place, where one holds."""
    found = dated_at(dated, now, plan.place)
    if found.level is not None:
        level = Level(found.level.level_percent, "program", level.until, _by(found.level))
    return level if found.until is None else structs.replace(level, until=_earlier(level.until, found.until))


def _brighter(level: Level, dated: Sequence[DatedLevel]) -> Level:
    """Lets a dated level brighten alone: without a trusted clock nobody knows whether it still holds."""
    percent = brightest_percent(dated)
    return structs.replace(level, level_percent=percent) if percent > level.level_percent else level


def _by(dated: DatedLevel) -> str:
    return _("the document lighting-exception/{name} is in force").format(name=dated.name)


def _without_clock(plan: LampPlan, now: Moment, inputs: Inputs) -> Level:
    if plan.calendar is None:
        return Level(plan.default_percent, "default")
    program = plan.calendar.otherwise
    cell = active_photocell(inputs, program.photocell, now.mono_s)
    if cell is not None:
        level_percent = program.level_percent if cell.dark else 0.0
        detail = _("the clock is not set, so the photocell {photocell} decides").format(photocell=program.photocell)
        return Level(level_percent, "sensor", _at(now, cell.at_s + CELL_SILENT_S), detail)
    detail = _("the clock is not set, so the program waits")
    if program.photocell:
        detail = _("the clock is not set and the photocell {photocell} is silent, so the program waits")
    return Level(plan.default_percent, "default", detail=detail.format(photocell=program.photocell))


def _scheduled(plan: LampPlan, calendar: Calendar, now: Moment, inputs: Inputs) -> tuple[Point, Level]:
    """The calendar's line now, and the level it stands for; the sun takes the place of a photocell that is silent."""
    day = now.utc.astimezone(ZoneInfo(plan.place.timezone)).date()
    point = timeline_for(calendar, day, plan.place).point(now.unix_s, plan.spread)
    program = point.segment.program
    if program is None or program.by_sun is None:
        return point, _level(point, now)
    cell = active_photocell(inputs, program.photocell, now.mono_s)
    if cell is None:
        point = timeline_for(calendar, day, plan.place, by_sun=True).point(now.unix_s, plan.spread)
        detail = _("the photocell {photocell} is silent, so sunset and sunrise count")
        return point, structs.replace(_level(point, now), detail=detail.format(photocell=program.photocell))
    if cell.dark:
        level = structs.replace(_level(point, now), reason="sensor")
    else:
        point = Point(0.0, Segment(point.segment.at_s), point.until_s)
        level = Level(0.0, "sensor")
    return point, structs.replace(level, until=_earlier(_level(point, now).until, _at(now, cell.at_s + CELL_SILENT_S)))


def _level(point: Point, now: Moment) -> Level:
    until_s = now.unix_s + _HORIZON_S
    if point.until_s is not None:
        until_s = min(until_s, point.until_s)
    return Level(point.percent, "program", datetime.fromtimestamp(until_s, UTC), ramping=point.ramping)


def _with_presence(found: tuple[Point, Level], now: Moment, inputs: Inputs) -> Level:
    """What somebody's presence makes of a level."""
    point, level = found
    for rule in point.segment.presence:
        seen = inputs.seen.get(rule)
        if seen is None:
            continue
        fade, next_s = fade_fraction(seen, rule, now.mono_s)
        wanted = combined(rule.operation, level.level_percent, rule.level_percent)
        if fade > 0 and wanted != level.level_percent:
            level_percent = level.level_percent + fade * (wanted - level.level_percent)
            level = structs.replace(level, level_percent=level_percent, reason="sensor")
        level = structs.replace(level, ramping=level.ramping or 0 < fade < 1)
        if next_s is not None:
            level = structs.replace(level, until=_earlier(level.until, _at(now, next_s)))
    return level


def _at(now: Moment, mono_s: float) -> datetime:
    """A monotonic time ahead as a wall time: never now, whatever is lost in rounding."""
    return now.utc + timedelta(seconds=max(1e-3, mono_s - now.mono_s))


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
