"""The background model of a zone: its road with nothing on it. One grey picture, in memory only."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.camera.appearance import Appearance, describe, with_margin
from drivers.camera.boxes import Box
from drivers.camera.source import grey_of

LAG_S = 3.0
"""A place is taken for road when nothing was seen there, and nothing has appeared there so long after: a vehicle that
arrives may be seen late."""

ROUND = 0.15
"""Share of its size that is left out around a vehicle: its shadow."""

KNOWN = 0.95
"""Share of a place that must be known."""


class _Pending(NamedTuple):
    """Args: free: where nothing was seen since; None: anywhere."""

    at_s: float
    grey: NDArray[np.uint8]
    free: NDArray[np.bool_] | None


class BackgroundModel:
    """The road around one zone.

    Args:
        area: of the picture, whole px.
    """

    def __init__(self, area: Box) -> None:
        self._area = area
        shape = (int(area.height), int(area.width))
        self._road = np.zeros(shape, np.uint8)
        self._known = np.zeros(shape, np.bool_)
        self._pending: _Pending | None = None

    def learn(self, at_s: float, picture: NDArray[np.uint8], vehicles: Collection[Box]) -> None:
        """Learn from a picture what of the road is free."""
        free = self._free(vehicles, self._pending.free if self._pending else None)
        if self._pending and at_s - self._pending.at_s < LAG_S:
            self._pending = self._pending._replace(free=free)
            return
        if self._pending:
            self._know(self._pending.grey, free)
        left, top, right, bottom = map(int, self._area)
        grey = grey_of(picture[top:bottom, left:right])
        self._pending = _Pending(at_s, np.array(grey), self._free(vehicles, None))

    def _know(self, grey: NDArray[np.uint8], free: NDArray[np.bool_] | None) -> None:
        if free is None:
            self._road = grey
            self._known.fill(True)
        else:
            np.copyto(self._road, grey, where=free)
            self._known |= free

    def _free(self, vehicles: Collection[Box], before: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        """Returns where nothing is, of what was free before; None: anywhere."""
        free = before
        for box in vehicles:
            free = np.ones(self._known.shape, np.bool_) if free is None else free
            free[self._within(box.expanded(ROUND))] = False
        return free

    def _within(self, box: Box) -> tuple[slice, slice]:
        cut = box.clip(self._area).moved(-self._area.left, -self._area.top)
        left, top, right, bottom = (max(0, round(edge)) for edge in cut)
        return slice(top, max(top, bottom)), slice(left, max(left, right))

    def appearance(self, box: Box) -> Appearance | None:
        """Describes the road where the box is; None: the road is not known there."""
        whole = with_margin(box)
        if whole.intersection(self._area) < whole.area or self._known[self._within(box)].mean() < KNOWN:
            return None
        return describe(self._road, box.moved(-self._area.left, -self._area.top))
