"""Plane geometry of a zone: does its outline cross itself, has it an area, is it on the picture."""

from collections.abc import Sequence
from itertools import combinations

Corner = tuple[int, int]


def collinear(corners: Sequence[Corner]) -> bool:
    """Whether all corners lie on one line, so that the outline encloses nothing."""
    return all(_turn(*three) == 0 for three in combinations(corners, 3))


def outside(corners: Sequence[Corner], picture: tuple[int, int]) -> tuple[int, ...]:
    """Indices of the corners that do not lie on a picture of width and height `picture`; its edges belong to it."""
    width, height = picture
    return tuple(at for at, (x, y) in enumerate(corners) if not (0 <= x <= width and 0 <= y <= height))


def extent(corners: Sequence[Corner]) -> tuple[int, int]:
    """Width and height of the box around the corners."""
    xs, ys = zip(*corners, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def crossing_sides(corners: Sequence[Corner]) -> tuple[int, int] | None:
    """The first two sides (each by the index of its first corner) that share more than a common corner."""
    pairs = combinations(range(len(corners)), 2)
    return next((pair for pair in pairs if _cross(corners, *pair)), None)


def _cross(corners: Sequence[Corner], first: int, second: int) -> bool:
    count = len(corners)
    a, b = corners[first], corners[(first + 1) % count]
    c, d = corners[second], corners[(second + 1) % count]
    if second == first + 1:
        return _folds_back(a, b, d)
    if (second + 1) % count == first:
        return _folds_back(c, a, b)
    return _meet(a, b, c, d)


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """Positive: a, b, c turn one way; negative: the other; 0: they lie on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _folds_back(a: Corner, joint: Corner, c: Corner) -> bool:
    """Whether the sides a-joint and joint-c lie on each other, or one of them has no length."""
    ahead = (joint[0] - a[0]) * (c[0] - joint[0]) + (joint[1] - a[1]) * (c[1] - joint[1])
    return _turn(a, joint, c) == 0 and ahead <= 0


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the sides a-b and c-d have a point in common."""
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    ends = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _between(*points) for turn, points in zip(turns, ends, strict=True))


def _between(a: Corner, b: Corner, point: Corner) -> bool:
    """Whether `point`, known to be on the line through a and b, lies from a to b."""
    return min(a[0], b[0]) <= point[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= point[1] <= max(a[1], b[1])
