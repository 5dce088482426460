"""The track of a parked vehicle: whether its place still shows it, hides it, or shows the road again. Pure.

From when it stands, its place is watched, not its box. It is there as long as the place looks as it did. To have left
takes evidence of the road: the place looks as the road did before, or bare and steady in a view that is clear. What
passes in front, glares, or fades the view (fog, night, rain) is no such evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from drivers.camera.appearance import (
    HALVES,
    Appearance,
    blend,
    difference,
    similarity,
    similarity_of_half,
    strength,
    strength_around,
)
from drivers.camera.appearance_query import AppearanceQuery, Chroma
from drivers.camera.boxes import Box, Detection

SAME_APPEARANCE = 0.7
SAME_AGAIN = 0.85
"""The similarity above which it is the same vehicle, after the road was seen there. A swap of a white car for a
silver one came to 0.80, the same car to 0.86 or more."""

SAME_HALF = 0.85
"""Similarity of one half of the place from which on the vehicle is seen there, half hidden."""

HALF_NOT_ROAD = 0.15
"""A factor: how much less that half must look like the road, which the corners of a box show, vehicle or not."""

OPEN_ROAD, OPEN_ROAD_ALIKE = 0.25, 0.85
"""How much nearer to the road's look than to the vehicle's, and how alike the road, a place is that shows the road
beyond doubt."""

SAME_PLACE = 0.5
"""IoU with the anchor."""

PIECE = 0.7
"""Share of the smaller of two boxes that lies in the other one, from which on both are of one vehicle."""

COVER = 0.3
"""Share of the anchor's box that another box covers and so hides."""

FOLLOW = 0.1
"""Share of each new look of an anchored vehicle that goes into the remembered one."""

AROUND = 0.5
"""Share of its size on each side of a place that is looked at to tell whether the view is clear."""

CLEAR = 0.5
"""Share of the gradient around the place that must be left; less: fog, glare or the night hide it."""

ROAD = 0.5
"""How much nearer to the road's look than to the vehicle's a place is that shows the road."""

MOVED = 0.7
"""IoU of a vehicle's box with the anchor below which a vehicle on the same ground is one that moves there, where the
place looks less like the anchored one than usual."""

SAME_LINE = 0.15
"""How far the lower edges of two such boxes lie apart at most, over the anchor's height: who passes in front is nearer
to the camera."""

OUTSIDE = 0.1
"""How much of such a box lies outside of the anchor, over the anchor's area; less is a piece of the vehicle."""

LIKE_ROAD = 0.7
"""Similarity to the road, where that is known, of what may be the road in another light. Something that stands before
the vehicle and is not detected is less like it."""

LESS_ALIKE = 0.1
"""How much less than usual a place looks like the vehicle that road looks like which the edge of the kerb crosses, or
the lines of a bay: 0.71 to 0.82 where the vehicle came to 0.96 and more."""

LEAST_DIFFERENCE = 1e-3

ROAD_ERRS_S = 2.0
"""Seconds: after the road was seen for less, a vehicle that looks the same is the one of before, charged
anew; else another."""

QUICKEST_SWAP_S = 10.0
"""The least time in which one vehicle takes the place of another out of sight."""

FLAT = 0.5
"""Share of the vehicle's gradient below which a place whose road is not known is bare road."""


class Evidence(IntEnum):
    """What the place of a vehicle shows that no longer looks as it did; the surest sign that it has left first.

    OPEN_ROAD: the very look of the road, on which nothing is detected. A vehicle would hide it, so one look will do; to
    wait would let the next one, if it looks alike, be taken for the one that left.
    UNDETECTED: it looks much as it did, but no vehicle is seen any more, of which the detector has never been sure, or
        which looked more like itself as long as it was.
    """

    OPEN_ROAD = 0
    ROAD = 1
    BARE = 2
    UNCLEAR = 3
    UNDETECTED = 4
    HIDDEN = 5
    UNSEEN = 6


PATIENCE_S = {
    Evidence.OPEN_ROAD: 0.0,
    Evidence.ROAD: 2.5,
    Evidence.BARE: 5.0,
    Evidence.UNCLEAR: 30.0,
    Evidence.UNDETECTED: 60.0,
    Evidence.HIDDEN: 120.0,
    Evidence.UNSEEN: 1800.0,
}
"""The vehicle has left when for so long every sign was at least as sure as this one. The last four end what no
evidence ends: a stay that went on for ever would be told as an overstay. A car that was never seen well went
undetected for 21 s at most, in 20 clips as they are and with a third of their contrast."""


@dataclass
class ParkedTrack:
    """A vehicle that stands.

    Args:
        key: unique in the zone.
        appearance: of its place with it.
        seen_s: when its place last looked so; when it has left, that was the end of its stay.
        chroma: of it.
        road: look of its place before it came; None: not known.
        around: gradient around its place in a clear view; 0: not known.
        sure_score: detector score from which on it is a vehicle for certain; before, only as long as it is detected.
        evidence_since_s: since when the place has shown nothing less sure than each.
        bare: the road was seen there since the place stopped looking so.
        empty: nothing was seen there since it looked less like the vehicle than usual.
        moved: a vehicle was seen to come there or drive off since the place stopped looking so; `moving`: by the last
            picture. Who leaves is not charged anew: what stands there next is.
        glimpse: the last look while it looks otherwise.
        charged_s: since when it is known to be one and the same vehicle, the entry or later: where it was out of sight
            for as long as a swap takes, another one may have come.
        usual: likeness of its place, as long as the vehicle is seen; 0: not known.
        sight_s: when its place last looked as it did, or was held to have, whatever the detector said.
    """

    key: str
    box: Box
    appearance: Appearance
    entered_s: float
    seen_s: float
    vehicle: str
    score: float
    chroma: Chroma
    road: Appearance | None = None
    around: float = 0.0
    sure_score: float = 0.0
    evidence_since_s: dict[Evidence, float] = field(default_factory=dict)
    bare: bool = False
    empty: bool = False
    moved: bool = False
    moving: bool = False
    glimpse: Appearance | None = None
    charged_s: float | None = None
    usual: float = 0.0
    sight_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.sight_s = self.seen_s

    @property
    def lost(self) -> bool:
        return bool(self.evidence_since_s)

    def watch(self, at_s: float, detections: Sequence[Detection], query: AppearanceQuery) -> bool:
        """Take in one picture; whether the place looks as it did."""
        now = query.appearance(self.box)
        likeness = similarity(self.appearance, now)
        alike = likeness >= (SAME_AGAIN if self.bare else SAME_APPEARANCE)
        self.moving = likeness < self.usual - LESS_ALIKE and any(_moves(one.box, self.box) for one in detections)
        self.moved |= self.moving
        another = alike and self._swapped(at_s)
        if alike and not another and not self.chroma.contradicts(query.chroma(self.box)):
            return self._alike(at_s, now, likeness, detections, query)
        if not alike and _half_seen(self, now):
            self._in_sight(at_s)
            self._seen_again(at_s)
            return True
        self._note(at_s, Evidence.OPEN_ROAD if another else self._evidence(now, detections, query))
        self.glimpse = now
        return False

    def left(self, at_s: float) -> bool:
        return any(at_s - since_s >= PATIENCE_S[sign] for sign, since_s in self.evidence_since_s.items())

    def may_be(self, first_s: float) -> bool:
        """Whether what was seen first at that time may be this vehicle, which begins to drive off."""
        return self.empty and first_s - self.seen_s < ROAD_ERRS_S

    def forget(self) -> None:
        """Conclude nothing from what was seen before: the pictures had a pause."""
        self.evidence_since_s, self.glimpse = {}, None
        self.bare = self.empty = self.moved = False

    def contains(self, detection: Detection) -> bool:
        """Whether the box is of this vehicle: the same one, or a piece of it."""
        return detection.box.intersection(self.box) >= PIECE * min(self.box.area, detection.box.area)

    def _alike(
        self,
        at_s: float,
        now: Appearance,
        likeness: float,
        detections: Sequence[Detection],
        query: AppearanceQuery,
    ) -> bool:
        """Whether it is the vehicle that looks so, not a road much like it."""
        match = next((one for one in detections if one.box.iou(self.box) >= SAME_PLACE or self.contains(one)), None)
        if likeness < self.usual - LESS_ALIKE and (match is None or self._empty_for_long(at_s)):
            self._note(at_s, Evidence.UNDETECTED)
            self.empty = True
            return False
        self._in_sight(at_s)
        if match is None and self.score < self.sure_score:
            self._note(at_s, Evidence.UNDETECTED)
            return True
        self._seen_again(at_s)
        if match:
            self._learn(now, likeness, match, query)
        return True

    def _empty_for_long(self, at_s: float) -> bool:
        """Whether a vehicle that is seen now may be another one than that which was not."""
        return self.empty and at_s - self.evidence_since_s[Evidence.UNDETECTED] >= ROAD_ERRS_S

    def _learn(self, now: Appearance, likeness: float, match: Detection, query: AppearanceQuery) -> None:
        self.usual += FOLLOW * (likeness - self.usual) if self.usual else likeness
        self.appearance = blend(self.appearance, now, FOLLOW)
        self.score = max(self.score, match.score)
        around = strength_around(query.appearance(self.box.expanded(AROUND)))
        self.around = self.around + FOLLOW * (around - self.around) if self.around else around

    def _seen_again(self, at_s: float) -> None:
        self.seen_s = at_s
        self.forget()
        self.moved = self.moving

    def _swapped(self, at_s: float) -> bool:
        """Whether what looks like the vehicle is another one: the road was seen, for longer than a look errs."""
        return self.bare and at_s - self.evidence_since_s[Evidence.UNSEEN] >= ROAD_ERRS_S

    def _in_sight(self, at_s: float) -> None:
        if self.bare or self.empty or (self.moved and not self.moving) or at_s - self.sight_s >= QUICKEST_SWAP_S:
            self.charged_s = at_s
        self.sight_s = at_s

    def _evidence(self, now: Appearance, detections: Sequence[Detection], query: AppearanceQuery) -> Evidence:
        around = strength_around(query.appearance(self.box.expanded(AROUND)))
        if around < CLEAR * self.around or query.dazzled(self.box):
            return Evidence.UNSEEN
        covered = any(one.box.intersection(self.box) >= COVER * self.box.area for one in detections)
        if (road := _road_shown(self, now)) is not None and not (covered and road is Evidence.OPEN_ROAD):
            return road
        if covered:
            return Evidence.HIDDEN
        steady = self.glimpse is not None and similarity(self.glimpse, now) >= SAME_APPEARANCE
        steady &= self.road is None or similarity(self.road, now) >= LIKE_ROAD
        flat = self.road is None and strength(now) < FLAT * strength(self.appearance)
        return Evidence.BARE if steady or flat else Evidence.UNCLEAR

    def _note(self, at_s: float, shown: Evidence) -> None:
        self.evidence_since_s = {sign: self.evidence_since_s.get(sign, at_s) for sign in Evidence if sign >= shown}
        self.bare = self.bare or shown <= (Evidence.BARE if self.road is None else Evidence.ROAD)


def _half_seen(track: ParkedTrack, now: Appearance) -> bool:
    """Whether one half looks as it did, and not like the road: something stands before the other one."""
    if track.road is None or track.bare or track.score < track.sure_score:
        return False
    for half in range(len(HALVES)):
        alike = similarity_of_half(track.appearance, now, half)
        if alike >= SAME_HALF and alike - similarity_of_half(track.road, now, half) >= HALF_NOT_ROAD:
            return True
    return False


def _road_shown(track: ParkedTrack, now: Appearance) -> Evidence | None:
    """How surely the place shows the road; None: it does not, or the road is not known."""
    if track.road is None:
        return None
    nearer = difference(track.road, now) / max(difference(track.appearance, now), LEAST_DIFFERENCE)
    if nearer < OPEN_ROAD and similarity(track.road, now) >= OPEN_ROAD_ALIKE:
        return Evidence.OPEN_ROAD
    return Evidence.ROAD if nearer < ROAD else None


def _moves(box: Box, anchor: Box) -> bool:
    """Whether a vehicle with that box comes to the place of the anchor, or drives off."""
    common = box.intersection(anchor)
    outside = box.area - common >= OUTSIDE * anchor.area
    on_line = abs(box.bottom - anchor.bottom) <= SAME_LINE * anchor.height
    return on_line and outside and COVER * anchor.area <= common and box.iou(anchor) < MOVED
