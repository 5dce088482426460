"""The kerb's share of the inventory and of the state of the pole."""

from msgspec import Struct

from agent.clock import Moment
from agent.config.schema import Config
from agent.regulation import rule_of
from agent.regulation.legal_mode import LegalMode
from agent.trades.kerb import legal_mode
from agent.trades.kerb.options import ZoneOptions
from agent.trades.kerb.tables import KerbTables


class InventoryZone(Struct, frozen=True):
    """A zone of the inventory.

    Args:
        rule: name of its rule; null: its own keys.
    """

    camera: str
    category: str
    rule: str | None


class InventoryCamera(Struct, frozen=True):
    """A camera of the inventory, with the model of its detector."""

    model: str


class KerbInventory(Struct, frozen=True):
    """Zones and cameras."""

    zones: dict[str, InventoryZone]
    cameras: dict[str, InventoryCamera]


class KerbFacts(Struct, frozen=True):
    """The mode.

    Args:
        kerb_mode: the legal mode of its cameras.
    """

    kerb_mode: LegalMode


def inventory(tables: KerbTables) -> KerbInventory:
    return KerbInventory(
        zones={name: _zone(tables, zone) for name, zone in tables.zone.items()},
        cameras={name: InventoryCamera(camera.model) for name, camera in tables.camera.items()},
    )


def _zone(tables: KerbTables, zone: ZoneOptions) -> InventoryZone:
    return InventoryZone(camera=zone.camera, category=rule_of(zone, tables.rule).category, rule=zone.rule)


def facts(config: Config, now: Moment) -> KerbFacts:
    return KerbFacts(legal_mode.mode(config.of(KerbTables).kerb, now, config.pole.timezone).mode)
