"""What is told of meters when something is wrong with what they measure."""

from typing import Literal

from agent.declared import DeclaredData
from agent.events import Data, Priority
from agent.events.alarms import AlarmData
from agent.events.registry import Count, Time, event_type

METER_SUPPLY_VOLTAGE_TOO_HIGH = "meter.supply_voltage_too_high"
METER_SUPPLY_VOLTAGE_TOO_LOW = "meter.supply_voltage_too_low"
METER_SUPPLY_LOSS = "meter.supply_loss"
METER_ENERGY = "meter.energy"

PhaseName = Literal["l1", "l2", "l3"]

_PHASES = ("phase1", "phase2", "phase3")
METER_DECLARED = (
    "meter.total_power_too_high", "meter.total_power_too_low", "meter.power_factor_too_low",
    *(f"meter.{phase}_power_factor_too_low" for phase in _PHASES),
    "meter.total_current_too_high", "meter.total_current_too_low", "meter.neutral_current_too_high",
    *(f"meter.{phase}_{what}_too_{side}" for phase in _PHASES for what in ("current", "active_power")
      for side in ("high", "low")),
)  # fmt: skip
"""What is told of a meter only where its profile or the configuration declares it."""


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


@event_type(*METER_DECLARED, priority=Priority.ALARM)
class MeterFault(DeclaredData, frozen=True):
    """A meter tells of a fault that its profile or the configuration declares, or of its end (TALQ 2.7.1)."""


@event_type(METER_ENERGY, priority=Priority.EVENT)
class MeterEnergy(Data, frozen=True):
    """What an energy counter of a meter gained in a period that is over, told with the first reading after it.

    Args:
        quantity: of the counter's readings.
        period: "gap": the time between two readings that reaches over the end of a period, told beside those; no hour,
            night, day or month that has only a part of it has any of its energy.
        begin, end: UTC.
        energy_kwh: what is known of it; null: nothing is.
        coverage_percent: share of the period of which the energy is in the figure.
        estimated_kwh: of it, what the counter showed in a jump that is too large for the connection.
        resets: times that the counter was set back or replaced, so that something is missing.
    """

    quantity: str
    period: Literal["hour", "night", "day", "month", "gap"]
    begin: Time
    end: Time
    energy_kwh: float | None
    coverage_percent: float
    estimated_kwh: float
    resets: Count
