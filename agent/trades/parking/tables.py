"""The tables of the configuration file that are parking's."""

from typing import ClassVar

from msgspec import field

from agent.regulation import RuleOptions
from agent.trades.parking.options import BayOptions, ParkingOptions
from agent.trades.parking.sensor_health import SensorHealthOptions
from drivers.options import Id, Options
from drivers.registry import SensorOptions


class ParkingTables(Options, frozen=True):
    """Sensors, bays and their orders."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("sensor", "bay")

    sensor_health: SensorHealthOptions = SensorHealthOptions()
    sensor: dict[Id, SensorOptions] = field(default_factory=dict)
    parking: ParkingOptions = ParkingOptions()
    rule: dict[Id, RuleOptions] = field(default_factory=dict)
    bay: dict[Id, BayOptions] = field(default_factory=dict)
