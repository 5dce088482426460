"""What is told of a sensor of any trade that is at fault."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.events import Priority
from agent.events.alarms import AlarmData
from agent.events.registry import event_type

SENSOR_FAULT = "sensor.fault"


@event_type(SENSOR_FAULT, priority=Priority.ALARM)
class SensorFault(AlarmData, frozen=True):
    """A sensor is broken by its own word, cannot see what it is there for, or tells what cannot be; or no longer.

    Args:
        kind: "reported": it says so; "obstructed": it measures what is nearer than any roof of a vehicle: snow, a leaf,
            a nest; "out_of_range": nothing measures such a value; "saturated": it is at the end of what it can
            measure; "jump": it changed faster than it can; "stuck": it does not change any more.
        quantity: which of its quantities; absent: it is the sensor as a whole.
    """

    kind: Literal["reported", "obstructed", "out_of_range", "saturated", "jump", "stuck"]
    quantity: str | UnsetType = UNSET
