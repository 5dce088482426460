"""The resolver: program, override and the moment -> the level of a lamp, why, and until when (pure)."""

import math
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from agent.clock import Moment
from agent.lighting.options import ProgramOptions
from agent.lighting.override import Override, ended, remaining_s
from agent.lighting.program import Night, Program, compiled, night
from agent.lighting.sun import Place

Reason = Literal["default", "override", "program"]

_HORIZON = timedelta(days=1)
"""A level that holds longer than this is asked for again."""


class Level(Struct, frozen=True):
    """What a lamp should do now.

    Args:
        reason: as TALQ 2.7.1 names it.
        until: aware UTC; the level holds until then at least; None: until something new is ordered.
        detail: words for a technician where the reason alone does not tell.
    """

    level_percent: float
    reason: Reason
    until: datetime | None = None
    detail: str = ""


def resolve(
    program: ProgramOptions | None,
    default_level_percent: float,
    override: Override | None,
    now: Moment,
    place: Place,
) -> Level:
    """An override in force, else the program, else the default level.

    While the wall clock is not trusted the program cannot be followed and the default level holds; an override whose
    age no clock can tell waits until one can, and so never holds longer than was ordered.
    """
    if override is not None and not ended(override, now):
        left_s = remaining_s(override, now)
        if left_s is not None:
            until = None if math.isinf(left_s) else now.utc + timedelta(seconds=left_s)
            return Level(override.level_percent, "override", until)
    if program is None:
        return Level(default_level_percent, "default")
    if not now.trusted:
        return Level(default_level_percent, "default", detail="the clock is not set, so the program waits")
    level_percent, until = scheduled(compiled(program), now.utc, place)
    return Level(level_percent, "program", until)


def scheduled(program: Program, moment: datetime, place: Place) -> tuple[float, datetime]:
    """The level of a program at an aware moment, and until when it holds at least; 0 % outside its nights."""
    around = _around(program, moment.astimezone(ZoneInfo(place.timezone)).date(), place)
    level_percent = around.level_percent(moment)
    latest = moment + _HORIZON
    for change in around.changes:
        if moment < change < latest and around.level_percent(change) != level_percent:
            return level_percent, change.astimezone(UTC)
    return level_percent, latest.astimezone(UTC)


class _Around(Struct, frozen=True):
    """The nights, latest first, that can touch one local date or the one after, and all moments of change in order."""

    nights: tuple[Night, ...]
    changes: tuple[datetime, ...]

    def level_percent(self, moment: datetime) -> float:
        """Where two nights overlap the later one counts."""
        for one in self.nights:
            if one.on <= moment < one.off:
                return one.level_percent(moment)
        return 0.0


@lru_cache(maxsize=256)
def _around(program: Program, day: date, place: Place) -> _Around:
    """Three days on each side: a night of almost 24 hours, and places whose solar date is not the local one."""
    days = (day + timedelta(days=shift) for shift in (3, 2, 1, 0, -1, -2, -3))
    nights = tuple(found for one in days if (found := night(program, one, place)) is not None)
    changes = {at for one in nights for at in (one.off, *(moment for moment, _ in one.switchings))}
    return _Around(nights, tuple(sorted(changes)))
