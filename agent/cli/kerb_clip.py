"""`lamppost kerb CLIP`: a video file through the camera's pipeline, its stays on standard output."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.configuration import Config, load
from agent.trades.kerb import ZoneOptions
from agent.trades.kerb.tables import KerbTables
from drivers.camera.annotate import Annotated
from drivers.camera.clip import ClipStay, analyse
from drivers.camera.errors import CameraError
from drivers.camera.files import Tally
from drivers.camera.source import is_file
from drivers.options import without_passwords


def run(source: str, config_file: Path, camera: str | None, jsonl: bool, annotate: Path | None = None) -> int:
    """0: the clip was read to its end, though frames of it may be damaged, which is said; 1: it could not be.

    Raises ConfigError.
    """
    config, tally = load(config_file), Tally()
    try:
        name = _camera(config, camera, config_file)
        for zone, stay in _seen(_clip(source), config, name, annotate, tally):
            _print(_stay(stay, zone), jsonl or not sys.stdout.isatty())
    except (CameraError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if tally.lacking:
        lacking = f"{tally.lacking} of {tally.whole} frames are damaged or missing"
        print(f"{source}: {lacking}; these were not looked at", file=sys.stderr)
    return 0


def _clip(source: str) -> Path:
    """Raises ValueError for a camera: nothing of a live picture is looked at from here, or written."""
    if not is_file(source):
        raise ValueError(f"{without_passwords(source)}: a live camera; `lamppost kerb` reads video files")
    return Path(source)


def _seen(
    clip: Path, config: Config, camera: str, annotate: Path | None, tally: Tally
) -> Iterator[tuple[ZoneOptions, ClipStay]]:
    """Raises CameraError."""
    zones = {zone: options for zone, options in config.of(KerbTables).zone.items() if options.camera == camera}
    models_dir = Path(config.pole.models_dir)
    limits_s = {zone: float(options.limit_s) for zone, options in zones.items()}
    drawn = Annotated(clip, annotate, limits_s) if annotate else None
    whole = False
    try:
        show = drawn.add if drawn else None
        for stay in analyse(clip, config.of(KerbTables).camera[camera], zones, models_dir, show=show, tally=tally):
            yield zones[stay.zone], stay
        whole = True
    finally:
        if drawn:
            drawn.close(whole)


def _camera(config: Config, wanted: str | None, config_file: Path) -> str:
    """Raises ValueError when it is not clear which camera's zones are meant."""
    if not config.of(KerbTables).camera:
        raise ValueError(f"no [camera.NAME] in {config_file}: a clip is looked at through the zones of a camera")
    known = ", ".join(config.of(KerbTables).camera)
    if wanted is None and len(config.of(KerbTables).camera) == 1:
        return next(iter(config.of(KerbTables).camera))
    if wanted is None:
        raise ValueError(f"say with --camera whose zones to use; the configuration has: {known}")
    if wanted not in config.of(KerbTables).camera:
        raise ValueError(f"the configuration has no [camera.{wanted}]; it has: {known}")
    return wanted


def _stay(seen: ClipStay, zone: ZoneOptions) -> dict[str, Any]:
    """Seconds from the start of the clip; left_s None: it still stands there at the end.

    The limit is taken to hold all the time: the clip tells neither its hours nor what stood beside the zone.
    """
    exempt = seen.stay.vehicle in zone.exempt_classes
    overstay_at_s = None if exempt else seen.overstay_at_s(zone.limit_s)
    return {
        "zone": seen.zone,
        "entered_s": round(seen.stay.entered_s, 2),
        "left_s": None if seen.stay.left_s is None else round(seen.stay.left_s, 2),
        "overstay_at_s": None if overstay_at_s is None else round(overstay_at_s, 2),
    }


def _print(stay: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(stay), flush=True)
        return
    left = "stands there still" if stay["left_s"] is None else f"left at {stay['left_s']:.1f} s"
    over = "" if stay["overstay_at_s"] is None else f", over its limit from {stay['overstay_at_s']:.1f} s"
    print(f"{stay['zone']}: came at {stay['entered_s']:.1f} s, {left}{over}", flush=True)
