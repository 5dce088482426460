"""What is told of lamps. The alarms and their meanings are TALQ's (2.7.1)."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.events import Data, Priority
from agent.events.alarms import AlarmData
from agent.events.registry import Count, Day, Percent, Seconds, event_type
from agent.trades.lighting.resolve import Reason

LAMP_LEVEL = "lamp.level"
LAMP_FAILURE = "lamp.failure"
LAMP_DIMMING_FAILURE = "lamp.dimming_failure"
LAMP_POWER_TOO_HIGH = "lamp.power_too_high"
LAMP_POWER_TOO_LOW = "lamp.power_too_low"
LAMP_CYCLING_FAILURE = "lamp.cycling_failure"
LAMP_UNEXPECTED_ON = "lamp.unexpected_on"
LAMP_RELAY_FAILURE = "lamp.relay_failure"
LAMP_CONTROL_GEAR_COMM_FAILURE = "lamp.control_gear_comm_failure"
LAMP_ENERGY = "lamp.energy"

Source = Literal["measured", "estimated"]


@event_type(LAMP_LEVEL, priority=Priority.EVENT)
class LampLevel(Data, frozen=True):
    """The level of a lamp has changed; at the end of a ramp, not at its steps.

    Args:
        level_percent: as read back; null: not known.
        commanded_percent: as ordered.
        reason: what decides it; "sensor": presence or photocell, never which.
    """

    level_percent: Percent | None
    commanded_percent: Percent
    reason: Reason


@event_type(LAMP_FAILURE, priority=Priority.ALARM)
class LampFailure(AlarmData, frozen=True):
    """A lamp should burn and gives no light: it says so, or draws next to nothing.

    Args:
        power_w: where it was judged by its power.
    """

    power_w: float | UnsetType = UNSET
    expected_w: float | UnsetType = UNSET


@event_type(LAMP_DIMMING_FAILURE, priority=Priority.ALARM)
class LampDimmingFailure(AlarmData, frozen=True):
    """The level read back is not the one ordered."""

    level_percent: Percent
    commanded_percent: Percent


@event_type(LAMP_POWER_TOO_HIGH, LAMP_POWER_TOO_LOW, priority=Priority.ALARM)
class LampPower(AlarmData, frozen=True):
    """A lamp draws more, or less, than its level explains."""

    power_w: float
    expected_w: float
    level_percent: Percent


@event_type(LAMP_CYCLING_FAILURE, priority=Priority.ALARM)
class LampCyclingFailure(AlarmData, frozen=True):
    """A lamp goes out and comes back by itself.

    Args:
        times: how often within an hour; absent when it ends.
    """

    times: Count | UnsetType = UNSET


@event_type(LAMP_UNEXPECTED_ON, LAMP_RELAY_FAILURE, priority=Priority.ALARM)
class LampNotOff(AlarmData, frozen=True):
    """A lamp burns that was told to be off; or its switch is off and power flows, or the device says so.

    Args:
        power_w: where it was judged by its power.
    """

    power_w: float | UnsetType = UNSET


@event_type(LAMP_CONTROL_GEAR_COMM_FAILURE, priority=Priority.ALARM)
class LampGearSilent(AlarmData, frozen=True):
    """A controller answers and tells no level, or reports its gear as failed.

    Args:
        silent_s: how long it has told no level, where that is why.
    """

    silent_s: Seconds | UnsetType = UNSET


@event_type(LAMP_ENERGY, priority=Priority.EVENT)
class LampEnergy(Data, frozen=True):
    """Each morning at 10:00 local time, of the night that ended.

    Args:
        night: date of its evening; null: begun before the clock was set.
        saving_percent: against full power from sunset to sunrise; null: not known.
        source: null: neither measured nor estimated.
        unseen_s: how much of the day the lamp was not seen; null: not known.
        operating_hours, switch_on_count: totals: of the device where it counts, else since the pole watches it.
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
