"""Losses of supply: the controller of a lamp started anew, or forgot what it was told (pure)."""

import math

from msgspec import Struct, structs

from agent.clock import Moment
from agent.trades.lighting.control.setpoint import NOT_WRITTEN, Writes, same
from agent.trades.lighting.watch.limits import DIMMING_SET_PERCENT, FORGOTTEN_S, UPTIME_SLACK_S, WRAP_SHARE
from drivers.base import Quality, Reading
from drivers.translation import _

LEVEL, UPTIME, POWER_CYCLED = "level_percent", "uptime_s", "power_cycled"
LOSS_COUNTS = frozenset({"supply_loss_count", "restart_count"})
"""What a controller counts its own losses in: one more is one more."""

TOTALS = frozenset({"active_energy_kwh", "operating_hours_h", "switch_on_count"})
"""What only grows: a controller in which it begins anew has lost more than its light."""

QUANTITIES = frozenset({UPTIME, POWER_CYCLED}) | LOSS_COUNTS | TOTALS

FAILURE, RELAY = "lamp_failure", "relay_failure"
GEAR = ("control_gear_comm_failure", "control_gear_failure", "ballast_failure")
ENDS = {"reachable": False} | dict.fromkeys((FAILURE, RELAY, *GEAR), True)
"""What explains another level than the lamp was told, and by which value: out of reach, or a fault of its own."""


class Said(Struct, frozen=True):
    """What a controller last said of a quantity.

    Args:
        doubt: a value that went back, and when that was read: the next one tells whether it was misread.
    """

    value: float
    at_s: float
    doubt: tuple[float, float] | None = None


class Away(Struct, frozen=True):
    """Another level than the lamp was told.

    Args:
        level_percent: 0: it was dark.
        writes: what had come of them before.
    """

    level_percent: float
    at_s: float
    writes: Writes


class SupplyTrace(Struct, frozen=True):
    """What a running agent knows of the supply of a lamp; a silence of the lamp does not end it, a restart does.

    Args:
        said: by quantity.
        orders: how many there had been.
        holds: the lamp was seen at the level that it was told.
        away: where it was after that.
        since_s, lost_s: between which it was last without supply, and found to have been, monotonic.
        found: in words, by what that was seen just now; "": nothing was.
    """

    said: dict[str, Said] = {}
    commanded_percent: float | None = None
    orders: int = 0
    holds: bool = False
    away: Away | None = None
    since_s: float = -math.inf
    lost_s: float = -math.inf
    found: str = ""

    def explains(self, dark_s: float) -> bool:
        """Whether a lamp that went out then was without supply."""
        return self.since_s - UPTIME_SLACK_S <= dark_s <= self.lost_s + FORGOTTEN_S


class SupplyLosses(Struct, frozen=True, omit_defaults=True):
    """The losses of supply since the lamp is watched, and the last of them."""

    count: int = 0
    last: Moment | None = None


def traced(
    trace: SupplyTrace,
    wraps: dict[str, float],
    reading: Reading | None,
    commanded_percent: float | None,
    *,
    writes: Writes = NOT_WRITTEN,
) -> SupplyTrace:
    """The trace after one reading, or none when only time has passed.

    Args:
        wraps: of counters that begin at 0 again, after how much, by quantity.
        commanded_percent: None: whatever its level is, it tells nothing.
    """
    if (commanded_percent, writes.orders) != (trace.commanded_percent, trace.orders):
        ordered = structs.replace(trace, commanded_percent=commanded_percent, orders=writes.orders)
        trace = structs.replace(ordered, holds=False, away=None)
    trace = structs.replace(trace, found="") if trace.found else trace
    value = _number(reading)
    if reading is None or value is None:
        return trace
    if reading.quantity in ENDS:
        over = bool(value) is ENDS[reading.quantity]
        return structs.replace(trace, holds=False, away=None) if over else trace
    if reading.quantity == LEVEL:
        return _level(trace, value, reading.at_s, writes)
    return _counter(trace, wraps.get(reading.quantity), reading.quantity, Said(value, reading.at_s))


def _number(reading: Reading | None) -> float | None:
    """The value of a reading that counts here; None: it is of another quantity, doubted, or no number."""
    if reading is None or reading.quality is not Quality.GOOD or not isinstance(reading.value, bool | int | float):
        return None
    known = reading.quantity in QUANTITIES or reading.quantity == LEVEL or reading.quantity in ENDS
    return float(reading.value) if known and math.isfinite(reading.value) else None


def counted(losses: SupplyLosses, trace: SupplyTrace, now: Moment) -> SupplyLosses:
    """One loss more, where one was found just now."""
    return SupplyLosses(losses.count + 1, now) if trace.found else losses


def _level(trace: SupplyTrace, level_percent: float, at_s: float, writes: Writes) -> SupplyTrace:
    """A lamp that had the level that it was told, is at another one and takes the first again, had forgotten it.

    One that is told and stays away does not obey: that is another fault, and so is whatever kept it dark.
    """
    commanded, away = trace.commanded_percent, trace.away
    if commanded is None:
        return trace
    if away is not None and writes.missed > away.writes.missed:
        trace, away = structs.replace(trace, holds=False, away=None), None
    if same(level_percent, commanded):
        return _back(trace, commanded, at_s, writes)
    left = not level_percent or abs(level_percent - commanded) > DIMMING_SET_PERCENT
    if not trace.holds or not left:
        return trace
    if away is None or (level_percent and not away.level_percent):
        before = writes if away is None else away.writes
        return structs.replace(trace, away=Away(level_percent, at_s, before))
    return trace


def _back(trace: SupplyTrace, commanded: float, at_s: float, writes: Writes) -> SupplyTrace:
    """It is where it was told to be. One that was dark may have been switched on again by whatever had switched it
    off: that it took a write tells that it had forgotten."""
    away = trace.away
    there = structs.replace(trace, holds=True, away=None) if away or not trace.holds else trace
    if away is None:
        return there
    is_soon, took = at_s - away.at_s <= FORGOTTEN_S, writes.taken > away.writes.taken
    if not took and not away.level_percent and is_soon:
        return trace  # what came of the write is not known yet
    if not took and not (away.level_percent and is_soon):
        return there
    words = _("it went to {level:g} % by itself, and took {commanded:g} % again when it was told")
    return _lost(there, away.at_s, at_s, words.format(level=away.level_percent, commanded=commanded))


def _counter(trace: SupplyTrace, wraps: float | None, quantity: str, said: Said) -> SupplyTrace:
    before = trace.said.get(quantity)
    kept, words = (said, "") if before is None else _compared(before, said, quantity, wraps)
    trace = structs.replace(trace, said=trace.said | {quantity: kept})
    return trace if before is None or not words else _lost(trace, before.at_s, said.at_s, words)


def _compared(before: Said, said: Said, quantity: str, wraps: float | None) -> tuple[Said, str]:
    """What is kept of a reading, and in words what it tells of a loss since the one before."""
    if quantity == POWER_CYCLED:
        return said, _("its gear was without power") if said.value and not before.value else ""
    if quantity in LOSS_COUNTS:
        grown = said.value > before.value
        return said, _("it counts {count:g} losses of its supply").format(count=said.value) if grown else ""
    if said.value >= before.value or _rolled_over(before, said, quantity, wraps):
        return said, ""
    if quantity == UPTIME and said.value > said.at_s - before.at_s + UPTIME_SLACK_S:
        return said, ""  # a start that long ago was before the last reading: its clock was set
    if before.doubt is None or not _goes_on(before.doubt, said, quantity):
        return structs.replace(before, doubt=(said.value, said.at_s)), ""
    words = _("its controller started anew: {quantity} went back from {before:g} to {after:g}")
    return said, words.format(quantity=quantity, before=before.value, after=before.doubt[0])


def _rolled_over(before: Said, said: Said, quantity: str, wraps: float | None) -> bool:
    if wraps is None:
        return False
    if quantity == UPTIME:
        elapsed_s = said.at_s - before.at_s
        return abs(before.value + elapsed_s - wraps - said.value) <= UPTIME_SLACK_S + WRAP_SHARE * elapsed_s
    return before.value >= (1 - WRAP_SHARE) * wraps and said.value <= WRAP_SHARE * wraps


def _goes_on(doubt: tuple[float, float], said: Said, quantity: str) -> bool:
    """Whether what went back has gone on from there, or back once more: then it was not misread."""
    value, at_s = doubt
    return quantity != UPTIME or said.value <= value + (said.at_s - at_s) + UPTIME_SLACK_S


def _lost(trace: SupplyTrace, since_s: float, at_s: float, words: str) -> SupplyTrace:
    """One loss shows in several ways, each as late as it is read: what happened after `since_s` and is counted
    already is the same one."""
    if trace.lost_s >= since_s - UPTIME_SLACK_S:
        return trace
    return structs.replace(trace, since_s=since_s, lost_s=at_s, found=words)
