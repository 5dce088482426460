"""What is told of lamps. The alarms and their meanings are TALQ's (2.7.1)."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.declared import DeclaredData
from agent.events import Data, Priority
from agent.events.registry import Count, Day, Percent, Seconds, event_type

LAMP_LEVEL = "lamp.level"
LAMP_FAILURE = "lamp.failure"
LAMP_DIMMING_FAILURE = "lamp.dimming_failure"
LAMP_POWER_TOO_HIGH = "lamp.power_too_high"
LAMP_POWER_TOO_LOW = "lamp.power_too_low"
LAMP_CYCLING_FAILURE = "lamp.cycling_failure"
LAMP_UNEXPECTED_ON = "lamp.unexpected_on"
LAMP_RELAY_FAILURE = "lamp.relay_failure"
LAMP_CONTROL_GEAR_COMM_FAILURE = "lamp.control_gear_comm_failure"
LAMP_SUPPLY_LOSS = "lamp.supply_loss"
LAMP_ENERGY = "lamp.energy"

LAMP_DECLARED = (
    "lamp.absolute_power_too_high", "lamp.absolute_power_too_low", "lamp.power_factor_too_low", "lamp.high_temperature",
    "lamp.supply_voltage_too_high", "lamp.supply_voltage_too_low", "lamp.contactor_error", "lamp.leakage_detected",
    "lamp.current_too_high", "lamp.current_too_low", "lamp.voltage_too_high", "lamp.voltage_too_low",
)  # fmt: skip
"""What is told of a lamp only where a profile or the configuration declares it."""

Source = Literal["measured", "estimated"]
Reason = Literal["default", "override", "sensor", "program"]


@event_type(LAMP_LEVEL, priority=Priority.EVENT)
class LampLevel(Data, frozen=True):
    """The level of a lamp has changed; at the end of a ramp, not at its steps.

    Args:
        level_percent: as read back; null: not known.
        commanded_percent: as ordered.
        reason: what decides it; "sensor": presence or photocell, never which.
        colour_temperature_k: of a lamp that is told one, as read back; null: not known, or the lamp is off.
        commanded_colour_temperature_k: likewise, as ordered; null: the lamp is off.
    """

    level_percent: Percent | None
    commanded_percent: Percent
    reason: Reason
    colour_temperature_k: float | UnsetType | None = UNSET
    commanded_colour_temperature_k: float | UnsetType | None = UNSET


@event_type(LAMP_FAILURE, priority=Priority.ALARM)
class LampFailure(DeclaredData, frozen=True):
    """A lamp should burn and gives no light: it says so, or draws next to nothing.

    Args:
        power_w: where it was judged by its power.
    """

    power_w: float | UnsetType = UNSET
    expected_w: float | UnsetType = UNSET


@event_type(LAMP_DIMMING_FAILURE, priority=Priority.ALARM)
class LampDimmingFailure(DeclaredData, frozen=True):
    """The level read back is not the one ordered.

    Args:
        level_percent, commanded_percent: where it was judged by its level.
    """

    level_percent: Percent | UnsetType = UNSET
    commanded_percent: Percent | UnsetType = UNSET


@event_type(LAMP_POWER_TOO_HIGH, LAMP_POWER_TOO_LOW, priority=Priority.ALARM)
class LampPower(DeclaredData, frozen=True):
    """A lamp draws more, or less, than its level explains.

    Args:
        power_w, expected_w, level_percent: where it was judged by its power.
    """

    power_w: float | UnsetType = UNSET
    expected_w: float | UnsetType = UNSET
    level_percent: Percent | UnsetType = UNSET


@event_type(LAMP_CYCLING_FAILURE, priority=Priority.ALARM)
class LampCyclingFailure(DeclaredData, frozen=True):
    """A lamp goes out and comes back by itself.

    Args:
        times: how often within an hour; absent when it ends.
    """

    times: Count | UnsetType = UNSET


@event_type(LAMP_UNEXPECTED_ON, LAMP_RELAY_FAILURE, priority=Priority.ALARM)
class LampNotOff(DeclaredData, frozen=True):
    """A lamp burns that was told to be off; or its switch is off and power flows, or the device says so.

    Args:
        power_w: where it was judged by its power.
    """

    power_w: float | UnsetType = UNSET


@event_type(LAMP_CONTROL_GEAR_COMM_FAILURE, priority=Priority.ALARM)
class LampGearSilent(DeclaredData, frozen=True):
    """A controller answers and tells no level, or reports its gear as failed.

    Args:
        silent_s: how long it has told no level, where that is why.
    """

    silent_s: Seconds | UnsetType = UNSET


@event_type(*LAMP_DECLARED, priority=Priority.ALARM)
class LampFault(DeclaredData, frozen=True):
    """A lamp tells of a fault that its profile or the configuration declares, or of its end."""


@event_type(LAMP_SUPPLY_LOSS, priority=Priority.ALARM)
class LampSupplyLoss(DeclaredData, frozen=True):
    """A lamp was without supply: its controller started anew, or forgot its level. It ends after an hour without.

    Args:
        count: how often, since the pole watches the lamp.
    """

    count: Count | UnsetType = UNSET


@event_type(LAMP_ENERGY, priority=Priority.EVENT)
class LampEnergy(Data, frozen=True):
    """Each morning at 10:00 local time, of the night that ended.

    Args:
        night: date of its evening; null: begun before the clock was set.
        saving_percent: against full power from sunset to sunrise; null: not known.
        source: null: neither measured nor estimated.
        unseen_s: how much of the day the lamp was not seen; null: not known.
        operating_hours, switch_on_count: totals: of the device where it counts, else since the pole watches it.
        supply_loss_count: how often it was without supply, since the pole watches it.
    """

    night: Day | None
    energy_kwh: float | None
    saving_percent: float | None
    burning_hours: float
    switch_ons: Count
    source: Source | None
    unseen_s: Seconds | None
    operating_hours: float
    switch_on_count: Count
    supply_loss_count: Count


FORMS: dict[str, type[DeclaredData]] = {
    LAMP_FAILURE: LampFailure,
    LAMP_DIMMING_FAILURE: LampDimmingFailure,
    LAMP_POWER_TOO_HIGH: LampPower,
    LAMP_POWER_TOO_LOW: LampPower,
    LAMP_CYCLING_FAILURE: LampCyclingFailure,
    LAMP_UNEXPECTED_ON: LampNotOff,
    LAMP_RELAY_FAILURE: LampNotOff,
    LAMP_CONTROL_GEAR_COMM_FAILURE: LampGearSilent,
    LAMP_SUPPLY_LOSS: LampSupplyLoss,
    **dict.fromkeys(LAMP_DECLARED, LampFault),
}
"""What tells of each alarm that can be declared."""
