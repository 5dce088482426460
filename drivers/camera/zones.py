"""The zones' places on the picture that comes, and the boxes that stand in one."""

from collections.abc import Iterable, Mapping

from drivers.camera.boxes import Box, Detection
from drivers.camera.errors import ZoneError
from drivers.camera.options import LEAST_PX, Point, ZoneShape
from drivers.translation import _

PIECE = 0.7
"""Share of a box that lies in a better one, or the other way round, from which on both are of one vehicle."""

STANDS = 0.5
"""Share of a vehicle's footprint that lies in the zone it stands in, or of a smaller zone that lies under it."""

SAMPLES = 8
"""Points each way in which a share of an area is counted."""

ROOM = 1.6
"""Area of a zone, over that of a vehicle's box, from which on another vehicle may stand in it too."""

SHAPE = 0.02
"""How far the proportions of the picture may differ from those that the zones were drawn on."""

Corner = tuple[float, float]
Corners = list[Corner]


class Zone:
    """One zone on the picture.

    Args:
        polygon: corners, px of the picture that comes.
        box: around its part that lies in the picture.

    Attributes:
        shown: corners of what the models are shown of it, px: more than the zone where that is smaller than a vehicle.
    """

    def __init__(self, name: str, polygon: Corners, box: Box) -> None:
        self.name = name
        self.polygon = self.shown = polygon
        self.box = box
        self._ground = [point for point in _points(box) if self._holds(point)]

    def contains(self, box: Box) -> bool:
        """Whether a vehicle with that box stands in the zone: most of its footprint, or most of a zone under it."""
        feet = box.footprint()
        if not feet.intersection(self.box):
            return False
        inside = sum(map(self._holds, _points(feet)))
        under = sum(_within(feet, point) for point in self._ground)
        return inside >= STANDS * SAMPLES**2 or under >= STANDS * len(self._ground)

    def has_room_beside(self, box: Box) -> bool:
        """Whether the zone is so large that another vehicle of that size may stand in it."""
        return len(self._ground) / SAMPLES**2 * self.box.area >= ROOM * box.area

    def _holds(self, point: Corner) -> bool:
        """Whether a point lies in the polygon."""
        x, y = point
        inside = False
        for (x1, y1), (x2, y2) in zip(self.polygon, self.polygon[1:] + self.polygon[:1], strict=True):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
        return inside

    def sift(self, detections: Iterable[Detection]) -> list[Detection]:
        """One box per vehicle, best first: without the pieces of a vehicle."""
        kept: list[Detection] = []
        for one in sorted(detections, key=lambda detection: -detection.score):
            if self.is_apart(one, kept):
                kept.append(one)
        return kept

    def is_apart(self, one: Detection, others: Iterable[Detection]) -> bool:
        """Whether it is another vehicle than the others, not a piece of one."""
        return all(one.box.intersection(b.box) <= PIECE * min(one.box.area, b.box.area) for b in others)


def _points(box: Box) -> list[Corner]:
    """SAMPLES x SAMPLES points, evenly in the box."""
    shares = [(number + 0.5) / SAMPLES for number in range(SAMPLES)]
    return [(box.left + across * box.width, box.top + down * box.height) for down in shares for across in shares]


def _within(box: Box, point: Corner) -> bool:
    return box.left <= point[0] < box.right and box.top <= point[1] < box.bottom


def place(shapes: Mapping[str, ZoneShape], drawn_on: Point, size: Point) -> list[Zone]:
    """The zones, scaled from the picture they were drawn on to the one that comes. Raises ZoneError."""
    across, down = size[0] / drawn_on[0], size[1] / drawn_on[1]
    if abs(across / down - 1) > SHAPE:
        pictures = _("{width} x {height} px, the zones were drawn on {drawn_width} x {drawn_height}").format(
            width=size[0], height=size[1], drawn_width=drawn_on[0], drawn_height=drawn_on[1]
        )
        hint = _("draw them on a picture of the camera, and say picture = [{width}, {height}]").format(
            width=size[0], height=size[1]
        )
        raise ZoneError(_("the picture is {pictures}: another shape").format(pictures=pictures), hint)
    return [_zone(name, [(x * across, y * down) for x, y in shape.polygon], size) for name, shape in shapes.items()]


def _zone(name: str, polygon: Corners, size: Point) -> Zone:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    box = Box(min(xs), min(ys), max(xs), max(ys)).clip(Box(0, 0, *size))
    if box.width < LEAST_PX or box.height < LEAST_PX:
        raise ZoneError(
            _("zone {name} lies outside the picture of {width} x {height} px, or is too small in it").format(
                name=name, width=size[0], height=size[1]
            )
        )
    return Zone(name, polygon, box)
