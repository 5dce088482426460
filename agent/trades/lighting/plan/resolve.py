"""The resolver: plan, override, sensors and the moment -> the level of a lamp, why, and until when (pure)."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.lighting.event_types import Reason
from agent.trades.lighting.plan.calendar import Calendar
from agent.trades.lighting.plan.dated import DatedLevel, brightest_percent, dated_at
from agent.trades.lighting.plan.lamp_plan import LampPlan
from agent.trades.lighting.plan.night_schedule import combined
from agent.trades.lighting.plan.override import Override, ended, remaining_s
from agent.trades.lighting.plan.photocell import Cell, Photocell, believed_for_s, is_impossible, is_silent
from agent.trades.lighting.plan.presence import Inputs, fade_fraction
from agent.trades.lighting.plan.timeline import Point, Segment, timeline_for
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
        colour_k: the colour temperature of its light; None: it has none, or is off, or keeps its own.
    """

    level_percent: float
    reason: Reason
    until: datetime | None = None
    detail: str = ""
    ramping: bool = False
    colour_k: float | None = None


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
        return _coloured(ordered, plan)
    level = _wanted(plan, now, inputs, dated)
    percent = round(plan.corrected_level(level.level_percent, inputs.burning_h), _DECIMALS)
    until = _until_override(level.until, override, now)
    return _coloured(structs.replace(level, level_percent=percent, until=until), plan)


def _coloured(level: Level, plan: LampPlan) -> Level:
    """The level with the colour temperature that the lamp has of what is wanted; a lamp that is off is told none."""
    colours = plan.colours if level.level_percent > 0 else None
    return structs.replace(level, colour_k=None if colours is None else colours.meant_k(level.colour_k))


def _until_override(until: datetime | None, override: Override | None, now: Moment) -> datetime | None:
    """An override that waits ends what holds before it."""
    if override is None or override.start_s is None or not now.trusted or not override.waits(now):
        return until
    return _earlier(until, datetime.fromtimestamp(override.start_s, UTC))


def _overridden(override: Override | None, now: Moment) -> Level | None:
    if override is None or override.waits(now) or ended(override, now):
        return None
    left_s = remaining_s(override, now)
    if left_s is None:
        return None
    until = None if math.isinf(left_s) else now.utc + timedelta(seconds=left_s)
    return Level(override.level_percent, "override", until, colour_k=override.colour_temperature_k)


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
    return _until(level, found.until)


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
    if program.photocell is None:
        return Level(plan.default_percent, "default", detail=_("the clock is not set, so the program waits"))
    said, photocell = _believed(program.photocell, inputs, now), program.photocell.device
    if said is None:
        detail = _("the clock is not set and the photocell {photocell} is silent, so the program waits")
        return Level(plan.default_percent, "default", detail=detail.format(photocell=photocell))
    detail = _("the clock is not set, so the photocell {photocell} decides").format(photocell=photocell)
    percent, until = program.level_percent if said.dark else 0.0, _believed_until(said, now)
    return Level(percent, "sensor", until, detail, colour_k=program.colour_k)


def _believed(cell: Cell, inputs: Inputs, now: Moment) -> Photocell | None:
    """What a photocell has said lately; None: it is silent."""
    said = inputs.cells.get(cell)
    return None if said is None or is_silent(said, now.mono_s) else said


def _believed_until(said: Photocell, now: Moment) -> datetime:
    return _at(now, now.mono_s + believed_for_s(said, now.mono_s))


def _scheduled(plan: LampPlan, calendar: Calendar, now: Moment, inputs: Inputs) -> tuple[Point, Level]:
    """The calendar's line now, and the level it stands for; the sun takes the place of a photocell that is silent or
    wrong."""
    day = now.utc.astimezone(ZoneInfo(plan.place.timezone)).date()
    point = timeline_for(calendar, day, plan.place).point(now.unix_s, plan.spread)
    program = point.segment.program
    if program is None or program.by_sun is None or program.photocell is None:
        return point, _level(point, now)
    said = _believed(program.photocell, inputs, now)
    until = None if said is None else _believed_until(said, now)
    if said is None or is_impossible(said, now, plan.place):
        point = timeline_for(calendar, day, plan.place, by_sun=True).point(now.unix_s, plan.spread)
        return point, _until(structs.replace(_level(point, now), detail=_by_sun(program.photocell, said)), until)
    level = _until(structs.replace(_level(point, now), reason="sensor"), until)
    if not said.dark:
        return Point(0.0, Segment(point.segment.at_s), point.until_s), Level(0.0, "sensor", level.until)
    return point, level


def _by_sun(cell: Cell, said: Photocell | None) -> str:
    """Why the sun takes the place of a photocell."""
    if said is None or said.lux is None:
        return _("the photocell {photocell} is silent, so sunset and sunrise count").format(photocell=cell.device)
    return _("the photocell {photocell} tells {lux:g} lx, which no sky gives now, so sunset and sunrise count").format(
        photocell=cell.device, lux=said.lux
    )


def _level(point: Point, now: Moment) -> Level:
    until_s = now.unix_s + _HORIZON_S
    if point.until_s is not None:
        until_s = min(until_s, point.until_s)
    until = datetime.fromtimestamp(until_s, UTC)
    return Level(point.percent, "program", until, ramping=point.ramping, colour_k=point.segment.colour_k)


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
            level = _until(level, _at(now, next_s))
    return level


def _at(now: Moment, mono_s: float) -> datetime:
    """A monotonic time ahead as a wall time: never now, whatever is lost in rounding."""
    return now.utc + timedelta(seconds=max(1e-3, mono_s - now.mono_s))


def _until(level: Level, other: datetime | None) -> Level:
    """The level, to be looked at again at `other` at the latest."""
    return level if other is None else structs.replace(level, until=_earlier(level.until, other))


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
