"""Change detection: has a zone changed since the detector saw it? Some hundred numbers instead of a run of the model.

The zone is reduced to square cells, CELLS along its longer side, and their mean grey levels in logarithms: light that
changes as a whole adds the same to all of them, and is taken away again. Rain and noise drown in the mean of a cell. A
mast that sways moves what is seen by a cell at most: a cell has changed only if its level lies outside those that it
and its neighbours had before, and the farther the more these differ: a thin line may fill a cell or lie in two.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.boxes import Box
from drivers.camera.source import grey_of
from drivers.camera.zones import Zone

CELLS = 40
LEAST_CELLS = 4
"""The least number of cells along the shorter side."""

CONTRAST = 0.12
"""Change of the logarithm of a cell's brightness, beyond the levels around it, that counts: about 12 %."""

EDGE = 0.25
"""Share of the range of the levels around a cell that is added to CONTRAST."""

DARK = 16.0
"""Grey levels added before the logarithm, so that the noise of a dark picture stays below CONTRAST."""

SHARE = 0.025
"""Share of the zone's cells that must have changed: a small car in a zone of thirty metres covers more."""

FEW_CELLS = 6

Levels = NDArray[np.float32]
"""Logarithms of brightness, one a cell."""


@dataclass
class Seen:
    """A zone as the detector saw it last.

    Args:
        low, high: what each cell may come to without having changed.
    """

    at_s: float
    levels: Levels
    low: Levels
    high: Levels


class ChangeDetector:
    """A DetectorGate: the detector looks at what has changed since its last look, is restless, or is due.

    Args:
        recheck_s: a zone in which nothing changes is looked at again after so long.
    """

    def __init__(self, recheck_s: float) -> None:
        self.recheck_s = recheck_s
        self._seen: dict[str, Seen] = {}
        self._places: dict[str, tuple[Box, NDArray[np.bool_]]] = {}

    def due(self, at_s: float, picture: NDArray[np.uint8], zone: Zone, needs_detection: bool) -> bool:
        before = self._seen.get(zone.name)
        box, inside = self._place(zone)
        now = levels(picture, box, inside.shape)
        if before and not needs_detection and at_s - before.at_s < self.recheck_s and not changed(before, now, inside):
            return False
        self._seen[zone.name] = seen(at_s, now)
        return True

    def _place(self, zone: Zone) -> tuple[Box, NDArray[np.bool_]]:
        if zone.name not in self._places:
            box = zone.box.whole()
            self._places[zone.name] = box, _inside(zone.polygon, box)
        return self._places[zone.name]


def levels(picture: NDArray[np.uint8], box: Box, shape: tuple[int, ...]) -> Levels:
    """Returns the logarithms of brightness in a piece of the picture. `box`: in whole px; `shape`: rows and columns
    of cells."""
    left, top, right, bottom = map(int, box)
    small = cv2.resize(picture[top:bottom, left:right], shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(np.log(grey_of(np.asarray(small, np.uint8)).astype(np.float32) + np.float32(DARK)), np.float32)


def seen(at_s: float, now: Levels) -> Seen:
    around = np.ones((3, 3), np.uint8)
    low, high = np.asarray(cv2.erode(now, around)), np.asarray(cv2.dilate(now, around))
    slack = np.float32(CONTRAST) + np.float32(EDGE) * (high - low)
    return Seen(at_s, now, low - slack, high + slack)


def changed(before: Seen, now: Levels, inside: NDArray[np.bool_]) -> bool:
    """Whether something stands, or stands no more, where `inside`."""
    lit = now - _median(now[inside] - before.levels[inside])
    beyond = (lit > before.high) | (lit < before.low)
    return int(np.count_nonzero(beyond & inside)) >= max(FEW_CELLS, SHARE * np.count_nonzero(inside))


def _median(levels: Levels) -> np.float32:
    """Returns what np.median does, in a fifth of its time."""
    ordered, middle = np.sort(levels), len(levels) // 2
    return np.float32(ordered[middle] if len(levels) % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def _inside(polygon: list[tuple[float, float]], box: Box) -> NDArray[np.bool_]:
    """The cells whose middle lies in the zone."""
    cell_px = max(box.width, box.height) / CELLS
    columns, rows = (max(LEAST_CELLS, round(side / cell_px)) for side in (box.width, box.height))
    across, down = columns / box.width, rows / box.height
    corners = [((x - box.left) * across - 0.5, (y - box.top) * down - 0.5) for x, y in polygon]
    mask = np.zeros((rows, columns), np.uint8)
    cv2.fillPoly(mask, [np.array(corners, np.float32).round().astype(np.int32)], 1)
    return mask.astype(bool)
