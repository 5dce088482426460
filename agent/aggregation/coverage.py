"""The time for which the readings of a sensor stand: the union of what each covers (pure).

A reading stands for the time before it. What another one covers already is not counted again, so that a burst of
readings weighs no more than the time in which it came, and a record that comes late fills the gap that it left.
"""

import math
from bisect import bisect_left, bisect_right

from msgspec import Struct

Piece = tuple[float, float]
"""Begin (not included) and end of a time, unix seconds."""

SNAP = 0.1
"""A hole of so much of what a reading stands for is no gap: a poll comes a little sooner or later."""

MOST_PIECES = 512
"""The oldest are forgotten beyond that, and what belongs before their end is refused."""


class Covered(Struct, frozen=True, omit_defaults=True):
    """
    Args:
        pieces: in their order, with a gap between each two.
        known_from_s: of what was before nothing is known any more.
    """

    pieces: tuple[Piece, ...] = ()
    known_from_s: float = 0.0

    @property
    def until_s(self) -> float:
        """The end of what is known."""
        return self.pieces[-1][1] if self.pieces else -math.inf


def claim(covered: Covered, at_s: float, stands_s: float) -> tuple[Covered, tuple[Piece, ...]]:
    """Returns what a reading covers that no other does.

    Args:
        stands_s: time before `at_s` for which it stands.
    """
    begin_s, pieces = max(at_s - stands_s, covered.known_from_s), covered.pieces
    if at_s <= begin_s:
        return covered, ()
    if pieces and (at_s <= pieces[-1][1] or begin_s < pieces[-1][0]):
        return _filled(covered, (begin_s, at_s), SNAP * stands_s)
    if pieces and begin_s - SNAP * stands_s <= pieces[-1][1]:
        before, end_s = pieces[-1]
        return _bounded(covered, (*pieces[:-1], (before, at_s))), ((end_s, at_s),)
    return _bounded(covered, (*pieces, (begin_s, at_s))), ((begin_s, at_s),)


def since(covered: Covered, begin_s: float) -> Covered:
    """What is covered after that moment; the rest is forgotten."""
    if begin_s <= covered.known_from_s:
        return covered
    kept = tuple((max(begin, begin_s), end) for begin, end in covered.pieces if end > begin_s)
    return Covered(kept, begin_s)


def _filled(covered: Covered, wanted: Piece, snap_s: float) -> tuple[Covered, tuple[Piece, ...]]:
    """A late one, which lies between others."""
    pieces = covered.pieces
    first = bisect_left(pieces, wanted[0] - snap_s, key=lambda piece: piece[1])
    last = bisect_right(pieces, wanted[1] + snap_s, key=lambda piece: piece[0])
    near = pieces[first:last]
    begin_s, end_s = _snapped(wanted, near, snap_s)
    free = _outside((begin_s, end_s), near)
    if not free:
        return covered, ()
    whole = (min(begin_s, near[0][0]), max(end_s, near[-1][1])) if near else (begin_s, end_s)
    return _bounded(covered, (*pieces[:first], whole, *pieces[last:])), free


def _snapped(wanted: Piece, near: tuple[Piece, ...], snap_s: float) -> Piece:
    """The time without the small holes at its ends."""
    begin_s, end_s = wanted
    if near and begin_s > near[0][1] >= begin_s - snap_s:
        begin_s = near[0][1]
    if near and end_s < near[-1][0] <= end_s + snap_s:
        end_s = near[-1][0]
    return begin_s, end_s


def _outside(wanted: Piece, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """What of a time lies in none of the pieces, which are in order."""
    free, at_s = list[Piece](), wanted[0]
    for begin_s, end_s in pieces:
        if begin_s > at_s:
            free.append((at_s, min(begin_s, wanted[1])))
        at_s = max(at_s, end_s)
    if at_s < wanted[1]:
        free.append((at_s, wanted[1]))
    return tuple(free)


def _bounded(covered: Covered, pieces: tuple[Piece, ...]) -> Covered:
    if len(pieces) <= MOST_PIECES:
        return Covered(pieces, covered.known_from_s)
    return Covered(pieces[-MOST_PIECES:], pieces[-MOST_PIECES - 1][1])
