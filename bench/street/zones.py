"""Real frames of two street cameras: a zone drawn round each labelled car, and the same zones where they are empty now.

Each zone is looked at once, by the detector alone and with the zone model before it, in the same run. A vehicle counts
by the smaller side of its box. The weights that ship were trained on pictures of both cameras too, so what they find
here flatters them; what was measured with one camera left out is told in docs/benchmarks.md.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from drivers.camera.boxes import Box, Detection
from drivers.camera.crops import CropScale, crops_of
from drivers.camera.detector import Detector
from drivers.camera.models import find, weights
from drivers.camera.occupancy import WEAK, Occupancy
from drivers.camera.zone_model import ZoneModel
from drivers.camera.zone_weights import table
from drivers.camera.zones import Zone

MODELS = Path(__file__).parents[2] / "models"
MODEL = "ssd-mobilenet-v2-oidv4"
BEGIN, KEEP = 0.3, 0.2
"""The scores that ship."""

DRAWN = 0.1
"""Share of its size by which a zone is drawn larger than the car on each side."""

LEAST_PX, NEAR_PX = 40, 70
EMPTY_A_FRAME = 3
CAR, VEHICLES, PERSON = "1", "012", "3"

UNLABELLED = {
    ("crosswalk_0013", 186, 0),
    ("crosswalk_0732", 516, 0),
    ("junction_0017", 565, 168),
    ("junction_0335", 561, 95),
    ("junction_0338", 576, 105),
    ("junction_0368", 68, 0),
}
"""Frame, left and top, px, of zones that the labels call empty and in which a look at the picture shows a vehicle: cut
by the picture's edge, behind a tree, or a motorcycle. They were found among the zones that were called taken, and are
counted apart."""


class Case(NamedTuple):
    """A zone whose answer is known. `kind`: what it is counted as."""

    kind: str
    box: Box


class Look(NamedTuple):
    """What a rule says of the zones of one picture: whether each is taken, and CPU seconds."""

    taken: list[bool]
    spent_s: float


Rule = Callable[[Any, list[Zone]], Look]


def measured(street: Path) -> dict[str, Any]:
    """Counts by kind and rule; where there are no such frames, that."""
    if not (street / "images").is_dir():
        return {"skipped": f"{street}: no frames there"}
    both = _Both()
    rules = both.rules()
    counts = {name: Counter[str]() for name in rules}
    spent = dict.fromkeys(rules, 0.0)
    totals: Counter[str] = Counter()
    for picture, cases in _pictures(street):
        zones = [Zone(str(number), _corners(case.box), case.box) for number, case in enumerate(cases)]
        totals.update(case.kind for case in cases)
        for name, rule in rules.items():
            look = rule(picture, zones)
            spent[name] += look.spent_s
            counts[name].update(case.kind for case, yes in zip(cases, look.taken, strict=True) if yes)
    answers = {name: {kind: f"{counts[name][kind]} of {of}" for kind, of in sorted(totals.items())} for name in rules}
    return {**answers, "cpu_of_zone_model_over": {name: round(spent["zone_model"] / spent[name], 3) for name in rules}}


class _Both:
    """The detector alone, with its float16 weights where they are there and with 8-bit ones, and with the zone model
    before it."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        entry = find(MODELS, MODEL)
        self._detector = Detector(entry, weights(MODELS, entry), 1)
        float16 = MODELS / entry.model.file
        self._float16 = Detector(entry, float16, 1) if float16.is_file() else None
        self._scale = CropScale(entry.model.crop_scale, entry.model.crop_scale_shared or 0.0, self._detector.aspect)
        self._model = ZoneModel(table(), MODELS)

    def rules(self) -> dict[str, Rule]:
        alone: dict[str, Rule] = {"detector": partial(self._alone, self._detector)}
        if self._float16:
            alone["float16"] = partial(self._alone, self._float16)
        return {**alone, "zone_model": self.zone_model}

    def _alone(self, detector: Detector, picture: Any, zones: list[Zone]) -> Look:
        began_s = time.process_time()
        found = self._found(detector, picture, zones, {zone.name for zone in zones}, KEEP)
        return Look([_stands(zone, found[zone.name]) for zone in zones], time.process_time() - began_s)

    def zone_model(self, picture: Any, zones: list[Zone]) -> Look:
        began_s, size = time.process_time(), picture.shape[1::-1]
        places = {zone.name: Occupancy(self._model, zone, size) for zone in zones}
        wanted = {name for name, each in places.items() if each.look(picture, ())}
        found = self._found(self._detector, picture, zones, wanted, WEAK)
        known = {name: places[name].judged(picture, found[name], KEEP) for name in wanted}
        taken = [_stands(zone, known.get(zone.name, [])) for zone in zones]
        return Look(taken, time.process_time() - began_s)

    def _found(
        self, detector: Detector, picture: Any, zones: list[Zone], wanted: set[str], least: float
    ) -> dict[str, list[Detection]]:
        found: dict[str, list[Detection]] = {zone.name: [] for zone in zones}
        for view in crops_of(zones, picture.shape[1::-1], self._scale):
            if not wanted.isdisjoint(view.zones):
                view.keep(detector.detect(picture, view.crop, least))
            for name in view.zones:
                found[name] += view.found
        return found


def _stands(zone: Zone, found: list[Detection]) -> bool:
    return any(one.score >= BEGIN and zone.contains(one.box) for one in found)


def _pictures(street: Path) -> Iterator[tuple[Any, list[Case]]]:
    """Each frame twice: with the zones that are taken, and with those that are empty; as one zone hides no other."""
    labels = {path: _labels(path, street) for path in sorted((street / "images").glob("*.jpg"))}
    for path, boxes in labels.items():
        picture = cv2.imread(str(path))
        cars = [box for kind, box in boxes if kind == CAR]
        yield picture, [case for box in cars if (case := _taken(box))]
        camera = path.name.split("_")[0]
        others = [
            box for other, of in labels.items() if other.name.startswith(camera) for kind, box in of if kind == CAR
        ]
        yield picture, [_named(case, path.stem) for case in _empty(others, boxes, random.Random(path.name))]


def _named(case: Case, frame: str) -> Case:
    is_taken = (frame, int(case.box.left), int(case.box.top)) in UNLABELLED
    return case._replace(kind="a vehicle that nobody labelled") if is_taken else case


def _taken(box: Box) -> Case | None:
    side = min(box.width, box.height)
    if side < LEAST_PX:
        return None
    return Case("taken, 70 px or more" if side >= NEAR_PX else "taken, 40 to 70 px", _drawn(box))


def _empty(others: list[Box], now: list[tuple[str, Box]], chance: random.Random) -> Iterator[Case]:
    """Zones of other frames of the camera in which there is no vehicle now, which do not overlap one another."""
    zones: list[Box] = []
    for box in chance.sample(others, len(others)):
        zone = _drawn(box)
        clear = all(not zone.intersection(each) for kind, each in now if kind in VEHICLES)
        if (
            _taken(box)
            and clear
            and not any(zone.intersection(other) for other in zones)
            and len(zones) < EMPTY_A_FRAME
        ):
            zones.append(zone)
            people = any(zone.intersection(each) for kind, each in now if kind == PERSON)
            yield Case("empty, with people" if people else "empty", zone)


def _drawn(box: Box) -> Box:
    return box.expanded(DRAWN).clip(Box(0, 0, 639, 639))


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


def _labels(picture: Path, street: Path) -> list[tuple[str, Box]]:
    """Class and box, px of the frames' 640 x 640."""
    lines = (street / "labels" / f"{picture.stem}.txt").read_text().splitlines()
    return [_label(line.split()) for line in lines if line.split()]


def _label(words: list[str]) -> tuple[str, Box]:
    """A box (centre, size) or a polygon, as shares of the picture."""
    numbers = [640 * float(word) for word in words[1:]]
    if len(numbers) == 4:
        x, y, width, height = numbers
        return words[0], Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return words[0], Box(min(numbers[0::2]), min(numbers[1::2]), max(numbers[0::2]), max(numbers[1::2]))
