"""What the tracker asks of a frame: the appearance and chroma of a place, and its background."""

from math import hypot
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.appearance import Appearance, describe
from drivers.camera.background import BackgroundModel
from drivers.camera.boxes import Box
from drivers.camera.source import Frame

INNER = 0.2
"""Share of its size that is left out on each side of a box: its corners show the road."""

AROUND = 0.25
"""Share of its size around a box that tells the colour of the light."""

COLOURED = 12.0
"""Distance from grey, CIE L*a*b* units, from which on paint has a colour. White, black, and all at night has none."""

OTHER_CHROMA = 0.5
"""Cosine of the angle between two hues below which they are not of one vehicle: brighter light only adds to both."""


WHITE = 250
DAZZLED = 0.3
"""Share of a place's pixels at WHITE or above from which on the sun or a lamp hides it: road is never so bright."""


class Chroma(NamedTuple):
    """Median colour of a place without its lightness, less that around it: a* and b* of CIE L*a*b*."""

    a: float
    b: float

    @property
    def coloured(self) -> bool:
        return hypot(*self) >= COLOURED

    def contradicts(self, other: "Chroma") -> bool:
        """Whether both have a colour, and it is not the same: cannot be one vehicle."""
        alike = self.a * other.a + self.b * other.b
        return self.coloured and other.coloured and alike < OTHER_CHROMA * hypot(*self) * hypot(*other)


class AppearanceQuery(Protocol):
    def appearance(self, box: Box) -> Appearance: ...

    def chroma(self, box: Box) -> Chroma: ...

    def dazzled(self, box: Box) -> bool:
        """Whether light hides what is there."""
        ...

    def road(self, box: Box) -> Appearance | None:
        """The look that the road had there; None: not known."""
        ...


class FrameAppearance:
    """An AppearanceQuery of one picture and what is known of the road."""

    def __init__(self, frame: Frame, background: BackgroundModel) -> None:
        self._frame = frame
        self._background = background

    def appearance(self, box: Box) -> Appearance:
        return describe(self._frame.grey, box)

    def road(self, box: Box) -> Appearance | None:
        return self._background.appearance(box)

    def chroma(self, box: Box) -> Chroma:
        inner, around = self._median_colour(box.expanded(-INNER)), self._median_colour(box.expanded(AROUND))
        return Chroma(inner[0] - around[0], inner[1] - around[1])

    def dazzled(self, box: Box) -> bool:
        piece = self._piece(box)
        return bool(piece.size) and float((piece.min(axis=2) >= WHITE).mean()) >= DAZZLED

    def _median_colour(self, box: Box) -> tuple[float, float]:
        """Medians of a* and b*; grey where nothing of the box lies in the picture."""
        piece = self._piece(box)
        if not piece.size:
            return 0.0, 0.0
        lab = cv2.cvtColor(piece, cv2.COLOR_BGR2LAB)
        return float(np.median(lab[..., 1])), float(np.median(lab[..., 2]))

    def _piece(self, box: Box) -> NDArray[np.uint8]:
        """Every other pixel of it, each way."""
        height, width = self._frame.grey.shape
        left, top, right, bottom = (max(0, int(edge)) for edge in box.clip(Box(0, 0, width, height)).whole())
        return self._frame.picture[top:bottom:2, left:right:2]
