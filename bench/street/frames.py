"""Real frames with slot truth (PKLot): is there a vehicle in each slot, by the same crops, detector and thresholds."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import cv2

from drivers.camera.analyser import Analyser
from drivers.camera.boxes import Box
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.zones import Zone
from street.interval import Share
from street.judge import Judge

TRUTHS = "sequence*/bounding_boxes/*.xml"
DAY = (7 * 60 + 15, 18 * 60)
"""Minutes of the day between which it is light."""

MODELS = Path(__file__).parents[2] / "models"


def presence(media: Path, model: str = "ssd-mobilenet-v2-oidv4") -> dict[str, Any]:
    """Each slot a zone, one picture at a time, so without the help of the tracker."""
    counts: Counter[str] = Counter()
    for sequence in sorted(media.glob("sequence*")):
        for truth in sorted((sequence / "bounding_boxes").glob("*.xml")):
            counts += _frame(sequence / "frames" / f"{truth.stem}.jpg", truth, model)
    return {**counts, "f1": round(_f1(counts), 4), "crops_per_zone": round(counts.pop("crops") / counts["zones"], 3)}


def empty_slots(media: Path) -> dict[str, Any]:
    """Slots called taken on frames of an empty car park, by the time in their names; at dawn and dusk lamps are lit."""
    judge, zones = Judge(), [_zone(name, shape) for name, shape in _all_slots(media / "pklot").items()]
    taken: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for file in sorted((media / "pklot_empty").glob("*.jpg")):
        light = _light(file.stem)
        of[light] += len(zones)
        taken[light] += sum(judge.with_zone_model(judge.detector.detect, cv2.imread(str(file)), zones))
    return {light: Share(taken[light], count).told() for light, count in sorted(of.items())}


def _all_slots(media: Path) -> dict[str, ZoneShape]:
    return {name: shape for truth in sorted(media.glob(TRUTHS)) for name, shape in slots(truth)[0].items()}


def _zone(name: str, shape: ZoneShape) -> Zone:
    xs, ys = zip(*shape.polygon, strict=True)
    return Zone(name, [(float(x), float(y)) for x, y in shape.polygon], Box(min(xs), min(ys), max(xs), max(ys)))


def _light(name: str) -> str:
    """Tells by the time in a name, YYYY-MM-DD_HH_MM_SS."""
    minute = 60 * int(name[11:13]) + int(name[14:16])
    return "dawn" if minute < DAY[0] else "dusk" if minute >= DAY[1] else "day"


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
