"""Inputs of a lamp: presence with its fade, photocells, burning hours (pure)."""

from collections.abc import Iterable, Mapping
from math import ceil, floor

from msgspec import Struct, field, structs

from agent.trades.lighting.options import Presence
from agent.trades.lighting.plan.photocell import Cell, Photocell, hear
from drivers.base import Reading, Stay

RAMP_STEP_S = 1.0
"""A lamp on its way to a level is written to at most once in this time: others share its line."""

ROUNDING_S = 1e-4
"""A step counts that much before its time: a moment given as a datetime may have been rounded down."""


class PresencePeriod(Struct, frozen=True):
    """One presence, monotonic seconds: since when (set back by what the level had risen already), and the last sign."""

    began_s: float
    last_s: float


class Inputs(Struct, frozen=True):
    """What the sensors have said so far. Nothing of it survives a restart: it is said again soon, or no longer true.

    Args:
        seen: by the presence rule that waits for it.
        cells: by what they are listened to for.
        burning_h: burning hours of the lamp; None: not known.
    """

    seen: Mapping[Presence, PresencePeriod] = field(default_factory=dict)
    cells: Mapping[Cell, Photocell] = field(default_factory=dict)
    burning_h: float | None = None


def apply_reading(inputs: Inputs, reading: Reading, cells: Iterable[Cell] = ()) -> Inputs:
    """A reading of a photocell ("dark", or the lux that one of `cells` asks for), or of the lamp's own counter
    ("operating_hours_h")."""
    heard = {cell: hear(cell, inputs.cells.get(cell), reading) for cell in (Cell(reading.device), *cells)}
    inputs = structs.replace(inputs, cells={**inputs.cells, **{cell: said for cell, said in heard.items() if said}})
    value = reading.value
    if reading.quantity == "operating_hours_h" and isinstance(value, int | float):
        return structs.replace(inputs, burning_h=float(value))
    return inputs


def is_presence(reading: Reading) -> bool:
    """Whether somebody is noticed: a vehicle came to a stand or left (a camera), or an input says so.

    A stay that goes on, told anew by a camera process that was restarted, has another quantity: nobody came.
    """
    if reading.quantity == "stay":
        return isinstance(reading.value, Stay)
    return reading.quantity == "presence" and reading.value is True


def apply_presence(inputs: Inputs, rules: Iterable[Presence], source: str, at_s: float) -> Inputs:
    """Somebody was noticed by `source` at monotonic `at_s`; only `rules` that name it are concerned."""
    found = {rule: _extend(inputs.seen.get(rule), rule, at_s) for rule in rules if source in rule.by}
    return structs.replace(inputs, seen={**inputs.seen, **found}) if found else inputs


def _extend(seen: PresencePeriod | None, rule: Presence, at_s: float) -> PresencePeriod:
    """A level on its way down turns where it is."""
    if seen is not None and at_s <= seen.last_s + rule.hold_s:
        return PresencePeriod(seen.began_s, max(seen.last_s, at_s))
    risen = 0.0 if seen is None else fade_fraction(seen, rule, at_s)[0]
    return PresencePeriod(at_s - risen * rule.ramp_s, at_s)


def fade_fraction(seen: PresencePeriod, rule: Presence, now_s: float) -> tuple[float, float | None]:
    """How far a presence rule is in force, 0 to 1 in steps, and the monotonic seconds of the next step, if any."""
    falls_s, now_s = seen.last_s + rule.hold_s, now_s + ROUNDING_S
    steps = ramp_steps(rule.ramp_s, 100.0)
    if not steps:
        return (1.0, falls_s) if now_s < falls_s else (0.0, None)
    step_s = rule.ramp_s / steps
    risen = min(steps, floor((now_s - seen.began_s) / step_s))
    if now_s < falls_s:
        next_s = falls_s if risen == steps else min(falls_s, seen.began_s + (risen + 1) * step_s)
        return risen / steps, next_s
    fallen = floor((now_s - falls_s) / step_s)
    left = max(0, _risen(seen, rule, steps) - fallen)
    return left / steps, falls_s + (fallen + 1) * step_s if left else None


def _risen(seen: PresencePeriod, rule: Presence, steps: int) -> int:
    """How many steps were risen when the hold ended: where the way down begins."""
    return min(steps, floor((seen.last_s + rule.hold_s - seen.began_s) / rule.ramp_s * steps))


def ramp_steps(ramp_s: float, span_percent: float) -> int:
    """Returns into how many steps a ramp is cut: one in RAMP_STEP_S at most, none smaller than 1 %; 0: it is no
    ramp."""
    return min(floor(ramp_s / RAMP_STEP_S), ceil(abs(span_percent)))
