"""Programs: what the technician wrote -> the switchings of one night."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from agent.lighting.localtime import local_moment
from agent.lighting.options import ProgramOptions
from agent.lighting.sun import Place, Sky, SunEvent, crossing
from drivers.options import Seconds

_SUN = re.compile(r"(sunset|sunrise|dusk|dawn)\s*(?:([+-])\s*(\S.*))?")
_LOCAL = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MAX_OFFSET_S = 6 * 3600.0
_DAY_MINUTES = 24 * 60
_NOON_MINUTES = 12 * 60
_SUN_EVENTS: dict[str, SunEvent] = {"sunset": "sunset", "sunrise": "sunrise", "dusk": "dusk", "dawn": "dawn"}


class SunTime(Struct, frozen=True):
    """A sun event and an offset, positive after it."""

    event: SunEvent
    offset_s: float = 0.0

    @property
    def evening(self) -> bool:
        return self.event in {"sunset", "dusk"}


class LocalTime(Struct, frozen=True):
    """A time of the local clock, minutes past midnight."""

    minutes: int

    @property
    def evening(self) -> bool:
        """In the half of the day that begins a night."""
        return self.minutes >= _NOON_MINUTES

    def __str__(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


Expression = SunTime | LocalTime


class Program(Struct, frozen=True):
    """A program that was checked.

    Args:
        on, off: the ends of its night.
        next_day: whether `off` lies on the date after that of `on`.
        level_percent: from `on` until the first step.
        steps: in the order of the night: days after `on`'s date, local time, level.
    """

    on: Expression
    off: Expression
    next_day: bool
    level_percent: float
    steps: tuple[tuple[int, LocalTime, float], ...] = ()


class Night(Struct, frozen=True):
    """One night of a program: `switchings` are (aware UTC, level in %), the first at `on`, none at or after `off`."""

    on: datetime
    off: datetime
    switchings: tuple[tuple[datetime, float], ...]

    def level_percent(self, moment: datetime) -> float:
        """At a moment of the night."""
        return [level for at, level in self.switchings if at <= moment][-1]


def parse(text: str) -> Expression:
    """ "sunset", "sunrise", "dusk" or "dawn" with an offset as in "sunset-10min", or local time as in "23:00".

    Raises ValueError, in words for a technician.
    """
    sun = _SUN.fullmatch(text.strip())
    if sun is None:
        return parse_local(text)
    event, sign, offset = sun.groups()
    offset_s = float(Seconds.parse(offset)) if offset else 0.0
    if offset_s > _MAX_OFFSET_S:
        raise ValueError(f'"{text}" is more than 6 hours away from {event}; write a local time such as "23:00"')
    return SunTime(_SUN_EVENTS[event], -offset_s if sign == "-" else offset_s)


def parse_local(text: str) -> LocalTime:
    """Local time "HH:MM", 00:00 to 23:59. Raises ValueError, in words for a technician."""
    clock = _LOCAL.fullmatch(text.strip())
    if clock is None:
        raise ValueError(
            f'"{text}" is neither a sun event nor a time; write for example "sunset", "sunset-10min", "dusk", "dawn", '
            f'"sunrise+1h" or local time with four digits such as "06:30"'
        )
    return LocalTime(int(clock[1]) * 60 + int(clock[2]))


@lru_cache(maxsize=256)
def compiled(options: ProgramOptions) -> Program:
    """The program, checked. Raises ValueError, in words for a technician, for times that make no night.

    `on` and `off` in local time: `off` is the first such time after `on`. With a sun event at either end the night has
    an evening half (sunset, dusk, 12:00-23:59) and a morning half (00:00-11:59, dawn, sunrise): from evening to
    evening and from morning to morning it stays on one date, and on dates where `off` would not come after `on`
    there is no night. From morning to evening ("sunrise" to "sunset") it is a day program.
    """
    on, off = parse(options.on), parse(options.off)
    program = Program(on, off, _ends_next_day(on, off), options.level_percent)
    steps = sorted(
        (
            (_days_after(program, at), at, step.level_percent)
            for step in options.steps
            for at in (_step(program, step.at),)
        ),
        key=lambda step: (step[0], step[1].minutes),
    )
    for one, other in pairwise(steps):
        if one[:2] == other[:2]:
            raise ValueError(f'two steps at "{one[1]}"; each time may have one level')
    return Program(on, off, program.next_day, options.level_percent, tuple(steps))


def _ends_next_day(on: Expression, off: Expression) -> bool:
    if isinstance(on, LocalTime) and isinstance(off, LocalTime):
        if on == off:
            raise ValueError(f'on and off are both "{on}"; leave the program away for a lamp that never changes')
        return off.minutes < on.minutes
    if on == off:
        raise ValueError("on and off are the same sun event; the lamp would never be lit")
    return on.evening and not off.evening


def _days_after(program: Program, at: LocalTime) -> int:
    """How many days after `on`'s date a step lies."""
    if isinstance(program.on, LocalTime) and isinstance(program.off, LocalTime):
        return int(at.minutes < program.on.minutes)
    return int(program.next_day and not at.evening)


def _step(program: Program, text: str) -> LocalTime:
    """Raises ValueError for a step that no night of the program can reach."""
    at = parse_local(text)
    on, off = program.on, program.off
    if isinstance(on, LocalTime) and isinstance(off, LocalTime):
        reached = (at.minutes - on.minutes) % _DAY_MINUTES < (off.minutes - on.minutes) % _DAY_MINUTES
    else:
        reached = program.next_day or on.evening != off.evening or at.evening == on.evening
    if not reached:
        raise ValueError(f'the step at "{at}" lies outside the night of the program; it would never be carried out')
    return at


@lru_cache(maxsize=2048)
def night(program: Program, day: date, place: Place) -> Night | None:
    """The night that begins on `day`, or None where there is none.

    A sun event that does not occur stands where it vanished: at solar noon where the sun stays below (the polar night
    is lit from noon to noon, with its steps), and a night that never gets dark at one of its ends is no night. Its
    offset is dropped between two halves of the day, so that a polar night has no gap at noon.
    """
    off_day = day + timedelta(days=int(program.next_day))
    on, off = _end(program.on, day, place), _end(program.off, off_day, place)
    halves = program.on.evening != program.off.evening
    by_day = program.off.evening and halves
    never_dark = Sky.STAYS_ABOVE in (on.sky, off.sky) and not by_day
    begin, end = on.moment(dropped=halves), off.moment(dropped=halves)
    if end <= begin or never_dark:
        return None
    return Night(begin, end, _switchings(program, day, place, begin, end))


class _End(Struct, frozen=True):
    """One end of a night: the event or time itself, its offset, and whether the event occurs."""

    at: datetime
    offset: timedelta = timedelta()
    sky: Sky = Sky.CROSSES

    def moment(self, dropped: bool) -> datetime:
        """With the offset; without it where the event does not occur and `dropped`."""
        return self.at if dropped and self.sky is not Sky.CROSSES else self.at + self.offset


def _end(expression: Expression, day: date, place: Place) -> _End:
    if isinstance(expression, LocalTime):
        return _End(local_moment(day, expression.minutes, place.timezone))
    sun = crossing(expression.event, day, place.latitude, place.longitude)
    return _End(sun.at, timedelta(seconds=expression.offset_s), sun.sky)


def _switchings(
    program: Program, day: date, place: Place, on: datetime, off: datetime
) -> tuple[tuple[datetime, float], ...]:
    """A step whose time has passed when the night begins is in force from its beginning."""
    levels = {on: program.level_percent}
    for days, at, level_percent in program.steps:
        moment = local_moment(day + timedelta(days=days), at.minutes, place.timezone)
        if moment < off:
            levels[max(on, moment)] = level_percent
    return tuple(sorted(levels.items()))
