"""Boxes on the picture, px, and what the detector says of them."""

from typing import NamedTuple

FOOT_FROM = 0.4
"""How far down its box the ground under a vehicle begins: what is above may as well be its height."""

FOOT_ASIDE = 0.1
"""Share of its width on each side of a box that is left out of what lies on the road: mirrors, corners, shadows."""


class Box(NamedTuple):
    """Left, top, right, bottom; px of the picture, right and bottom not included."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def clip(self, other: "Box") -> "Box":
        """The part that lies in `other`; of area 0 where they are apart."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def expanded(self, share: float) -> "Box":
        """The box with a margin of that share of its width and height on each side."""
        across, down = share * self.width, share * self.height
        return Box(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def moved(self, across: float, down: float) -> "Box":
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def footprint(self) -> "Box":
        """The part of a vehicle's box that lies on the road, as far as a box can tell; what rises above is behind."""
        aside = FOOT_ASIDE * self.width
        return Box(self.left + aside, self.top + FOOT_FROM * self.height, self.right - aside, self.bottom)

    def reaches(self, edges: "Box", slack: float) -> bool:
        """Whether an edge of it lies on one of `edges`, or beyond, within `slack` px."""
        inner = Box(edges.left + slack, edges.top + slack, edges.right - slack, edges.bottom - slack)
        return (
            self.left <= inner.left or self.top <= inner.top or self.right >= inner.right or self.bottom >= inner.bottom
        )

    def whole(self) -> "Box":
        """The box with its edges rounded to whole px."""
        return Box(*map(round, self))

    def intersection(self, other: "Box") -> float:
        """Area that both cover, square px; 0 where they are apart."""
        cut = self.clip(other)
        return cut.width * cut.height if cut.width > 0 and cut.height > 0 else 0.0

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0..1."""
        common = self.intersection(other)
        return common / (self.area + other.area - common) if common else 0.0


class Detection(NamedTuple):
    """One vehicle that the detector sees.

    Args:
        score: 0..1.
        vehicle: the manifest's word for its class.
        cut: an edge of the box is the edge of what the detector was shown: there may be more of the vehicle.
    """

    box: Box
    score: float
    vehicle: str
    cut: bool = False


def nms(detections: list[Detection], limit: float = 0.5) -> list[Detection]:
    """Non-maximum suppression: of boxes that overlap by more than `limit` (IoU), the best is kept. Best first."""
    kept: list[Detection] = []
    for one in sorted(detections, key=lambda detection: -detection.score):
        if all(one.box.iou(other.box) <= limit for other in kept):
            kept.append(one)
    return kept
