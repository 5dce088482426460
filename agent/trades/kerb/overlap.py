"""Zones of one view that share ground: the difference of their counts would be a single stay (pure)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from drivers.camera.options import Size, ZoneShape

Corners = Sequence[tuple[float, float]]

LEAST = 0.1
"""Share of the smaller zone that must lie in the other one: lines drawn by hand along one kerb overlap by less."""

_STEPS = 40
"""Points in which each way a zone is looked at."""


class View(NamedTuple):
    """What a camera looks at: two of the configuration may look at the same.

    Args:
        seen: the same for those that do.
        picture: width and height, px, that its zones are drawn on.
    """

    seen: str
    picture: Size


class _Ground(NamedTuple):
    """A zone: what its camera looks at, and its corners by the width and the height of the picture."""

    seen: str
    corners: Corners


def uncounted(zones: Mapping[str, ZoneShape], views: Mapping[str, View]) -> dict[str, str]:
    """Returns zones whose counts are not told, each with the one that it shares ground with: the larger one counts.

    Args:
        views: by the names of the cameras.
    """
    grounds = {name: _ground(zone, views[zone.camera]) for name, zone in zones.items()}
    told: list[str] = []
    found: dict[str, str] = {}
    for name in sorted(grounds, key=lambda each: (-_area(grounds[each].corners), each)):
        other = next((each for each in told if _overlap(grounds[name], grounds[each])), None)
        if other is None:
            told.append(name)
        else:
            found[name] = other
    return found


def _ground(zone: ZoneShape, view: View) -> _Ground:
    width, height = view.picture
    return _Ground(view.seen, tuple((x / width, y / height) for x, y in zone.polygon))


def _overlap(smaller: _Ground, larger: _Ground) -> bool:
    return smaller.seen == larger.seen and shared(smaller.corners, larger.corners) >= LEAST


def shared(one: Corners, other: Corners) -> float:
    """Returns the share of `one`, 0..1, that lies in `other`; 0 for one that has no area."""
    xs, ys = zip(*one, strict=True)
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    across, down = (right - left) / _STEPS, (bottom - top) / _STEPS
    points = [(left + (x + 0.5) * across, top + (y + 0.5) * down) for x in range(_STEPS) for y in range(_STEPS)]
    inside = [point for point in points if _holds(one, *point)]
    return sum(_holds(other, *point) for point in inside) / len(inside) if inside else 0.0


def _area(corners: Corners) -> float:
    """Returns it in square units, by the shoelace formula."""
    following = [*corners[1:], corners[0]]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(corners, following, strict=True))) / 2


def _holds(corners: Corners, x: float, y: float) -> bool:
    """Whether the point lies inside, by the even-odd rule."""
    inside = False
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
