"""What the zone model is shown of a place: its box with a margin, made a square, grey outside of the polygon."""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.boxes import Box
from drivers.camera.zones import Corners

SIDE = 96
"""px of the square."""

MARGIN = 0.15
"""Share of its size that is shown around the box on each side; the polygon is grown by as much."""

SHIFT = 0.06
"""Share of its size by which a view is moved each way to be looked at a second time."""

GREY = 114

MASKED = 0.005
"""Share of the square outside of the polygon from which on it is made grey."""

Picture = NDArray[np.uint8]
Pair = NDArray[np.float64]


class ZoneView:
    """A place of the picture as the model sees it.

    Args:
        polygon: corners of the place, px of the picture.
    """

    def __init__(self, polygon: Corners) -> None:
        corners = np.array(polygon, np.float64)
        low, high = corners.min(axis=0), corners.max(axis=0)
        margin = MARGIN * (high - low)
        self._low, self._high = low - margin, high + margin
        self._scale = SIDE / np.maximum(self._high - self._low, 1e-3)
        self._corners = corners

    @classmethod
    def of_box(cls, box: Box) -> "ZoneView":
        return cls([(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)])

    @cached_property
    def aside(self) -> tuple["ZoneView", "ZoneView"]:
        """The views up and left of it, and down and right."""
        step = SHIFT * (self._corners.max(axis=0) - self._corners.min(axis=0))
        before, after = (self._corners + way * step for way in (-1, 1))
        return ZoneView(before.tolist()), ZoneView(after.tolist())

    def of(self, picture: Picture) -> Picture:
        """Returns SIDE x SIDE x 3, BGR. `picture`: height x width x 3, BGR."""
        limit = np.array(picture.shape[1::-1])
        first = np.minimum(np.maximum(0, np.floor(self._low)), limit - 1).astype(int)
        last = np.maximum(first + 1, np.minimum(limit, np.ceil(self._high)).astype(int))
        piece = picture[first[1] : last[1], first[0] : last[0]]
        shrunk, ratio = self._shrunk(piece)
        view = self._stretched(shrunk, self._scale / ratio, (first - self._low) * self._scale)
        view[self._outside] = GREY
        return view

    def _shrunk(self, piece: Picture) -> tuple[Picture, Pair]:
        """Returns the picture scaled by area, where it shrinks; and its new size over its old one, each way."""
        size = np.array(piece.shape[1::-1], np.float64)
        if self._scale.min() >= 1:
            return piece, np.ones(2)
        wanted = np.maximum(1, np.round(size * np.minimum(1, self._scale)))
        width, height = wanted.astype(int).tolist()
        return np.asarray(cv2.resize(piece, (width, height), interpolation=cv2.INTER_AREA), np.uint8), wanted / size

    @staticmethod
    def _stretched(piece: Picture, scale: Pair, offset: Pair) -> Picture:
        matrix = np.array([[scale[0], 0, offset[0]], [0, scale[1], offset[1]]], np.float32)
        grey = (GREY, GREY, GREY)
        flags, border = cv2.INTER_LINEAR, cv2.BORDER_CONSTANT
        return np.asarray(
            cv2.warpAffine(piece, matrix, (SIDE, SIDE), flags=flags, borderMode=border, borderValue=grey), np.uint8
        )

    @cached_property
    def _outside(self) -> NDArray[np.bool_]:
        """The pixels of the square that lie outside of the grown polygon; none where these are few."""
        middle = (self._low + self._high) / 2
        grown = ((self._corners - middle) * (1 + 2 * MARGIN) + middle - self._low) * self._scale
        inside = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(inside, [np.round(grown - 0.5).astype(np.int32)], 1)
        return inside == 0 if inside.mean() < 1 - MASKED else np.zeros((SIDE, SIDE), np.bool_)
