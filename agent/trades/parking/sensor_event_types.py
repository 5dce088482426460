"""What is told of parking sensors when something is wrong with them."""

from msgspec import UNSET, UnsetType

from agent.events import Priority
from agent.events.alarms import AlarmData
from agent.events.registry import Count, Percent, event_type

SENSOR_BATTERY_LOW = "sensor.battery_low"
SENSOR_TILTED = "sensor.tilted"
SENSOR_STUCK = "sensor.stuck"
SENSOR_FLAPPING = "sensor.flapping"


@event_type(SENSOR_TILTED, SENSOR_STUCK, priority=Priority.ALARM)
class SensorAlarm(AlarmData, frozen=True):
    """A parking sensor hangs askew, or says what does not change any more; or no longer."""


@event_type(SENSOR_BATTERY_LOW, priority=Priority.ALARM)
class SensorBatteryLow(AlarmData, frozen=True):
    """The battery of a parking sensor is low, or no longer.

    Args:
        battery_percent: where the sensor tells it.
    """

    battery_percent: Percent | UnsetType = UNSET


@event_type(SENSOR_FLAPPING, priority=Priority.ALARM)
class SensorFlapping(AlarmData, frozen=True):
    """What a parking sensor says changes all the time, or no longer.

    Args:
        changes: within an hour.
    """

    changes: Count
