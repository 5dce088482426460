"""Programs: what the technician wrote, checked."""

from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct, structs

from agent.calendars import DAY_MINUTES
from agent.trades.lighting.options import Adjustment, DimStep, Presence, ProgramOptions
from agent.trades.lighting.plan.photocell import Cell
from agent.trades.lighting.plan.times import (
    NOON,
    Expression,
    Inside,
    LocalTime,
    MiddleTime,
    SunTime,
    parse,
    parse_inside,
)
from drivers.translation import _

DARK, LIGHT = "dark", "light"
"""What stands at `on` and `off` of a program that follows its photocell."""

T = TypeVar("T", Adjustment, Presence)


class At(Struct, frozen=True):
    """A time of the night, and how many days after the date of `on` it lies."""

    days: int
    time: Inside


class StepAt(Struct, frozen=True):
    """A level from a time of the night on.

    Args:
        ramp_s: how long the change takes; None: as the program's.
        colour_k: of the light; None: as the program's.
    """

    at: At
    level_percent: float
    ramp_s: float | None = None
    colour_k: float | None = None


class Window(Struct, frozen=True):
    """A part of the night; None: from its beginning, to its end."""

    begin: At | None = None
    end: At | None = None


class Program(Struct, frozen=True):
    """A program that was checked.

    Args:
        on, off: the ends of its night.
        next_day: whether `off` lies on the date after that of `on`.
        level_percent: from `on` until the first step.
        steps: in the order of the clock where that can be known.
        adjust, presence: each with its part of the night.
        colour_k: of the light where no step says another; None: as the lamp's.
        by_sun: of a program that follows its photocell: the same from sunset to sunrise, for when the cell is silent.
    """

    on: Expression
    off: Expression
    next_day: bool
    level_percent: float
    steps: tuple[StepAt, ...] = ()
    adjust: tuple[tuple[Window, Adjustment], ...] = ()
    presence: tuple[tuple[Window, Presence], ...] = ()
    ramp_s: float = 0.0
    stagger_s: float = 0.0
    photocell: Cell | None = None
    colour_k: float | None = None
    by_sun: "Program | None" = None


@lru_cache(maxsize=256)
def compiled(options: ProgramOptions) -> Program:
    """The program, checked. Raises ValueError, in words for a technician, for times that make no night.

    `on` and `off` in local time: `off` is the first such time after `on`. With a sun event at either end the night has
    an evening half (sunset, dusk, 12:00-23:59) and a morning half (00:00-11:59, dawn, sunrise): from evening to
    evening and from morning to morning it stays on one date, and on dates where `off` would not come after `on`
    there is no night. From morning to evening ("sunrise" to "sunset") it is a day program. "dark" to "light": from
    noon to noon, whenever the photocell says that it is dark.
    """
    if follows_photocell(options):
        by_sun = compiled(structs.replace(options, on="sunset", off="sunrise"))
        return structs.replace(_filled(Program(NOON, NOON, True, options.level_percent), options), by_sun=by_sun)
    on, off = parse(options.on), parse(options.off)
    return _filled(Program(on, off, _ends_next_day(on, off), options.level_percent), options)


def follows_photocell(options: ProgramOptions) -> bool:
    """Whether it goes from "dark" to "light". Raises ValueError for half of that, or without a photocell."""
    if DARK not in (options.on, options.off) and LIGHT not in (options.on, options.off):
        return False
    if (options.on, options.off) != (DARK, LIGHT):
        raise ValueError(_('"dark" and "light" go together: on = "dark", off = "light"'))
    if options.photocell is None:
        raise ValueError(_('on = "dark" needs photocell = "NAME" of the device that tells dark from light'))
    return True


def _filled(night: Program, options: ProgramOptions) -> Program:
    """A program with its ends -> the whole program."""
    return structs.replace(
        night,
        steps=_steps(night, options.steps),
        adjust=_windows(night, options.adjust),
        presence=_windows(night, options.presence),
        ramp_s=float(options.ramp_s),
        stagger_s=float(options.stagger_s),
        photocell=None if options.photocell is None else Cell(options.photocell, options.lux),
        colour_k=options.colour_temperature_k,
    )


def _steps(night: Program, given: tuple[DimStep, ...]) -> tuple[StepAt, ...]:
    placed = (
        StepAt(_inside(night, step.at, _("step")), step.level_percent, step.ramp_s, step.colour_temperature_k)
        for step in given
    )
    steps = sorted(placed, key=_clock_order)
    for one, other in pairwise(steps):
        if one.at == other.at:
            raise ValueError(_('two steps at "{time}"; each time may have one level').format(time=one.at.time))
    return tuple(steps)


def _clock_order(step: StepAt) -> tuple[object, ...]:
    """Sun times move against the clock; that equal ones stand together is all that can be said of them."""
    at = step.at
    if isinstance(at.time, LocalTime):
        return 0, at.days, at.time.minutes, ""
    return 1, at.days, at.time.offset_s, at.time.event if isinstance(at.time, SunTime) else "middle"


def _windows(night: Program, given: tuple[T, ...]) -> tuple[tuple[Window, T], ...]:
    return tuple((_window(night, each), each) for each in given)


def _window(night: Program, given: Adjustment | Presence) -> Window:
    begin = None if given.begin is None else _inside(night, given.begin, '"from"')
    end = None if given.end is None else _inside(night, given.end, '"to"')
    if begin is not None and end is not None and not _in_order(begin, end):
        what = _('from "{begin}" to "{end}" is not in the order of the night')
        raise ValueError(what.format(begin=given.begin, end=given.end))
    return Window(begin, end)


def _in_order(begin: At, end: At) -> bool:
    """Tells whether `begin` comes before `end`, as far as it can be told: a sun event and a local time change places
    in the course of a year."""
    if isinstance(begin.time, LocalTime) and isinstance(end.time, LocalTime):
        return (begin.days, begin.time.minutes) < (end.days, end.time.minutes)
    if isinstance(begin.time, MiddleTime) and isinstance(end.time, MiddleTime):
        return begin.time.offset_s < end.time.offset_s
    return begin != end


def _ends_next_day(on: Expression, off: Expression) -> bool:
    if isinstance(on, LocalTime) and isinstance(off, LocalTime):
        if on == off:
            what = _('on and off are both "{time}"; leave the program away for a lamp that never changes')
            raise ValueError(what.format(time=on))
        return off.minutes < on.minutes
    if on == off:
        raise ValueError(_("on and off are the same sun event; the lamp would never be lit"))
    return on.evening and not off.evening


def _inside(night: Program, text: str, what: str) -> At:
    """Raises ValueError for a time that no night of the program can reach."""
    at = parse_inside(text)
    if isinstance(at, MiddleTime):
        return At(0, at)
    if not _reached(night, at):
        words = _('the {what} at "{time}" lies outside the night of the program; it would never be carried out')
        raise ValueError(words.format(what=what, time=at))
    if isinstance(at, LocalTime) and isinstance(night.on, LocalTime) and isinstance(night.off, LocalTime):
        return At(int(at.minutes < night.on.minutes), at)
    return At(int(night.next_day and not at.evening), at)


def _reached(night: Program, at: Expression) -> bool:
    on, off = night.on, night.off
    if not (isinstance(on, LocalTime) and isinstance(off, LocalTime)):
        return night.next_day or on.evening != off.evening or at.evening == on.evening
    if isinstance(at, SunTime):
        return True
    length = (off.minutes - on.minutes) % DAY_MINUTES or DAY_MINUTES
    return (at.minutes - on.minutes) % DAY_MINUTES < length
