"""The observation of a lamp while the agent runs: its last readings, its command, whether it burns (pure)."""

import math
from functools import cached_property

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.lighting.control.setpoint import NOT_WRITTEN, Writes, same
from agent.trades.lighting.plan.lamp_plan import Curve, interpolated
from agent.trades.lighting.plan.sun import Place
from agent.trades.lighting.watch.energy import EnergyCounter
from agent.trades.lighting.watch.limits import (
    CYCLE_WINDOW_S,
    DARK_SHARE,
    GEAR_SHARE,
    HOLDS_S,
    LEAST_JUDGED_W,
    LEAST_TOLERANCE_W,
    METER_S,
    STANDBY_W,
    UNEXPECTED_SHARE,
)
from agent.trades.lighting.watch.supply_loss import (
    FAILURE,
    GEAR,
    LEVEL,
    LOSS_COUNTS,
    POWER_CYCLED,
    RELAY,
    UPTIME,
    SupplyTrace,
    traced,
)
from drivers.base import Quality, Reading
from drivers.profile import Fault

POWER, ENERGY = "active_power_w", "active_energy_kwh"
HOURS, SWITCH_ONS = "operating_hours_h", "switch_on_count"
POWER_ON = "lamp_power_on"
FRESH_S = 1.0
"""A controller of many registers is not looked at again for each of them."""

FIGURES = frozenset({LEVEL, POWER, ENERGY, HOURS, SWITCH_ONS, UPTIME, *LOSS_COUNTS})
FLAGS = frozenset({FAILURE, POWER_ON, RELAY, POWER_CYCLED, *GEAR})

WATCHED = FIGURES | FLAGS | {"reachable"}


class LampConfig(Struct, frozen=True, dict=True):
    """A lamp as it was configured: see `LampOptions`.

    Args:
        switched: its controller has a switch beside the level.
        forgets: it keeps by itself what it was told, and may lose that; a contact only follows.
        counter: its energy counter.
        faults: that its profile and the configuration declare.
        wraps: of its counters that begin at 0 again, after how much, by quantity.
    """

    name: str
    place: Place
    wattage_w: float | None = None
    power_curve: Curve = ()
    standby_w: float = 0.5
    power_tolerance_percent: float = 20.0
    warm_up_s: float = 60.0
    alarm_after_s: float = 60.0
    period_s: float = 1.0
    switched: bool = False
    forgets: bool = True
    counter: EnergyCounter = EnergyCounter()
    wraps: dict[str, float] = {}
    faults: tuple[Fault, ...] = ()

    @cached_property
    def declared(self) -> frozenset[str]:
        """The quantities that those look at."""
        return frozenset(fault.of for fault in self.faults)

    @property
    def holds_s(self) -> float:
        return max(HOLDS_S, 3 * self.period_s)

    def expected_w(self, level_percent: float) -> float | None:
        """Returns the power at a level by the curve that was measured, else by a straight line from standby to the
        wattage (TALQ 2.7.1, powerLightGradient 1); None: neither is configured."""
        if self.wattage_w is None:
            return None
        return interpolated(self.power_curve or ((0.0, self.standby_w), (100.0, self.wattage_w)), level_percent)

    def tolerance_w(self, level_percent: float) -> float:
        """Returns by how much the power may differ from the one that is expected."""
        own_w = (self.expected_w(level_percent) or 0.0) * self.power_tolerance_percent / 100
        dimmed = 0.0 if self.power_curve else 1 - level_percent / 100
        return max(LEAST_TOLERANCE_W, own_w + GEAR_SHARE * (self.wattage_w or 0.0) * dimmed)


class LampReading(Struct, frozen=True):
    """One good reading."""

    value: float
    at_s: float
    detail: str = ""


class LampView(Struct, frozen=True):
    """What a running agent knows of a lamp; a restart begins anew.

    Args:
        now_s: monotonic seconds of the last look; None: nothing yet.
        seen: the last good reading by quantity (a flag is 0 or 1); empty once the lamp is unreachable.
        heard_s: when it last said anything.
        waits_s: since when no level has come: the last level, or when the lamp was first heard.
        commanded_percent, commanded_s: what it was last told, and since when.
        level_s: since when the level read back has been what it is.
        on_s: when it was last switched on, or began to burn again: from then on it warms up.
        lit, lit_s: whether it burns, and when that was last seen.
        drops: when it went out by itself, within the last hour.
        supply: what tells that it was without.
    """

    now_s: float | None = None
    seen: dict[str, LampReading] = {}
    heard_s: float | None = None
    waits_s: float | None = None
    commanded_percent: float | None = None
    commanded_s: float = -math.inf
    level_s: float = -math.inf
    on_s: float = -math.inf
    lit: bool | None = None
    lit_s: float = -math.inf
    drops: tuple[float, ...] = ()
    supply: SupplyTrace = SupplyTrace()

    @property
    def level_percent(self) -> float | None:
        """Read back; None: not known."""
        level = self.seen.get(LEVEL)
        return None if level is None else level.value


def is_unobserved(
    lamp: LampConfig, view: LampView, now: Moment, reading: Reading | None, commanded_percent: float | None
) -> bool:
    """Whether a reading is none of those that are watched, and tells no more than that the lamp still speaks."""
    if reading is None or reading.quantity in WATCHED or reading.quantity in lamp.declared:
        return False
    heard = view.heard_s is not None and now.mono_s - view.heard_s < FRESH_S
    return heard and commanded_percent == view.commanded_percent


def observe(
    lamp: LampConfig,
    view: LampView,
    now: Moment,
    reading: Reading | None,
    commanded_percent: float | None,
    *,
    writes: Writes = NOT_WRITTEN,
) -> LampView:
    """The view after one reading, or none when only time has passed."""
    now_s = now.mono_s if view.now_s is None else max(view.now_s, now.mono_s)
    view = _apply_command(view, commanded_percent, now_s)
    kept_percent = commanded_percent if lamp.forgets else None
    view = structs.replace(view, supply=traced(view.supply, lamp.wraps, reading, kept_percent, writes=writes))
    if reading is not None:
        view = _apply(lamp, view, reading, now_s)
    return _burning(lamp, structs.replace(view, now_s=now_s), now_s)


def _apply_command(view: LampView, commanded_percent: float | None, now_s: float) -> LampView:
    if commanded_percent == view.commanded_percent:
        return view
    on = bool(commanded_percent) and not view.commanded_percent
    return structs.replace(
        view, commanded_percent=commanded_percent, commanded_s=now_s, on_s=now_s if on else view.on_s
    )


def _apply(lamp: LampConfig, view: LampView, reading: Reading, now_s: float) -> LampView:
    if reading.quantity == "reachable":
        return view if reading.value else structs.replace(view, seen={}, heard_s=None, waits_s=None, lit=None)
    view = structs.replace(view, heard_s=now_s, waits_s=now_s if view.waits_s is None else view.waits_s)
    seen = _accepted(lamp, reading)
    if seen is None:
        return view
    if reading.quantity == LEVEL:
        view = structs.replace(
            view, waits_s=now_s, level_s=view.level_s if same(view.level_percent, seen.value) else seen.at_s
        )
    return structs.replace(view, seen=view.seen | {reading.quantity: seen})


def _accepted(lamp: LampConfig, reading: Reading) -> LampReading | None:
    """A flag must be yes or no and a figure a number; a value that the driver doubts decides nothing."""
    value = reading.value
    if reading.quality is not Quality.GOOD or not isinstance(value, bool | int | float):
        return None
    known = reading.quantity in (FLAGS if isinstance(value, bool) else FIGURES) or reading.quantity in lamp.declared
    if not known or not math.isfinite(value):
        return None
    return LampReading(float(value), reading.at_s, reading.detail)


def _burning(lamp: LampConfig, view: LampView, now_s: float) -> LampView:
    """Whether it burns, and what follows when that changes: it warms up, or it went out by itself."""
    found = _lit(lamp, view)
    drops = tuple(at_s for at_s in view.drops if now_s - at_s < CYCLE_WINDOW_S and not view.supply.explains(at_s))
    if found is None:
        return structs.replace(view, drops=drops)
    lit, lit_s = found
    told_long_ago = bool(view.commanded_percent) and now_s - view.commanded_s >= lamp.warm_up_s
    if view.lit and not lit and told_long_ago:
        drops = (*drops, now_s)
    on_s = now_s if lit and not view.lit else view.on_s
    return structs.replace(view, lit=lit, lit_s=max(view.lit_s, lit_s), on_s=on_s, drops=drops)


def _lit(lamp: LampConfig, view: LampView) -> tuple[bool, float] | None:
    """Returns whether the lamp gives light, by its power where that tells, else by what its gear says, else by its
    level; and when that was read. None: it cannot be told."""
    level, power_on = view.seen.get(LEVEL), view.seen.get(POWER_ON)
    power = metered(lamp, view)
    if level is not None and power is not None and (dark_w := _dark_w(lamp, view, level.value)) is not None:
        if power.at_s < max(view.level_s, view.commanded_s) + METER_S or dark_w < power.value < 2 * dark_w:
            return None
        return power.value >= 2 * dark_w, power.at_s
    word = power_on or level
    return None if word is None else (word.value > 0, word.at_s)


def metered(lamp: LampConfig, view: LampView) -> LampReading | None:
    """The power, while it is read as the level is."""
    power, level = view.seen.get(POWER), view.seen.get(LEVEL)
    old = power is not None and level is not None and level.at_s - power.at_s > lamp.holds_s
    return None if old else power


def dark(lamp: LampConfig, view: LampView) -> bool | None:
    """Whether a lamp that should burn draws too little to; None: its power does not tell."""
    power, level_percent = metered(lamp, view), view.level_percent
    dark_w = None if level_percent == 0 else _dark_w(lamp, view, view.commanded_percent or 0.0)
    if power is None or dark_w is None or not view.commanded_percent:
        return None
    if dark_w < power.value < 2 * dark_w:
        return None
    return power.value <= dark_w


def _dark_w(lamp: LampConfig, view: LampView, level_percent: float) -> float | None:
    """Returns the power, W, up to which the lamp is dark; from twice that on it gives light. None: too little to tell.

    On its way between two levels it may be at either.
    """
    if lamp.wattage_w is None:
        return None
    if level_percent == 0:
        return max(STANDBY_W, lamp.wattage_w * UNEXPECTED_SHARE / 2)
    lowest_percent = min(level for level in (level_percent, view.commanded_percent, view.level_percent) if level)
    expected_w = lamp.expected_w(lowest_percent) or 0.0
    return max(STANDBY_W, expected_w * DARK_SHARE) if expected_w >= LEAST_JUDGED_W else None


def reading_age_s(seen: LampReading | None, now_s: float) -> float:
    return math.inf if seen is None else now_s - seen.at_s
