"""What the detector is shown: crops of the picture, in the shape of its input, in which the vehicles are large enough.

A zone has one crop, with a margin. Zones that lie together share one where their vehicles do not become too small in
it; a long zone, such as a bus lane, has several along its length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import cv2
import numpy as np

from drivers.camera.boxes import Box, Detection
from drivers.camera.options import Point
from drivers.camera.zones import Corners, Zone

LONG = 3.5
"""Length over width from which on a zone is cut in two: a bay is 2 to 3 times as long as it is wide."""

LEAST_MARGIN = 0.2
"""Share of its size that a part of a zone keeps as a margin on each side of a crop it shares."""

FILLS = 0.5
"""Share of the crop from which on a box says little: an empty road is often answered with one box around all of it."""

FILLS_SCORE = 0.6
"""Score, 0..1, that such a box needs."""


@dataclass(frozen=True)
class Scale:
    """How a crop is made for one model.

    Args:
        alone: the crop's side over the size of the part of a zone it is made for.
        shared: the same, at most, where several share a crop.
        aspect: width over height of the model's input.
    """

    alone: float
    shared: float
    aspect: float = 1.0


@dataclass
class View:
    """One crop (whole px, inside the picture), the zones it serves, and what the detector found in it last."""

    crop: Box
    zones: frozenset[str]
    found: list[Detection] = field(default_factory=list)

    def keep(self, found: Iterable[Detection]) -> None:
        """Without boxes around nothing."""
        limit = FILLS * self.crop.area
        self.found = [one for one in found if one.box.area <= limit or one.score >= FILLS_SCORE]


@dataclass(frozen=True)
class _Group:
    parts: tuple[Box, ...]
    zones: frozenset[str]

    def union(self, other: "_Group") -> "_Group":
        return _Group(self.parts + other.parts, self.zones | other.zones)


def views(zones: Iterable[Zone], size: Point, scale: Scale) -> list[View]:
    """As few crops as show every part of every zone large enough; `size` of the picture, px."""
    groups = [_Group((box,), frozenset([zone.name])) for zone in zones for box in parts(zone.polygon, size)]
    while joined := _closest(groups, scale):
        first, second = joined
        groups = [one for one in groups if one not in joined] + [first.union(second)]
    return [View(_placed(_crop(group.parts, scale), size, scale.aspect), group.zones) for group in groups]


def parts(polygon: Corners, size: Point) -> list[Box]:
    """The box around the polygon; of a long one, boxes along it."""
    (_, sides, angle) = cv2.minAreaRect(np.array(polygon, np.float32))
    long, short = max(sides), max(min(sides), 1.0)
    if long > LONG * short:
        along = np.deg2rad(angle + (0 if sides[0] >= sides[1] else 90))
        first, second = _halves(polygon, (float(np.cos(along)), float(np.sin(along))))
        return parts(first, size) + parts(second, size)
    box = _around(Box(x, y, x, y) for x, y in polygon).cut(Box(0, 0, *size))
    return [box] if box.width > 0 and box.height > 0 else []


def _halves(polygon: Corners, along: tuple[float, float]) -> tuple[Corners, Corners]:
    """Cut across its middle, as Sutherland and Hodgman clip a polygon (doi:10.1145/360767.360802)."""
    ahead = [x * along[0] + y * along[1] for x, y in polygon]
    middle = (min(ahead) + max(ahead)) / 2
    first: Corners = []
    second: Corners = []
    corners = list(zip(polygon, ahead, strict=True))
    for (corner, at), (following, after) in zip(corners, corners[1:] + corners[:1], strict=True):
        (first if at <= middle else second).append(corner)
        if (at <= middle) != (after <= middle):
            share = (middle - at) / (after - at)
            cut = tuple(a + share * (b - a) for a, b in zip(corner, following, strict=True))
            first.append((cut[0], cut[1]))
            second.append((cut[0], cut[1]))
    return first, second


def _around(boxes: Iterable[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def _height(box: Box, aspect: float) -> float:
    """Of the smallest crop that holds it."""
    return max(box.height, box.width / aspect)


def _crop(boxes: Sequence[Box], scale: Scale) -> Box:
    """In the shape of the model's input, around all of them."""
    whole = _around(_grown(box, LEAST_MARGIN, scale.aspect) for box in boxes)
    height = max(_height(whole, scale.aspect), *(scale.alone * _height(box, scale.aspect) for box in boxes))
    x, y = whole.centre
    return Box(x - height * scale.aspect / 2, y - height / 2, x + height * scale.aspect / 2, y + height / 2)


def _grown(box: Box, margin: float, aspect: float) -> Box:
    height = margin * _height(box, aspect)
    return Box(box.left - height * aspect, box.top - height, box.right + height * aspect, box.bottom + height)


def _closest(groups: Sequence[_Group], scale: Scale) -> tuple[_Group, _Group] | None:
    """The two that fit into the smallest crop together; None: no two do."""
    fitting = [pair for pair in combinations(groups, 2) if _fit_together(pair[0].union(pair[1]), scale)]
    return min(fitting, key=lambda pair: _crop(pair[0].union(pair[1]).parts, scale).height, default=None)


def _fit_together(group: _Group, scale: Scale) -> bool:
    smallest = min(_height(box, scale.aspect) for box in group.parts)
    return _crop(group.parts, scale).height <= scale.shared * smallest


def _placed(crop: Box, size: Point, aspect: float) -> Box:
    """Whole px, moved into the picture; where it is larger than that, what there is."""
    height = round(crop.height)
    left, right = _span(crop.centre[0], round(height * aspect), size[0])
    top, bottom = _span(crop.centre[1], height, size[1])
    return Box(left, top, right, bottom)


def _span(centre: float, side: int, limit: int) -> tuple[int, int]:
    length = min(side, limit)
    low = min(max(0, round(centre - length / 2)), limit - length)
    return low, low + length
