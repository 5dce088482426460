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


class InventoryZoneModel(Struct, frozen=True):
    """The model that is asked before the detector.

    Args:
        sha256: of its weights, as the manifest has them, those that are asked first first.
    """

    name: str
    sha256: tuple[str, ...]


class InventoryCamera(Struct, frozen=True):
    """A camera of the inventory, with the models by which it sees.

    Args:
        model: of the detector.
        sha256: of its weights, as the manifest has it; null: it has no such model.
        own: the model is the operator's own, and does not come with lamppost.
        zone_model: null: it is off, or its weights are not there, and the detector sees alone.
    """

    model: str
    sha256: str | None
    own: bool
    zone_model: InventoryZoneModel | None


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
    from drivers.camera.models import find, in_use  # which a pole without a camera does not need

    zone_model = _zone_model(camera, models_dir)
    try:
        entry = find(models_dir, camera.model)
        used, _found = in_use(models_dir, entry.model)
    except ModelError:
        return InventoryCamera(camera.model, None, False, zone_model)
    return InventoryCamera(camera.model, used.sha256, entry.own, zone_model)


def _zone_model(camera: CameraOptions, models_dir: Path) -> InventoryZoneModel | None:
    from drivers.camera.zone_weights import table

    if camera.zone_model == "off":
        return None
    try:
        known = table()
    except ModelError:
        return None
    there = all((models_dir / each.file).is_file() for each in known.files)
    return InventoryZoneModel(known.name, tuple(each.sha256 for each in known.files)) if there else None


def _zone(tables: KerbTables, zone: ZoneOptions) -> InventoryZone:
    return InventoryZone(camera=zone.camera, category=rule_of(zone, tables.rule).category, rule=zone.rule)


def facts(config: Config, now: Moment) -> KerbFacts:
    return KerbFacts(legal_mode.mode(config.of(KerbTables).kerb, now, config.pole.timezone).mode)
