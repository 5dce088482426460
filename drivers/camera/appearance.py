"""An appearance descriptor: enough to tell a vehicle from the road and the next vehicle, too little to know it.

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

_ALL, _FIRST, _SECOND = slice(0, CELLS), slice(0, CELLS // 2), slice(CELLS // 2, CELLS)

HALVES = ((_FIRST, _ALL), (_SECOND, _ALL), (_ALL, _FIRST), (_ALL, _SECOND))
"""Rows and columns of the upper, the lower, the left and the right half."""

Appearance = NDArray[np.float32]
"""(CELLS + 2 SLACK) squared x 2: horizontal and vertical gradient."""


def describe(picture: NDArray[np.uint8], box: Box) -> Appearance:
    """The look of the box, with a margin of SLACK cells, cut where the picture (BGR or grey) ends."""
    height, width = picture.shape[:2]
    whole = with_margin(box)
    left, right = _span(whole.left, whole.right, width)
    top, bottom = _span(whole.top, whole.bottom, height)
    piece = picture[top:bottom, left:right]
    grey = piece if piece.ndim == 2 else cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY)
    side = CELLS + 2 * SLACK
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.dstack([_sobel(small, 1, 0), _sobel(small, 0, 1)])


def with_margin(box: Box) -> Box:
    return box.expanded(SLACK / CELLS)


def _span(low: float, high: float, limit: int) -> tuple[int, int]:
    """Whole pixels, at least two, inside 0..limit."""
    first = min(max(0, round(low)), limit - 2)
    return first, max(first + 2, min(limit, round(high)))


def _sobel(grey: NDArray[np.float32], dx: int, dy: int) -> Any:
    return cv2.Sobel(grey, cv2.CV_32F, dx, dy)


def similarity(before: Appearance, now: Appearance) -> float:
    """Correlation of two looks at the best shift within SLACK: 1 the same, around 0 unrelated or nothing to see."""
    inner = np.ascontiguousarray(before[SLACK:-SLACK, SLACK:-SLACK])
    if min(strength(inner), strength(now)) < FLAT:
        return 0.0
    return float(cv2.matchTemplate(now, inner, cv2.TM_CCORR_NORMED).max())


def similarity_of_half(before: Appearance, now: Appearance, half: int) -> float:
    """The same of one half of it, of HALVES: what is in front hides the other."""
    rows, columns = HALVES[half]
    inner = np.ascontiguousarray(before[SLACK:-SLACK, SLACK:-SLACK][rows, columns])
    around = np.ascontiguousarray(now[_with_slack(rows), _with_slack(columns)])
    if min(strength(inner), strength(around)) < FLAT:
        return 0.0
    return float(cv2.matchTemplate(around, inner, cv2.TM_CCORR_NORMED).max())


def _with_slack(cells: slice) -> slice:
    return slice(cells.start, cells.stop + 2 * SLACK)


def strength(one: Appearance) -> float:
    """Mean gradient, grey levels per cell."""
    return float(np.abs(one).mean())


def strength_around(one: Appearance) -> float:
    """The same, of what lies around the middle half of it."""
    side = CELLS + 2 * SLACK
    band = np.ones((side, side), np.bool_)
    band[side // 4 : -side // 4, side // 4 : -side // 4] = False
    return float(np.abs(one[band]).mean())


def difference(before: Appearance, now: Appearance) -> float:
    """Root mean square of what differs at the best shift, grey levels per cell."""
    inner = np.ascontiguousarray(before[SLACK:-SLACK, SLACK:-SLACK])
    least = max(0.0, float(cv2.matchTemplate(now, inner, cv2.TM_SQDIFF).min()))
    return float((least / inner.size) ** 0.5)


def blend(before: Appearance, now: Appearance, share: float) -> Appearance:
    """`before` moved towards `now`, so that it follows the light of the day."""
    return before + np.float32(share) * (now - before)
