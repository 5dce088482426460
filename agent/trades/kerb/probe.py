"""Cameras, asked for one picture."""

from collections.abc import Awaitable, Mapping
from pathlib import Path

from agent.trades.kerb.tables import KerbTables
from agent.trades.probing import ProbeContext, first_reading
from drivers.camera.driver import CameraDriver
from drivers.camera.options import CameraOptions
from drivers.errors import NoAnswer
from drivers.translation import _


def probe(context: ProbeContext) -> Mapping[str, Awaitable[str]]:
    tables = context.config.of(KerbTables)
    return {name: _camera(context, tables, name, options) for name, options in tables.camera.items()}


async def _camera(context: ProbeContext, tables: KerbTables, name: str, options: CameraOptions) -> str:
    """What it says of its first picture. Raises DeviceError."""
    zones = {zone: shape for zone, shape in tables.zone.items() if shape.camera == name}
    reading = await first_reading(CameraDriver(name, options, zones, Path(context.config.pole.models_dir)))
    if reading.value == "no_picture":
        raise NoAnswer(name, reading.detail)
    return _("its model runs, its zones fit the picture") + ("" if reading.value == "ok" else f": {reading.value}")
