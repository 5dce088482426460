"""How a piece of the picture looks: enough to tell a vehicle from the road and the next vehicle, too little to know it.

The gradients of a patch of 16 x 16 cells, without brightness or colour: sun, cloud and lamps change these little.
Kept in memory only, as long as the vehicle stands there.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.boxes import Box

CELLS = 16
SLACK = 2
"""Cells by which the camera may have swayed between two looks."""

FLAT = 1.0
"""Mean gradient, grey levels per cell, below which there is nothing to compare."""

Look = NDArray[np.float32]
"""(CELLS + 2 SLACK) squared x 2: horizontal and vertical gradient."""


def look(picture: NDArray[np.uint8], box: Box) -> Look:
    """The look of the box, with a margin of SLACK cells, cut where the picture ends."""
    height, width = picture.shape[:2]
    across, down = box.width * SLACK / CELLS, box.height * SLACK / CELLS
    left, right = _span(box.left - across, box.right + across, width)
    top, bottom = _span(box.top - down, box.bottom + down, height)
    grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    side = CELLS + 2 * SLACK
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.dstack([_sobel(small, 1, 0), _sobel(small, 0, 1)])


def _span(low: float, high: float, limit: int) -> tuple[int, int]:
    """Whole pixels, at least two, inside 0..limit."""
    first = min(max(0, round(low)), limit - 2)
    return first, max(first + 2, min(limit, round(high)))


def _sobel(grey: NDArray[np.float32], dx: int, dy: int) -> Any:
    return cv2.Sobel(grey, cv2.CV_32F, dx, dy)


def likeness(before: Look, now: Look) -> float:
    """Correlation of two looks at the best shift within SLACK: 1 the same, around 0 unrelated or nothing to see."""
    inner = np.ascontiguousarray(before[SLACK:-SLACK, SLACK:-SLACK])
    if min(_strength(inner), _strength(now)) < FLAT:
        return 0.0
    return float(cv2.matchTemplate(now, inner, cv2.TM_CCORR_NORMED).max())


def _strength(one: Look) -> float:
    return float(np.abs(one).mean())


def blend(before: Look, now: Look, share: float) -> Look:
    """`before` moved towards `now`, so that it follows the light of the day."""
    return before + np.float32(share) * (now - before)
