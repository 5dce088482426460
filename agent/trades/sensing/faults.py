"""What of a reading cannot be right (pure)."""

import math
from collections.abc import Iterator
from typing import Literal

from agent.events.sensors import SensorFault
from agent.trades.sensing import judged
from agent.trades.sensing.judged import Judged
from agent.trades.sensing.options import QuantityOptions
from agent.trades.sensing.state import BESIDE, Finding, Last, StationState, Turn, fault_key
from agent.trades.sensing.units import readable
from drivers.quantity import FULL_CIRCLE
from drivers.translation import _

Kind = Literal["out_of_range", "saturated", "jump", "stuck"]

SAME = 1e-12
"""Two values are one that differ by so much of themselves."""


def findings(turn: Turn, state: StationState, found: Judged) -> Iterator[Finding]:
    """Yields what a reading says of each kind of fault that is looked for."""
    for kind, bad in (*_of_value(turn, found), *_of_course(turn, state.last.get(turn.key), found)):
        words = _("{quantity} is {value:g} {unit}: {what}")
        words = words.format(
            quantity=turn.name, value=found.raw, unit=readable(turn.options.told_unit), what=_what(kind)
        ).replace(" :", ":")
        yield _finding(turn, kind, words if bad else "", bad)


def doubted(turn: Turn, words: str) -> Finding:
    """A reading that its own driver doubts: it lies outside of what the profile says of it.

    Args:
        words: of the driver.
    """
    return _finding(turn, "out_of_range", f"{turn.name}: {words}" if words else turn.name, True)


def kinds(options: QuantityOptions) -> Iterator[Kind]:
    """Yields the kinds of fault that are looked for."""
    yield "out_of_range"
    if options.saturated is not None:
        yield "saturated"
    if options.fastest is not None:
        yield "jump"
    if options.stuck_s is not None:
        yield "stuck"


def _finding(turn: Turn, kind: Kind, words: str, bad: bool) -> Finding:
    tells = SensorFault(bad, words, kind=kind, quantity=turn.name)
    return Finding(fault_key(kind, turn.name), turn.options.device, tells)


def _what(kind: Kind) -> str:
    return {
        "out_of_range": _("nothing measures that; look at the wiring, the scale and the profile"),
        "saturated": _("the end of what the device can measure"),
        "jump": _("it changed faster than it can; look at the wiring"),
        "stuck": _("it does not change any more; clean the device, or cut its supply for a moment"),
    }[kind]


def _of_value(turn: Turn, found: Judged) -> Iterator[tuple[Kind, bool]]:
    yield "out_of_range", found.fault == "out_of_range"
    if turn.options.saturated is not None:
        yield "saturated", found.fault == "saturated"


def is_jump(turn: Turn, last: Last | None, found: Judged) -> bool:
    """Whether a value cannot have come about in the time since the last one, and is not used.

    The next one is held against it all the same (WMO-No. 8, part V, chapter 1, checks of time consistency).
    """
    fastest = turn.options.fastest
    if fastest is None or turn.options.method == "gain" or last is None or turn.now.mono_s <= last.at_s:
        return False
    return _jumps(fastest, turn, last, found)


def _jumps(fastest: float, turn: Turn, last: Last, found: Judged) -> bool:
    change = abs(found.raw / judged.per_unit(turn.options) - last.value)
    around = FULL_CIRCLE if turn.options.method == "vector" else turn.options.wraps
    if around is not None:
        change = min(change, abs(around - change))
    return change > fastest * (turn.now.mono_s - last.at_s)


def _of_course(turn: Turn, last: Last | None, found: Judged) -> Iterator[tuple[Kind, bool]]:
    """What the reading before it tells."""
    options = turn.options
    if last is None or found.fault is not None or turn.now.mono_s <= last.at_s:
        return
    if options.fastest is not None:
        yield "jump", _jumps(options.fastest, turn, last, found)
    if options.stuck_s is not None:
        same = math.isclose(found.raw / judged.per_unit(options), last.value, rel_tol=SAME)
        same = same and turn.now.mono_s - last.at_s <= BESIDE * options.stands_s
        if not same or turn.now.mono_s - last.since_s >= options.stuck_s:
            yield "stuck", same
