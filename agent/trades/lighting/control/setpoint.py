"""The setpoint of a lamp: when it is written, written again, and reported (pure)."""

from msgspec import Struct, structs

from drivers.base import Quality, Reading

TOLERANCE_PERCENT = 1.5
"""Half a step of a DALI gear at its bright end (253 -> 254 is 97.3 -> 100 %; IEC 62386-102, logarithmic curve)."""

TOLERANCE_K = 100.0
"""One step of a gear that counts in mired (IEC 62386-209) at its bluest, 10000 K."""

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 600.0


class SetpointState(Struct, frozen=True):
    """What was last written to a lamp, and what it shows.

    Args:
        commanded_percent: last level written; None: nothing yet.
        done: the lamp carried it out.
        settled_percent: the level read back then; a gear rounds to its own steps.
        observed_percent: last level read back; `steady` when the one before was the same.
        repeat_s: monotonic seconds before which the same level is not written again.
        pause_s: the pause that led there; it grows while writing does not help.
        silent: the lamp did not answer the last write.
        commanded_k: last colour temperature written; None: none yet.
        under_way: it was written, and whether it gets there is still being looked at, for as long as it may fade.
    """

    commanded_percent: float | None = None
    done: bool = False
    settled_percent: float | None = None
    observed_percent: float | None = None
    steady: bool = False
    repeat_s: float = 0.0
    pause_s: float = FIRST_PAUSE_S
    silent: bool = False
    under_way: bool = False
    commanded_k: float | None = None

    def is_told(self, level_percent: float, colour_k: float | None) -> bool:
        """Whether this is what was last written; a colour temperature of None: any."""
        return self.commanded_percent == level_percent and colour_k in (None, self.commanded_k)


class Writes(Struct, frozen=True):
    """What came of the orders to a lamp since the agent runs.

    Args:
        orders: how often it was told another level than before.
        taken: writes after which the lamp was where it was told to be.
        missed: writes after which it told another level.
    """

    orders: int = 0
    taken: int = 0
    missed: int = 0


NOT_WRITTEN = Writes()


def same_colour(one_k: float | None, other_k: float | None) -> bool:
    """Two colour temperatures between which a gear does not tell."""
    if one_k is None or other_k is None:
        return one_k is other_k
    return abs(one_k - other_k) <= TOLERANCE_K


def same(one_percent: float | None, other_percent: float | None) -> bool:
    """Two levels that no eye and no gear tells apart; off is only the same as off."""
    if one_percent is None or other_percent is None:
        return one_percent is other_percent
    if (one_percent == 0) != (other_percent == 0):
        return False
    return abs(one_percent - other_percent) <= TOLERANCE_PERCENT


def wants_write(setpoint: SetpointState, target_percent: float, mono_s: float, target_k: float | None = None) -> bool:
    """A new level at once; the same one again when the lamp did not take it or has lost it, with growing pauses.

    A lamp on its way is left alone, however slowly it fades. A silent one is not told each step of a ramp: each write
    would cost its line a time-out. It gets the level of then when it speaks, or after the pause.
    """
    if not setpoint.silent and not setpoint.is_told(target_percent, target_k):
        return True
    return not setpoint.under_way and not _there(setpoint) and mono_s >= setpoint.repeat_s


def _there(setpoint: SetpointState) -> bool:
    """Carried out, and nothing seen since that says otherwise."""
    levels = (None, setpoint.commanded_percent, setpoint.settled_percent)
    return setpoint.done and any(same(setpoint.observed_percent, level) for level in levels)


def written(
    setpoint: SetpointState, target_percent: float, mono_s: float, target_k: float | None = None
) -> SetpointState:
    """Returns the state for a write that is about to be made. The pause begins before the answer is there."""
    again = setpoint.silent or setpoint.is_told(target_percent, target_k)
    pause_s = min(LONGEST_PAUSE_S, setpoint.pause_s * 2) if again else FIRST_PAUSE_S
    return structs.replace(
        setpoint,
        commanded_percent=target_percent,
        commanded_k=setpoint.commanded_k if target_k is None else target_k,
        done=False,
        silent=False,
        under_way=True,
        repeat_s=mono_s + pause_s,
        pause_s=pause_s,
    )


def answered(setpoint: SetpointState, done: bool, observed_percent: float | None) -> SetpointState:
    """The lamp answered the write, with the level read back if there is one."""
    observed = setpoint.observed_percent if observed_percent is None else observed_percent
    settled = observed_percent if done else None
    return structs.replace(
        setpoint, done=done, settled_percent=settled, observed_percent=observed, steady=False, under_way=False
    )


def unanswered(setpoint: SetpointState) -> SetpointState:
    return structs.replace(setpoint, silent=True, under_way=False)


def lost(setpoint: SetpointState) -> SetpointState:
    """Returns the state of a lamp that may have forgotten what it was told, whatever its registers say: it is
    written to at once."""
    return structs.replace(setpoint, done=False, under_way=False, repeat_s=0.0, pause_s=FIRST_PAUSE_S)


class Supply(Struct, frozen=True):
    """What tells that a lamp was without power, or out of reach and left to its fail-safe.

    Args:
        reachable: False while it is down.
        power_cycled: its gear has been without power since it was last told a level (DALI status bit 7).
        uptime_s: of its controller; one that shrinks has started anew.
    """

    reachable: bool = True
    power_cycled: bool = False
    uptime_s: float = 0.0


def resupplied(supply: Supply, reading: Reading) -> tuple[Supply, bool]:
    """What a reading tells of it, and whether the lamp is back from it just now."""
    value = reading.value
    if isinstance(value, str) or reading.quality is not Quality.GOOD:
        return supply, False
    if reading.quantity == "reachable":
        return structs.replace(supply, reachable=bool(value)), bool(value) and not supply.reachable
    if reading.quantity == "power_cycled":
        return structs.replace(supply, power_cycled=bool(value)), bool(value) and not supply.power_cycled
    if reading.quantity == "uptime_s" and isinstance(value, int | float):
        return structs.replace(supply, uptime_s=float(value)), value < supply.uptime_s
    return supply, False


def observed(setpoint: SetpointState, level_percent: float) -> SetpointState:
    """The lamp was polled. Speaking again after silence, it is written to at once; at its level, pauses start anew."""
    seen = structs.replace(
        setpoint, observed_percent=level_percent, steady=same(level_percent, setpoint.observed_percent), silent=False
    )
    if setpoint.silent or _there(seen):
        return structs.replace(seen, repeat_s=0.0, pause_s=FIRST_PAUSE_S)
    return seen
