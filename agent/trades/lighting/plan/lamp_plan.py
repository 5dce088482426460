"""The plan of one lamp: everything that is configured about its level."""

from collections.abc import Mapping
from zlib import crc32

from msgspec import Struct

from agent.trades.lighting.options import CalendarOptions, LampKeys, ProgramOptions
from agent.trades.lighting.plan.calendar import Calendar, always, calendar_of
from agent.trades.lighting.plan.sun import Place

CLO_STEP_PERCENT = 0.5
"""The level moves with the burning hours in steps of this size: less than a DALI gear can show at its bright end."""

Curve = tuple[tuple[float, float], ...]


class LampColours(Struct, frozen=True):
    """The colour temperatures of a lamp, K."""

    default_k: float
    lowest_k: float
    highest_k: float

    def __contains__(self, wanted_k: float) -> bool:
        return self.lowest_k <= wanted_k <= self.highest_k

    def meant_k(self, wanted_k: float | None) -> float:
        """Returns what is wanted, where the lamp has it, else its default."""
        return wanted_k if wanted_k is not None and wanted_k in self else self.default_k


class LampPlan(Struct, frozen=True):
    """What one lamp follows.

    Args:
        calendar: None: no program.
        default_percent: without a program, and while nothing tells day from night.
        floor_percent: the least level at which the lamp burns when it burns.
        curve: (burning hours, % of the level), rising hours; empty: no constant light output.
        spread: 0 to 1: where within a staggering time this lamp switches on.
        only_switches: it burns at 100 % or not at all.
        colours: None: it has no colour temperature, or keeps its own.
    """

    calendar: Calendar | None
    place: Place
    default_percent: float = 100.0
    floor_percent: float = 0.0
    curve: Curve = ()
    spread: float = 0.0
    only_switches: bool = False
    colours: LampColours | None = None

    @property
    def sources(self) -> frozenset[str]:
        """Names of everything that must be heard: bays, zones and devices that notice somebody, photocells."""
        if self.calendar is None:
            return frozenset()
        cells = {cell.device for cell in self.calendar.cells}
        return frozenset(cells | {name for rule in self.calendar.presence for name in rule.by})

    def corrected_level(self, level_percent: float, burning_h: float | None) -> float:
        """A level as the lamp gets it: off is off, never below the floor, less while the lamp is young.

        The floor is light on the road, so it counts before constant light output. Without burning hours the lamp is
        taken to be old: rather too bright than too dark. A lamp that only switches is lit by any level, ramps too.
        """
        if level_percent <= 0:
            return 0.0
        if self.only_switches:
            return 100.0
        level_percent = max(level_percent, self.floor_percent)
        if not self.curve or burning_h is None:
            return level_percent
        corrected = level_percent * interpolated(self.curve, burning_h) / 100.0
        return max(CLO_STEP_PERCENT, round(corrected / CLO_STEP_PERCENT) * CLO_STEP_PERCENT)


def plan_of(
    name: str,
    options: LampKeys,
    place: Place,
    programs: Mapping[str, ProgramOptions],
    calendars: Mapping[str, CalendarOptions],
    *,
    only_switches: bool = False,
    colours: LampColours | None = None,
) -> LampPlan:
    """The plan of a lamp. Raises ValueError, in words for a technician, for a program or calendar that is none."""
    follows: Calendar | None = None
    if options.calendar is not None:
        follows = calendar_of(calendars[options.calendar], programs)
    elif options.program is not None:
        follows = always(programs[options.program])
    return LampPlan(
        follows,
        place,
        options.default_level_percent,
        options.floor_percent,
        options.lumen_depreciation_curve,
        spread_of(name, place),
        only_switches,
        colours,
    )


def spread_of(name: str, place: Place) -> float:
    """Returns a number from 0 to 1, the same at every start, and another for a lamp of the same name on another
    pole."""
    return crc32(f"{name} {place.latitude} {place.longitude}".encode()) / 0xFFFFFFFF


def interpolated(curve: Curve, at: float) -> float:
    """Straight between the points, flat outside them."""
    before = curve[0]
    for point in curve:
        if at < point[0]:
            share = 0.0 if point[0] == before[0] else max(0.0, at - before[0]) / (point[0] - before[0])
            return before[1] + share * (point[1] - before[1])
        before = point
    return before[1]
