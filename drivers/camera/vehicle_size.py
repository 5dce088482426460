"""Whether the vehicles in a zone are large enough in the picture for the models. Imports neither numpy nor OpenCV."""

from collections.abc import Iterable
from math import hypot
from statistics import median
from typing import NamedTuple

from drivers.camera.boxes import Box
from drivers.camera.options import Point
from drivers.translation import _

LEAST_VEHICLE_PX = 40
"""The smaller side of a vehicle's box, px, from which on it was measured how many the models find."""

KEPT = 64
"""Vehicles of a zone that are remembered."""


def zone_side_px(polygon: Iterable[Point]) -> int:
    """How far a zone reaches where it is narrowest, px, whichever way it lies in the picture."""
    corners = list(polygon)
    sides = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], *corners[:1]], strict=True)]
    return round(min((_across(corners, dx, dy) for dx, dy in sides if dx or dy), default=0.0))


def _across(corners: Iterable[Point], dx: float, dy: float) -> float:
    """How far apart the outermost corners are, px, square to a direction."""
    aside = [(x * dy - y * dx) / hypot(dx, dy) for x, y in corners]
    return max(aside) - min(aside)


def remedy() -> str:
    """What helps, in words for an installer."""
    return _("zoom in or move the camera")


class Small(NamedTuple):
    """A zone whose vehicles are too small, or may be.

    Args:
        px: the smaller side of its vehicles, or, where none was seen, of the box around the zone.
    """

    px: float
    was_seen: bool


class VehicleSizes:
    """The smaller sides of the vehicles that were seen in each zone, px."""

    def __init__(self) -> None:
        self._sides: dict[str, dict[str, float]] = {}
        self._zones: dict[str, float] = {}

    def add(self, zone: str, around: Box, vehicles: Iterable[tuple[str, Box]]) -> None:
        """Takes in one look. `around`: the zone, px of the picture; `vehicles`: key and box of each that stands."""
        self._zones[zone] = min(around.width, around.height)
        sides = self._sides.setdefault(zone, {})
        for key, box in vehicles:
            if key in sides or len(sides) < KEPT:
                sides[key] = min(box.width, box.height)

    def too_small(self) -> dict[str, Small]:
        """The zones in which the median of the vehicles is too small, or the zone itself where none was seen.

        A zone is ground: vehicles stand higher than a flat one is deep, so that it alone proves nothing.
        """
        usual = {
            zone: Small(median(sides.values()), True) if sides else Small(self._zones[zone], False)
            for zone, sides in self._sides.items()
        }
        return {zone: small for zone, small in usual.items() if small.px < LEAST_VEHICLE_PX}
