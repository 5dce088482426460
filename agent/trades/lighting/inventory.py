"""Lighting's share of the inventory of the pole."""

from msgspec import Struct

from agent.events.inventory import Profiled
from agent.trades.lighting.tables import LightingTables


class LightingInventory(Struct, frozen=True):
    """Lamps."""

    lamps: dict[str, Profiled]


def inventory(tables: LightingTables) -> LightingInventory:
    return LightingInventory({name: Profiled(lamp.line, lamp.profile) for name, lamp in tables.lamp.items()})
