"""What is told of meters when something is wrong with what they measure."""

from typing import Literal

from agent.events import Priority
from agent.events.alarms import AlarmData
from agent.events.registry import event_type

METER_SUPPLY_VOLTAGE_TOO_HIGH = "meter.supply_voltage_too_high"
METER_SUPPLY_VOLTAGE_TOO_LOW = "meter.supply_voltage_too_low"
METER_SUPPLY_LOSS = "meter.supply_loss"

PhaseName = Literal["l1", "l2", "l3"]


@event_type(METER_SUPPLY_VOLTAGE_TOO_HIGH, METER_SUPPLY_VOLTAGE_TOO_LOW, METER_SUPPLY_LOSS, priority=Priority.ALARM)
class MeterSupply(AlarmData, frozen=True):
    """A voltage of a meter is too high, too low or gone, or no longer (TALQ 2.7.1, electrical meter function).

    Args:
        phase: null: the meter has one.
        nominal_v: that it should have.
    """

    phase: PhaseName | None
    voltage_v: float
    nominal_v: float
