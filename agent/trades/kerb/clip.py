"""`lamppost kerb CLIP`: a video file through the camera's pipeline, its stays on standard output."""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.config.schema import Config
from agent.regulation import RuleOptions, may_be_exempt, rule_of
from agent.trades.kerb.tables import KerbTables
from drivers.camera.annotate import Annotated
from drivers.camera.clip import ClipStay, analyse
from drivers.camera.errors import CameraError
from drivers.camera.files import Tally
from drivers.camera.source import is_file
from drivers.camera.vehicle_size import LEAST_VEHICLE_PX, VehicleSizes, remedy
from drivers.options import without_passwords
from drivers.translation import _


def run(
    source: str, config: Config, config_file: Path, *, camera: str | None, jsonl: bool, annotate: Path | None = None
) -> int:
    """0: the clip was read to its end, though frames of it may be damaged, which is said; 1: it could not be."""
    tally, sizes = Tally(), VehicleSizes()
    try:
        name = _camera(config, camera, config_file)
        for rule, stay in _seen(_clip(source), config, name, annotate, tally=tally, sizes=sizes):
            _print(_stay(stay, rule), jsonl or not sys.stdout.isatty())
    except (CameraError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if tally.lacking:
        words = _("{source}: {lacking} of {all} frames are damaged or missing; these were not looked at")
        print(words.format(source=source, lacking=tally.lacking, all=tally.whole), file=sys.stderr)
    _tell_sizes(sizes)
    return 0


def _tell_sizes(sizes: VehicleSizes) -> None:
    seen = _(
        "{zone}: vehicles in it are about {px:.0f} px on their shorter side, too small to be seen surely: {remedy}"
    )
    unseen = _(
        "{zone}: no vehicle was seen in it, and it is {px:.0f} px on its shorter side: vehicles of less than {least} "
        "px are missed: {remedy}"
    )
    for zone, small in sizes.too_small().items():
        words = seen if small.was_seen else unseen
        print(words.format(zone=zone, px=small.px, least=LEAST_VEHICLE_PX, remedy=remedy()), file=sys.stderr)


def _clip(source: str) -> Path:
    """Raises ValueError for a camera: nothing of a live picture is looked at from here, or written."""
    if not is_file(source):
        what = _("{source}: a live camera; `lamppost kerb` reads video files")
        raise ValueError(what.format(source=without_passwords(source)))
    return Path(source)


def _seen(
    clip: Path, config: Config, camera: str, annotate: Path | None, *, tally: Tally, sizes: VehicleSizes
) -> Iterator[tuple[RuleOptions, ClipStay]]:
    """Each stay with what holds in its zone. Raises CameraError."""
    tables = config.of(KerbTables)
    zones = {zone: options for zone, options in tables.zone.items() if options.camera == camera}
    models_dir = Path(config.pole.models_dir)
    rules = {zone: rule_of(options, tables.rule) for zone, options in zones.items()}
    limits_s = {zone: _limit_s(rule) for zone, rule in rules.items()}
    drawn = Annotated(clip, annotate, limits_s, tables.camera[camera].largest_picture) if annotate else None
    whole = False
    try:
        show = drawn.add if drawn else None
        for stay in analyse(clip, tables.camera[camera], zones, models_dir, show=show, tally=tally, sizes=sizes):
            yield rules[stay.zone], stay
        whole = True
    finally:
        if drawn:
            drawn.close(whole)


def _camera(config: Config, wanted: str | None, config_file: Path) -> str:
    """Raises ValueError when it is not clear which camera's zones are meant."""
    cameras = config.of(KerbTables).camera
    if not cameras:
        what = _("no [camera.NAME] in {file}: a clip is looked at through the zones of a camera")
        raise ValueError(what.format(file=config_file))
    if wanted is None and len(cameras) == 1:
        return next(iter(cameras))
    if wanted in cameras:
        return wanted
    what = _("the configuration has no [camera.{name}]; it has: {names}")
    if wanted is None:
        what = _("say with --camera whose zones to use; the configuration has: {names}")
    raise ValueError(what.format(name=wanted, names=", ".join(cameras)))


def _limit_s(rule: RuleOptions) -> float:
    """Returns the limit of a rule, s; infinite where the rule has none."""
    return math.inf if rule.limit_s is None else float(rule.limit_s)


def _stay(seen: ClipStay, rule: RuleOptions) -> dict[str, Any]:
    """Seconds from the start of the clip; left_s None: it still stands there at the end.

    The limit is taken to hold all the time: the clip tells neither its hours and orders nor what stood beside the zone.
    """
    exempt = may_be_exempt(rule.exempt_classes, seen.stay.vehicle)
    overstay_at_s = None if exempt else seen.overstay_at_s(_limit_s(rule))
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
    left = _("stands there still") if stay["left_s"] is None else _("left at {at_s:.1f} s").format(at_s=stay["left_s"])
    over_s = stay["overstay_at_s"]
    over = "" if over_s is None else _(", over its limit from {at_s:.1f} s").format(at_s=over_s)
    words = _("{zone}: came at {at_s:.1f} s, {left}{over}")
    print(words.format(zone=stay["zone"], at_s=stay["entered_s"], left=left, over=over), flush=True)
