"""What is told of parking sensors and meters when something is wrong with them, or with what they measure."""

from typing import Literal

from msgspec import UnsetType

from agent.events import (
    METER_SUPPLY_LOSS,
    METER_SUPPLY_VOLTAGE_TOO_HIGH,
    METER_SUPPLY_VOLTAGE_TOO_LOW,
    SENSOR_BATTERY_LOW,
    SENSOR_FAULT,
    SENSOR_FLAPPING,
    SENSOR_STUCK,
    SENSOR_TILTED,
    Priority,
)
from agent.events.registry import UNSET, Count, Data, Percent, event_type


class Alarm(Data, frozen=True):
    """Something is wrong, or no longer.

    Args:
        active: true when it begins, false when it ends.
        detail: words for a technician.
    """

    active: bool
    detail: str


@event_type(SENSOR_TILTED, SENSOR_FAULT, SENSOR_STUCK, priority=Priority.ALARM)
class SensorAlarm(Alarm, frozen=True):
    """A parking sensor hangs askew, is broken by its own word, or says what does not change any more; or no longer."""


@event_type(SENSOR_BATTERY_LOW, priority=Priority.ALARM)
class SensorBatteryLow(Alarm, frozen=True):
    """The battery of a parking sensor is low, or no longer.

    Args:
        battery_percent: where the sensor tells it.
    """

    battery_percent: Percent | UnsetType = UNSET


@event_type(SENSOR_FLAPPING, priority=Priority.ALARM)
class SensorFlapping(Alarm, frozen=True):
    """What a parking sensor says changes all the time, or no longer.

    Args:
        changes: within an hour.
    """

    changes: Count


@event_type(METER_SUPPLY_VOLTAGE_TOO_HIGH, METER_SUPPLY_VOLTAGE_TOO_LOW, METER_SUPPLY_LOSS, priority=Priority.ALARM)
class MeterSupply(Alarm, frozen=True):
    """A voltage of a meter is too high, too low or gone, or no longer (TALQ 2.7.1, electrical meter function).

    Args:
        phase: null: the meter has one.
        nominal_v: that it should have.
    """

    phase: Literal["l1", "l2", "l3"] | None
    voltage_v: float
    nominal_v: float
