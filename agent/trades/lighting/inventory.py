"""Lighting's share of the inventory of the pole."""

from msgspec import UNSET, Struct, UnsetType

from agent.trades.lighting.options import AnyLamp, LampOptions
from agent.trades.lighting.tables import LightingTables
from drivers.options import kind_of


class InventoryLamp(Struct, frozen=True):
    """A lamp of the inventory.

    Args:
        kind: of its device: "modbus", "gpio" where a line of a chip switches it, or "lorawan".
        line, profile: of one on a line, that and its register map.
    """

    kind: str
    line: str | UnsetType = UNSET
    profile: str | UnsetType = UNSET


class LightingInventory(Struct, frozen=True):
    """Lamps."""

    lamps: dict[str, InventoryLamp]


def inventory(tables: LightingTables) -> LightingInventory:
    return LightingInventory({name: _lamp(lamp) for name, lamp in tables.lamp.items()})


def _lamp(lamp: AnyLamp) -> InventoryLamp:
    if isinstance(lamp, LampOptions):
        return InventoryLamp(kind_of(lamp), lamp.line, lamp.profile)
    return InventoryLamp(kind_of(lamp))
