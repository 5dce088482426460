"""Parking's share of the inventory of the pole."""

from collections.abc import Mapping

from msgspec import Struct

from agent.events.inventory import OfKind
from agent.regulation import rule_of
from agent.trades.parking.options import BayOptions
from agent.trades.parking.tables import ParkingTables
from drivers.options import kind_of


class InventoryBay(Struct, frozen=True):
    """A bay of the inventory.

    Args:
        sensor: what decides it.
        also: further sources.
        rule: name of its rule; null: its own keys.
        group: that it is counted in; null: none.
    """

    sensor: str
    also: tuple[str, ...]
    category: str
    rule: str | None
    group: str | None


class ParkingInventory(Struct, frozen=True):
    """Sensors and bays."""

    sensors: dict[str, OfKind]
    bays: dict[str, InventoryBay]


def inventory(tables: ParkingTables, groups: Mapping[str, str | None]) -> ParkingInventory:
    return ParkingInventory(
        sensors={name: OfKind(kind_of(sensor)) for name, sensor in tables.sensor.items()},
        bays={name: _bay(tables, bay, groups[name]) for name, bay in tables.bay.items()},
    )


def _bay(tables: ParkingTables, bay: BayOptions, group: str | None) -> InventoryBay:
    category = rule_of(bay, tables.rule).category
    return InventoryBay(sensor=bay.sensor, also=bay.also, category=category, rule=bay.rule, group=group)
