"""Metering's share of the inventory of the pole."""

from msgspec import Struct

from agent.events.inventory import Profiled
from agent.trades.metering.tables import MeteringTables


class MeteringInventory(Struct, frozen=True):
    """Meters."""

    meters: dict[str, Profiled]


def inventory(tables: MeteringTables) -> MeteringInventory:
    return MeteringInventory({name: Profiled(meter.line, meter.profile) for name, meter in tables.meter.items()})
