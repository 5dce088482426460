"""The kerb's share of the inventory and of the state of the pole."""

from pathlib import Path

from msgspec import Struct

from agent.clock import Moment
from agent.config.schema import Config
from agent.regulation import rule_of
from agent.regulation.legal_mode import LegalMode
from agent.trades.kerb import legal_mode
from agent.trades.kerb.options import ZoneOptions
from agent.trades.kerb.tables import KerbTables
from drivers.camera.errors import ModelError
from drivers.camera.options import CameraOptions


class InventoryZone(Struct, frozen=True):
    """A zone of the inventory.

    Args:
        rule: name of its rule; null: its own keys.
    """

    camera: str
    category: str
    rule: str | None


class InventoryCamera(Struct, frozen=True):
    """A camera of the inventory, with the model of its detector.

    Args:
        sha256: of the weights, as the manifest has it; null: it has no such model.
        own: the model is the operator's own, and does not come with lamppost.
    """

    model: str
    sha256: str | None
    own: bool


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


def inventory(tables: KerbTables, models_dir: Path) -> KerbInventory:
    return KerbInventory(
        zones={name: _zone(tables, zone) for name, zone in tables.zone.items()},
        cameras={name: _camera(camera, models_dir) for name, camera in tables.camera.items()},
    )


def _camera(camera: CameraOptions, models_dir: Path) -> InventoryCamera:
    from drivers.camera.models import find  # which a pole without a camera does not need

    try:
        entry = find(models_dir, camera.model)
    except ModelError:
        return InventoryCamera(camera.model, None, False)
    return InventoryCamera(camera.model, entry.model.sha256, entry.own)


def _zone(tables: KerbTables, zone: ZoneOptions) -> InventoryZone:
    return InventoryZone(camera=zone.camera, category=rule_of(zone, tables.rule).category, rule=zone.rule)


def facts(config: Config, now: Moment) -> KerbFacts:
    return KerbFacts(legal_mode.mode(config.of(KerbTables).kerb, now, config.pole.timezone).mode)
