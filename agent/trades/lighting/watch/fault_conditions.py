"""The fault conditions of a lamp, one for each kind of alarm (pure). Names and meanings are TALQ's (2.7.1)."""

from collections.abc import Callable, Mapping
from functools import cached_property

from agent.alarm import Verdict
from agent.declared import DeclaredData
from agent.trades.lighting.event_types import (
    LAMP_CONTROL_GEAR_COMM_FAILURE,
    LAMP_CYCLING_FAILURE,
    LAMP_DIMMING_FAILURE,
    LAMP_FAILURE,
    LAMP_POWER_TOO_HIGH,
    LAMP_POWER_TOO_LOW,
    LAMP_RELAY_FAILURE,
    LAMP_UNEXPECTED_ON,
    LampCyclingFailure,
    LampDimmingFailure,
    LampFailure,
    LampGearSilent,
    LampNotOff,
    LampPower,
)
from agent.trades.lighting.watch.lamp_observation import (
    POWER_ON,
    LampConfig,
    LampReading,
    LampView,
    dark,
    metered,
)
from agent.trades.lighting.watch.limits import (
    CYCLE_WINDOW_S,
    CYCLES,
    DIMMING_CLEAR_PERCENT,
    DIMMING_SET_PERCENT,
    POWER_CLEAR_SHARE,
    STANDBY_W,
    UNEXPECTED_SHARE,
)
from agent.trades.lighting.watch.supply_loss import FAILURE, GEAR, LEVEL, RELAY
from drivers.translation import _


class Observation:
    """One lamp at one look.

    Args:
        causes: of the alarms that are active, by type.
    """

    def __init__(self, lamp: LampConfig, view: LampView, causes: Mapping[str, str]) -> None:
        self.lamp, self.view, self.causes = lamp, view, causes

    @property
    def level(self) -> LampReading | None:
        return self.view.seen.get(LEVEL)

    @cached_property
    def ready_s(self) -> float:
        """The time from which on what the lamp does counts: it has warmed up and had time for what it was told."""
        return max(self.view.commanded_s, self.view.on_s) + self.lamp.warm_up_s

    @cached_property
    def steady_power(self) -> LampReading | None:
        """A power that belongs to a level that has lasted."""
        power = metered(self.lamp, self.view)
        ready_s = max(self.ready_s, self.view.level_s + self.lamp.warm_up_s)
        return power if power is not None and power.at_s >= ready_s else None

    def flag(self, form: type[DeclaredData], *quantities: str) -> Verdict | None:
        """What the device itself says; bad when one of the quantities is."""
        said = [(each, seen) for each in quantities if (seen := self.view.seen.get(each)) is not None]
        bad = [(each, seen) for each, seen in said if seen.value]
        for quantity, seen in bad or said:
            words = seen.detail or _("the device says {quantity}").format(quantity=quantity)
            return Verdict(form(bool(bad), words if bad else ""), seen.at_s, "device")
        return None


def failure(observation: Observation) -> Verdict | None:
    """The lamp should be lit and gives no light: the device says so, or it draws next to nothing.

    What was found by the power is over when the power is back, not when the device says that all is well.
    """
    device = observation.flag(LampFailure, FAILURE)
    if device is not None and device.bad:
        return device
    power, is_dark = observation.steady_power, dark(observation.lamp, observation.view)
    if power is not None and is_dark is not None:
        expected_w = observation.lamp.expected_w(observation.view.commanded_percent or 0.0) or 0.0
        words = _("draws {power:g} W, {expected:g} W expected")
        detail = words.format(power=power.value, expected=expected_w) if is_dark else ""
        told = LampFailure(is_dark, detail, power_w=power.value, expected_w=round(expected_w, 3))
        return Verdict(told, power.at_s, "power" if is_dark else "")
    return None if observation.causes.get(LAMP_FAILURE) == "power" else device


def dimming_failure(observation: Observation) -> Verdict | None:
    """The lamp was told to burn, and the level read back is another one."""
    level, commanded = observation.level, observation.view.commanded_percent
    if level is None or not commanded or level.at_s < observation.ready_s:
        return None
    off_by = abs(level.value - commanded) if level.value else 100.0
    if DIMMING_CLEAR_PERCENT < off_by <= DIMMING_SET_PERCENT:
        return None
    bad = off_by > DIMMING_SET_PERCENT
    words = _("is at {level:g} %, was told {commanded:g} %; check its limits and its wiring")
    detail = words.format(level=level.value, commanded=commanded) if bad else ""
    told = LampDimmingFailure(bad, detail, level_percent=level.value, commanded_percent=commanded)
    return Verdict(told, level.at_s)


def power_too_high(observation: Observation) -> Verdict | None:
    return _power(observation, 1, _("draws more than its level explains; check wattage_w or power_curve, and the lamp"))


def power_too_low(observation: Observation) -> Verdict | None:
    return _power(observation, -1, _("draws less than its level needs; check the lamp, and wattage_w or power_curve"))


def _power(observation: Observation, side: int, words: str) -> Verdict | None:
    """Compares the power with what is expected at the level that the lamp tells, or else at the level it was told."""
    lamp, power, level = observation.lamp, observation.steady_power, observation.level
    level_percent = level.value if level is not None else observation.view.commanded_percent
    expected_w = lamp.expected_w(level_percent or 0.0)
    if expected_w is None or power is None or not level_percent:
        return None
    tolerance_w = lamp.tolerance_w(level_percent)
    beyond_w = side * (power.value - expected_w)
    if POWER_CLEAR_SHARE * tolerance_w < beyond_w <= tolerance_w:
        return None
    bad = beyond_w > tolerance_w
    told = LampPower(
        bad,
        words if bad else "",
        power_w=power.value,
        expected_w=round(expected_w, 3),
        level_percent=level_percent,
    )
    return Verdict(told, power.at_s)


def unexpected_on(observation: Observation) -> Verdict | None:
    """The lamp was told to be off, and burns by its level, by what its gear says or by its power.

    While it should burn nobody can tell whether the fault is gone.
    """
    if observation.view.commanded_percent != 0:
        return None
    ready_s = observation.view.commanded_s + observation.lamp.warm_up_s
    drawn = _draws(observation, _("told to be off, but it draws {power:g} W"))
    lit = _burns(observation.level, _("told to be off, but its level is {level:g} %"))
    burns = _burns(observation.view.seen.get(POWER_ON), _("told to be off, but its gear says that it burns"))
    said = [each for each in (lit, burns, drawn) if each is not None and each.at_s >= ready_s]
    if bad := [each for each in said if each.bad]:
        return bad[0]
    untold = _can_draw(observation) and (drawn is None or drawn.at_s < ready_s)
    return None if untold else next(iter(said), None)


def _can_draw(observation: Observation) -> bool:
    return observation.lamp.wattage_w is not None and metered(observation.lamp, observation.view) is not None


def _burns(seen: LampReading | None, words: str) -> Verdict | None:
    if seen is None:
        return None
    detail = words.format(level=seen.value) if seen.value else ""
    return Verdict(LampNotOff(seen.value > 0, detail), seen.at_s)


def _draws(observation: Observation, words: str) -> Verdict | None:
    """Power in a lamp that should have none, and in words how much."""
    power, wattage_w = metered(observation.lamp, observation.view), observation.lamp.wattage_w
    if power is None or wattage_w is None:
        return None
    most_w = max(2 * STANDBY_W, UNEXPECTED_SHARE * wattage_w)
    if most_w / 2 < power.value <= most_w:
        return None
    bad = power.value > most_w
    told = LampNotOff(bad, words.format(power=power.value) if bad else "", power_w=power.value)
    return Verdict(told, power.at_s)


def relay_failure(observation: Observation) -> Verdict | None:
    """The device says so; or its switch is read back as off, and power still flows: the contact is stuck."""
    device = observation.flag(LampNotOff, RELAY)
    if device is not None:
        return device
    level = observation.level
    drawn = _draws(observation, _("the switch is off, but {power:g} W flow: its contact is stuck"))
    if not observation.lamp.switched or level is None or level.value > 0 or drawn is None:
        return None
    settled_s = max(observation.view.level_s, observation.view.commanded_s) + observation.lamp.warm_up_s
    return drawn if drawn.at_s >= settled_s else None


def cycling_failure(observation: Observation) -> Verdict | None:
    """The lamp goes out and comes back by itself while it should burn."""
    view = observation.view
    if len(view.drops) >= CYCLES:
        detail = _("went out {count} times in an hour by itself").format(count=len(view.drops))
        return Verdict(LampCyclingFailure(True, detail, times=len(view.drops)), view.lit_s)
    steady = bool(view.lit) and bool(view.commanded_percent) and view.lit_s - view.on_s >= CYCLE_WINDOW_S
    return Verdict(LampCyclingFailure(False, ""), view.lit_s) if steady else None


def gear_comm_failure(observation: Observation) -> Verdict | None:
    """The device says so; or it speaks, and tells no level: nothing is known of the gear behind it."""
    device = observation.flag(LampGearSilent, *GEAR)
    if device is not None and device.bad:
        return device
    view = observation.view
    if view.heard_s is None or view.waits_s is None:
        return None
    silent_s = view.heard_s - view.waits_s
    if silent_s > observation.lamp.holds_s:
        detail = _("the controller answers, but tells no level; check the control gear and its address")
        return Verdict(LampGearSilent(True, detail, silent_s=round(silent_s, 1)), view.heard_s)
    return None if observation.level is None else Verdict(LampGearSilent(False, ""), observation.level.at_s)


FaultCondition = Callable[[Observation], Verdict | None]

FAULT_CONDITIONS: dict[str, FaultCondition] = {
    LAMP_FAILURE: failure,
    LAMP_DIMMING_FAILURE: dimming_failure,
    LAMP_POWER_TOO_HIGH: power_too_high,
    LAMP_POWER_TOO_LOW: power_too_low,
    LAMP_CYCLING_FAILURE: cycling_failure,
    LAMP_UNEXPECTED_ON: unexpected_on,
    LAMP_RELAY_FAILURE: relay_failure,
    LAMP_CONTROL_GEAR_COMM_FAILURE: gear_comm_failure,
}

KNOWN: dict[str, tuple[str, ...]] = {
    LAMP_FAILURE: (FAILURE,),
    LAMP_RELAY_FAILURE: (RELAY,),
    LAMP_CONTROL_GEAR_COMM_FAILURE: GEAR,
}
"""What a device says itself, and is judged with the rest by its name: declared once more it is no other fault."""
