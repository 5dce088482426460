"""The tables of the configuration file that are parking's."""

from collections.abc import Mapping
from typing import ClassVar

from msgspec import field

from agent.config.schema import Config
from agent.regulation import RuleOptions
from agent.trades.parking.options import BayOptions, ParkingOptions
from agent.trades.parking.sensors.sensor_health import SensorHealthOptions
from drivers.options import Id, Options
from drivers.registry import SensorOptions


class ParkingTables(Options, frozen=True):
    """Sensors, bays and their orders."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("sensor", "bay")
    GROUPS: ClassVar[Mapping[str, str]] = {"parking": "bay"}

    sensor_health: SensorHealthOptions = SensorHealthOptions()
    sensor: dict[Id, SensorOptions] = field(default_factory=dict)
    parking: ParkingOptions = ParkingOptions()
    rule: dict[Id, RuleOptions] = field(default_factory=dict)
    bay: dict[Id, BayOptions] = field(default_factory=dict)


def groups_of_bays(config: Config) -> dict[str, str | None]:
    """Returns, for each bay, the name of the group that it is counted in; None: none."""
    counted = {bay: name for name, group in config.groups("parking").items() for bay in group.members}
    return {bay: counted.get(bay) for bay in config.of(ParkingTables).bay}
