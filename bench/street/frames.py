"""Real frames with slot truth (PKLot): is there a vehicle in each slot, by the same crops, detector and thresholds."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import cv2

from drivers.camera.analyser import Analyser
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame

MODELS = Path(__file__).parents[2] / "models"


def presence(media: Path, model: str = "ssd-mobilenet-v2-oidv4") -> dict[str, Any]:
    """Each slot a zone, one picture at a time, so without the help of the tracker."""
    counts: Counter[str] = Counter()
    for sequence in sorted(media.glob("sequence*")):
        for truth in sorted((sequence / "bounding_boxes").glob("*.xml")):
            counts += _frame(sequence / "frames" / f"{truth.stem}.jpg", truth, model)
    return {**counts, "f1": round(_f1(counts), 4), "crops_per_zone": round(counts.pop("crops") / counts["zones"], 3)}


def _frame(picture_file: Path, truth: Path, model: str) -> Counter[str]:
    picture = cv2.imread(str(picture_file))
    if picture is None:
        raise SystemExit(f"{picture_file}: not a picture")
    height, width = picture.shape[:2]
    options = CameraOptions(source="clip.mp4", picture=(width, height), model=model)
    shapes, occupied = slots(truth)
    analyser = Analyser(options, shapes, MODELS, live=False)
    analyser.step(Frame(0.0, picture))
    begin = options.begin_score_percent / 100
    counts: Counter[str] = Counter(zones=len(shapes), crops=len(analyser.views))
    for watch in analyser.watches:
        seen = any(one.score >= begin and watch.zone.contains(one.box) for one in watch.seen)
        counts[_verdict(seen, watch.zone.name in occupied)] += 1
    return counts


def slots(truth: Path) -> tuple[dict[str, ZoneShape], set[str]]:
    """The zones, and the names of those that a car stands in."""
    spaces = list(ET.parse(truth).getroot().iter("space"))
    polygons = {
        space.attrib["id"]: tuple((int(point.attrib["x"]), int(point.attrib["y"])) for point in space.iter("point"))
        for space in spaces
    }
    shapes = {name: ZoneShape(camera="c", polygon=polygon) for name, polygon in polygons.items()}
    return shapes, {space.attrib["id"] for space in spaces if space.attrib["occupied"] == "1"}


def _verdict(seen: bool, there: bool) -> str:
    if seen:
        return "right" if there else "false"
    return "missed" if there else "rightly_empty"


def _f1(counts: Counter[str]) -> float:
    return 2 * counts["right"] / (2 * counts["right"] + counts["false"] + counts["missed"])
