"""A busy street over RTSP: what a look costs, and the memory of the camera process while its detector is needed.

The staged clip `busy`, 25 pictures a second with a key frame each, is watched by three camera processes side by side,
so that what else the machine does touches all: as shipped; with the same detector alone; and with the detector alone
and its float16 weights, where these are there: what a look cost before there was a zone model and 8-bit numbers.
"""

import json
import shutil
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from drivers.camera.ipc import Alive
from drivers.camera.models import catalogue
from drivers.camera.options import CameraOptions, ZoneShape
from street.peer import Server, encoded
from street.process import MODELS, CameraProcess

WARM_S = 20.0
"""The time after which key frames alone are decoded, and the first looks are over."""

SIZE = (1280, 720)


def measure(vision: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """CPU and memory of each beside the others; where there is no such clip, that."""
    source = vision / "clips" / "busy.mp4"
    if not source.is_file():
        return {"skipped": f"{source}: not there"}
    clip = encoded(source, folder / "busy.mp4", 1 + round((WARM_S + seconds) / 240))
    zones = _zones(source.with_suffix(".json"))
    with Server(clip) as server, ExitStack() as running:
        cameras = {
            name: running.enter_context(CameraProcess(options, zones, models))
            for name, (options, models) in _configurations(server.url, folder).items()
        }
        rows = _watched(cameras, seconds)
    before_ms = rows["before" if "before" in rows else "detector_alone"]["cpu_ms_a_look"]
    return {**rows, "shipped_over_before": round(rows["shipped"]["cpu_ms_a_look"] / before_ms, 3)}


def _watched(cameras: dict[str, CameraProcess], seconds: float) -> dict[str, Any]:
    time.sleep(WARM_S)
    then = {name: (camera.cpu_s, camera.alive[-1]) for name, camera in cameras.items()}
    rss_mb: dict[str, list[float]] = {name: [] for name in cameras}
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        time.sleep(1.0)
        for name, camera in cameras.items():
            rss_mb[name].append(round(camera.rss_mb, 1))
    return {name: _row(camera, *then[name], rss_mb[name]) for name, camera in cameras.items()}


def _configurations(url: str, folder: Path) -> dict[str, tuple[CameraOptions, Path]]:
    options = CameraOptions(source=url, picture=SIZE)
    alone = CameraOptions(source=url, picture=SIZE, zone_model="off")
    float16 = MODELS / catalogue(MODELS)[options.model].model.file
    if not float16.is_file():
        return {"shipped": (options, MODELS), "detector_alone": (alone, MODELS)}
    plain = folder / "float16"
    plain.mkdir()
    shutil.copy(float16, plain)
    return {"shipped": (options, MODELS), "detector_alone": (alone, MODELS), "before": (alone, plain)}


def _zones(truth: Path) -> dict[str, ZoneShape]:
    zones = json.loads(truth.read_text())["zones"]
    return {one["id"]: ZoneShape(camera="bench", polygon=tuple((x, y) for x, y in one["polygon"])) for one in zones}


def _row(camera: CameraProcess, cpu_s: float, then: Alive, rss_mb: list[float]) -> dict[str, Any]:
    now = camera.alive[-1]
    looks = max(1, now.analysed - then.analysed)
    return {
        "looks": looks,
        "cpu_ms_a_look": round(1000 * (camera.cpu_s - cpu_s) / looks, 1),
        "detector_runs": now.inferences - then.inferences,
        "zone_model_runs": now.zone_model_runs - then.zone_model_runs,
        "rss_mb": {"median": statistics.median(rss_mb), "largest": max(rss_mb)},
    }
