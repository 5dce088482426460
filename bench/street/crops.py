"""CPU per analysed crop beside the bare `invoke()` on the same tensor, in turns."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import cv2

from drivers.camera.analyser import Analyser
from drivers.camera.files import clip_frames
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame

MODELS = Path(__file__).parents[2] / "models"


def cpu_ms(action: Callable[[], object]) -> float:
    began_s = time.process_time()
    action()
    return (time.process_time() - began_s) * 1000


def beside_bare(options: CameraOptions, zones: Mapping[str, ZoneShape], clip: Path, rounds: int) -> dict[str, float]:
    """Medians of single runs: `detect` is crop to boxes, `step` a whole picture to changes of stays, per crop."""
    cv2.setNumThreads(1)
    analyser = Analyser(options, zones, MODELS, live=False)
    pictures = [frame.picture for frame in clip_frames(clip, 1.0)]
    analyser.step(Frame(0.0, pictures[0]))
    crop, count = analyser.views[0].crop, len(analyser.views)
    left, top, right, bottom = map(int, crop)
    detector, keep = analyser.detector, options.keep_score_percent / 100
    spent: dict[str, list[float]] = {"bare": [], "detect": [], "step": []}
    for index in range(1, rounds + 1):
        picture = pictures[index % len(pictures)]
        tensor = detector.prepare(picture[top:bottom, left:right]).copy()
        frame = Frame(float(index), picture)
        spent["bare"].append(cpu_ms(lambda tensor=tensor: detector.invoke(tensor)))
        spent["detect"].append(cpu_ms(lambda picture=picture: detector.detect(picture, crop, keep)))
        spent["step"].append(cpu_ms(lambda frame=frame: analyser.step(frame)) / count)
    per_crop = {f"{name}_cpu_ms": round(median(each), 3) for name, each in spent.items()}
    pairs = {
        f"{name}_over_bare": round(
            median(mine / bare for mine, bare in zip(spent[name], spent["bare"], strict=True)), 3
        )
        for name in ("detect", "step")
    }
    return {**per_crop, **pairs, "crops": count, "zones": len(zones)}
