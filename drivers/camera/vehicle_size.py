"""Whether the vehicles in a zone are large enough in the picture for the models. Imports neither numpy nor OpenCV."""

from collections.abc import Iterable
from statistics import median

from drivers.camera.boxes import Box
from drivers.camera.options import Point
from drivers.translation import _

LEAST_VEHICLE_PX = 40
"""The smaller side of a vehicle's box, px, from which on it was measured how many the models find."""

KEPT = 64
"""Vehicles of a zone that are remembered."""


def zone_side_px(polygon: Iterable[Point]) -> int:
    """The smaller side of the box around a zone, px: no vehicle that stands in it is much larger there."""
    corners = list(polygon)
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(max(xs) - min(xs), max(ys) - min(ys))


def remedy() -> str:
    """What helps, in words for an installer."""
    return _("zoom in or move the camera")


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

    def too_small(self) -> dict[str, float]:
        """Zone -> the median of its vehicles, or its own smaller side where none was seen, where that is too small."""
        usual = {zone: median(sides.values()) if sides else self._zones[zone] for zone, sides in self._sides.items()}
        return {zone: px for zone, px in usual.items() if px < LEAST_VEHICLE_PX}
