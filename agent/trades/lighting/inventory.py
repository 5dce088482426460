"""Lighting's share of the inventory of the pole."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from agent.events.pole import Profiled
from agent.trades.lighting.tables import LightingTables


class LightingInventory(Struct, frozen=True):
    """Lamps."""

    lamps: dict[str, Profiled]


def inventory(tables: LightingTables) -> Mapping[str, Any]:
    return {"lamps": {name: {"line": lamp.line, "profile": lamp.profile} for name, lamp in tables.lamp.items()}}
