"""Crops of the picture for the detector, in the shape of its input, in which the vehicles are large enough.

A zone has one crop, with a margin. Zones that lie together share one where their vehicles do not become too small in
it; a long zone, such as a bus lane, has several along its length, which overlap so that one shows each vehicle whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil

import cv2
import numpy as np

from drivers.camera.boxes import Box, Detection
from drivers.camera.options import Point
from drivers.camera.zones import Corners, Zone

LONG = 4.0
"""Length over width of the parts of a long zone. A bay is 2 to 3 times as long as wide; seen from low, 4."""

LEAST_MARGIN = 0.2
"""Share of its size that a part of a zone keeps as a margin on each side of a crop it shares."""

FILLS = 0.5
"""Share of the crop from which on a box says little: an empty road is often answered with one box around all of it."""

CUT = 0.02
"""Share of the crop's size within which the edge of a box counts as the edge of the crop."""

FILLS_SCORE = 0.6
"""Score, 0..1, that such a box needs."""


@dataclass(frozen=True)
class CropScale:
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
class Crop:
    """One crop (whole px, inside the picture), the zones it serves, and what the detector found in it last."""

    crop: Box
    zones: frozenset[str]
    found: list[Detection] = field(default_factory=list)

    def keep(self, found: Iterable[Detection]) -> None:
        """Keeps the detections, without the large and unsure ones that surround no vehicle."""
        self.found = without_frames(found, self.crop)


def without_frames(found: Iterable[Detection], crop: Box) -> list[Detection]:
    """The detections in a crop without the large and unsure ones that fill it and surround no vehicle."""
    limit = FILLS * crop.area
    return [one for one in found if one.box.area <= limit or one.score >= FILLS_SCORE]


def marked(found: Iterable[Detection], crop: Box, size: Point) -> list[Detection]:
    """The detections in a crop, with those marked that it has cut. What the picture's own edge cuts is all there is.

    Args:
        size: of the picture, px.
    """
    slack = CUT * max(crop.width, crop.height)
    far = 2 * slack
    open_ = Box(
        crop.left if crop.left > 0 else -far,
        crop.top if crop.top > 0 else -far,
        crop.right if crop.right < size[0] else size[0] + far,
        crop.bottom if crop.bottom < size[1] else size[1] + far,
    )
    return [one._replace(cut=one.box.reaches(open_, slack)) for one in found]


def larger(detection: Detection, crop_px: float, size: Point, aspect: float) -> Box:
    """The crop around a detection whose height is `crop_px`, in the shape of the model's input and in the picture."""
    x, y = detection.box.centre
    half = crop_px / 2
    return _placed(Box(x - half * aspect, y - half, x + half * aspect, y + half), size, aspect)


@dataclass(frozen=True)
class _Group:
    parts: tuple[Box, ...]
    zones: frozenset[str]

    def union(self, other: "_Group") -> "_Group":
        return _Group(self.parts + other.parts, self.zones | other.zones)


def crops_of(zones: Iterable[Zone], size: Point, scale: CropScale) -> list[Crop]:
    """Returns as few crops as show every part of every zone large enough. `size`: of the picture, px."""
    groups = [_Group((box,), frozenset([zone.name])) for zone in zones for box in parts(zone.shown, size)]
    while joined := _closest(groups, scale):
        first, second = joined
        groups = [one for one in groups if one not in joined] + [first.union(second)]
    return [Crop(_placed(_crop(group.parts, scale), size, scale.aspect), group.zones) for group in groups]


def parts(polygon: Corners, size: Point) -> list[Box]:
    """The box around the polygon; of a long one, boxes along it, each of which covers half of the one before."""
    boxes = [_around(Box(x, y, x, y) for x, y in piece).clip(Box(0, 0, *size)) for piece in pieces(polygon, LONG)]
    return [box for box in boxes if box.width > 0 and box.height > 0]


def pieces(polygon: Corners, longest: float) -> list[Corners]:
    """The polygon; of one that is longer than `longest` times its width, pieces of that length along it, each of which
    covers half of the one before."""
    (_, sides, angle) = cv2.minAreaRect(np.array(polygon, np.float32))
    long, short = max(sides), max(min(sides), 1.0)
    along = np.deg2rad(angle + (0 if sides[0] >= sides[1] else 90))
    ahead = float(np.cos(along)), float(np.sin(along))
    steps = max(0, ceil((long / short - longest) / (longest / 2)))
    start = min(_forward(corner, ahead) for corner in polygon)
    length = long if steps == 0 else longest * short
    starts = [start + (long - length) * step / max(1, steps) for step in range(steps + 1)]
    return [_cut(_cut(polygon, ahead, first), (-ahead[0], -ahead[1]), -first - length) for first in starts]


def _forward(corner: tuple[float, float], ahead: tuple[float, float]) -> float:
    return corner[0] * ahead[0] + corner[1] * ahead[1]


def _cut(polygon: Corners, ahead: tuple[float, float], start: float) -> Corners:
    """What of it lies ahead of `start`, as Sutherland and Hodgman clip a polygon (doi:10.1145/360767.360802)."""
    slack = 1e-3
    kept: Corners = []
    for corner, following in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        at, after = _forward(corner, ahead) - start + slack, _forward(following, ahead) - start + slack
        if at >= 0:
            kept.append(corner)
        if (at >= 0) != (after >= 0):
            share = at / (at - after)
            kept.append(
                (corner[0] + share * (following[0] - corner[0]), corner[1] + share * (following[1] - corner[1]))
            )
    return kept


def _around(boxes: Iterable[Box]) -> Box:
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def _height(box: Box, aspect: float) -> float:
    """The height of the smallest crop that holds the box, px."""
    return max(box.height, box.width / aspect)


def _crop(boxes: Sequence[Box], scale: CropScale) -> Box:
    """Returns the crop around all the boxes that has the shape of the model's input."""
    whole = _around(_grown(box, LEAST_MARGIN, scale.aspect) for box in boxes)
    height = max(_height(whole, scale.aspect), *(scale.alone * _height(box, scale.aspect) for box in boxes))
    x, y = whole.centre
    return Box(x - height * scale.aspect / 2, y - height / 2, x + height * scale.aspect / 2, y + height / 2)


def _grown(box: Box, margin: float, aspect: float) -> Box:
    height = margin * _height(box, aspect)
    return Box(box.left - height * aspect, box.top - height, box.right + height * aspect, box.bottom + height)


def _closest(groups: Sequence[_Group], scale: CropScale) -> tuple[_Group, _Group] | None:
    """The two that fit into the smallest crop together; None: no two do."""
    fitting = [pair for pair in combinations(groups, 2) if _fit_together(pair[0].union(pair[1]), scale)]
    return min(fitting, key=lambda pair: _crop(pair[0].union(pair[1]).parts, scale).height, default=None)


def _fit_together(group: _Group, scale: CropScale) -> bool:
    if len(group.parts) > len(group.zones):
        return False  # parts of one long zone are apart on purpose
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
