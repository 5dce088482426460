"""Real frames of street cameras: what is found, what is falsely called taken, by camera, condition and size.

Each zone is looked at once, by the detector alone and with the zone model before it, in the same run. The weights that
ship were trained on pictures of both cameras too, so what they find here flatters them; a folder of weights that never
saw a camera can be given for it (`trade`).
"""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from drivers.camera.boxes import Box
from drivers.camera.detector import Detector
from drivers.camera.zones import Zone
from street.drawn_zones import ANYWHERE, EMPTY, Frame, frames
from street.interval import Share
from street.judge import MODELS, Detect, Judge
from street.labelled import is_there

ALL, CONDITION = "all", "all by "
FALSELY = "empty, all without people"

Rule = Callable[[Any, list[Zone]], list[bool]]
Told = dict[str, dict[str, dict[str, object]]]


class Tally:
    """What one rule called taken, by kind of zone; for each of `cameras`, for each condition, and for all."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, str]] = Counter()
        self._of: Counter[tuple[str, str]] = Counter()
        self.cameras: set[str] = set()

    def count(self, frame: Frame, taken: list[bool]) -> None:
        self.cameras.add(frame.camera)
        groups = [frame.camera, ALL, *([f"{CONDITION}{frame.condition}"] if frame.condition else [])]
        for case, yes in zip(frame.cases, taken, strict=True):
            for group in groups:
                self._of[group, case.kind] += 1
                self._taken[group, case.kind] += yes

    def share(self, camera: str, kind: str) -> Share:
        return Share(self._taken[camera, kind], self._of[camera, kind])

    def falsely(self, camera: str) -> Share:
        """Returns the share of zones without a vehicle and without people that were called taken."""
        shares = [self.share(camera, kind) for kind in (EMPTY, ANYWHERE)]
        return Share(sum(one.count for one in shares), sum(one.of for one in shares))

    def told(self) -> Told:
        told: Told = {}
        for camera, kind in sorted(self._of):
            told.setdefault(camera, {})[kind] = self.share(camera, kind).told()
        for camera, shares in told.items():
            shares[FALSELY] = self.falsely(camera).told()
        return told


def measured(street: Path) -> dict[str, Any]:
    """Shares by rule, camera and kind; where there are no such frames, that."""
    if not is_there(street):
        return {"skipped": f"{street}: no frames there"}
    cv2.setNumThreads(1)
    rules = _rules(Judge())
    tallies = {name: Tally() for name in rules}
    spent = dict.fromkeys(rules, 0.0)
    for frame in frames(street):
        zones = drawn(frame)
        for name, rule in rules.items():
            began_s = time.process_time()
            taken = rule(frame.picture, zones)
            spent[name] += time.process_time() - began_s
            tallies[name].count(frame, taken)
    answers = {name: tally.told() for name, tally in tallies.items()}
    return {**answers, "cpu_of_zone_model_over": {name: round(spent["zone_model"] / spent[name], 3) for name in rules}}


def drawn(frame: Frame) -> list[Zone]:
    return [Zone(str(number), _corners(case.box), case.box) for number, case in enumerate(frame.cases)]


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]


def _rules(judge: Judge) -> dict[str, Rule]:
    """The detector alone, with its 8-bit weights and, where these are there, with float16 ones; and the zone model."""
    rules: dict[str, Rule] = {"detector": partial(judge.alone, judge.detector.detect)}
    float16 = MODELS / judge.entry.model.file
    if float16.is_file():
        rules["float16"] = partial(judge.alone, Detector(judge.entry, float16, 1).detect)
    detect: Detect = judge.detector.detect
    return {**rules, "zone_model": partial(judge.with_zone_model, detect)}
