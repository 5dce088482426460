"""Metering's share of the inventory of the pole."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from agent.events.pole import Profiled
from agent.trades.metering.tables import MeteringTables


class MeteringInventory(Struct, frozen=True):
    """Meters."""

    meters: dict[str, Profiled]


def inventory(tables: MeteringTables) -> Mapping[str, Any]:
    return {"meters": {name: {"line": meter.line, "profile": meter.profile} for name, meter in tables.meter.items()}}
