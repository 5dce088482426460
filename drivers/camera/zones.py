"""Where the zones lie on the picture that comes, what part of it the detector sees, and which boxes stand in one."""

from collections.abc import Mapping

from drivers.camera.boxes import Box, Detection
from drivers.camera.errors import ZoneError
from drivers.camera.options import Point, ZoneShape

FILLS = 0.5
"""Share of the crop from which on a box says little: an empty road is often answered with one box around all of it."""

FILLS_SCORE = 0.6
"""Score, 0..1, that such a box needs."""

PIECE = 0.7
"""Share of a box that lies in a better one, or the other way round, from which on both are of one vehicle."""

FOOT = 0.6
"""How far down its box a vehicle stands on the road: between the middle, seen from above, and the lower edge."""

SHAPE = 0.02
"""How far the proportions of the picture may differ from those that the zones were drawn on."""

LEAST_PX = 16


class Zone:
    """One zone on the picture.

    Args:
        polygon: corners, px of the picture that comes.
        size: width and height of that picture, px.
        crop_scale: how much the box around the polygon is grown to make the crop.
    """

    def __init__(self, name: str, polygon: list[tuple[float, float]], size: Point, crop_scale: float) -> None:
        self.name = name
        self.polygon = polygon
        self.crop = _crop(name, polygon, size, crop_scale)

    def holds(self, box: Box) -> bool:
        """Whether a vehicle with that box stands in the zone."""
        x, y = box.centre[0], box.top + FOOT * box.height
        inside = False
        for (x1, y1), (x2, y2) in zip(self.polygon, self.polygon[1:] + self.polygon[:1], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside

    def sift(self, detections: list[Detection]) -> list[Detection]:
        """One box per vehicle, best first: without the pieces of a vehicle, and without boxes around nothing."""
        kept: list[Detection] = []
        for one in detections:
            fills = one.box.area > FILLS * self.crop.area and one.score < FILLS_SCORE
            piece = any(one.box.common(b.box) > PIECE * min(one.box.area, b.box.area) for b in kept)
            if not fills and not piece:
                kept.append(one)
        return kept


def place(shapes: Mapping[str, ZoneShape], drawn_on: Point, size: Point, crop_scale: float) -> list[Zone]:
    """The zones, scaled from the picture they were drawn on to the one that comes. Raises ZoneError."""
    across, down = size[0] / drawn_on[0], size[1] / drawn_on[1]
    if abs(across / down - 1) > SHAPE:
        pictures = f"{size[0]} x {size[1]} px, the zones were drawn on {drawn_on[0]} x {drawn_on[1]}"
        raise ZoneError(f"the picture is {pictures}: another shape")
    return [
        Zone(name, [(x * across, y * down) for x, y in shape.polygon], size, crop_scale)
        for name, shape in shapes.items()
    ]


def _crop(name: str, polygon: list[tuple[float, float]], size: Point, scale: float) -> Box:
    """A square around the zone, whole px, moved into the picture; where it is larger than that, what there is."""
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    within = Box(min(xs), min(ys), max(xs), max(ys)).cut(Box(0, 0, *size))
    if within.width < LEAST_PX or within.height < LEAST_PX:
        raise ZoneError(f"zone {name} lies outside the picture of {size[0]} x {size[1]} px")
    side = round(max(within.width, within.height) * scale)
    left, right = _fit(within.centre[0], side, size[0])
    top, bottom = _fit(within.centre[1], side, size[1])
    return Box(left, top, right, bottom)


def _fit(centre: float, side: int, limit: int) -> tuple[int, int]:
    length = min(side, limit)
    low = min(max(0, round(centre - length / 2)), limit - length)
    return low, low + length
