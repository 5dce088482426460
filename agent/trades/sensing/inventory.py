"""Sensing's share of the inventory of the pole."""

from msgspec import Struct

from agent.trades.sensing.event_types import Standing
from agent.trades.sensing.tables import SensingTables


class InventoryStation(Struct, frozen=True):
    """A station of the inventory.

    Args:
        quantities: their units, by name.
    """

    standing: Standing
    quantities: dict[str, str]


class SensingInventory(Struct, frozen=True):
    """Stations."""

    stations: dict[str, InventoryStation]


def inventory(tables: SensingTables) -> SensingInventory:
    found = {
        name: InventoryStation(each.standing, {key: one.told_unit for key, one in each.quantity.items()})
        for name, each in tables.station.items()
    }
    return SensingInventory(found)
