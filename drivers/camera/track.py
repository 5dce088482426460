"""The track of a parked vehicle: whether its place still shows it, hides it, or shows the road again. Pure.

From when it stands, its place is watched, not its box. It is there as long as the place looks as it did. To have left
takes evidence of the road: the place looks as the road did before, or bare and steady in a view that is clear. What
passes in front, glares, or fades the view (fog, night, rain) is no such evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from drivers.camera.appearance import Appearance, blend, difference, similarity, strength, strength_around
from drivers.camera.appearance_query import AppearanceQuery, Chroma
from drivers.camera.boxes import Box, Detection

SAME_APPEARANCE = 0.7
SAME_AGAIN = 0.85
"""The similarity above which it is the same vehicle, after the road was seen there. A swap of a white car for a
silver one came to 0.80, the same car to 0.86 or more."""

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

FLAT = 0.5
"""Share of the vehicle's gradient below which a place whose road is not known is bare road."""


class Evidence(IntEnum):
    """What the place of a vehicle shows that no longer looks as it did; the surest sign that it has left first.

    UNDETECTED: it looks as it did, but the detector, which has never been sure of the vehicle, sees none.
    """

    ROAD = 0
    BARE = 1
    UNCLEAR = 2
    UNDETECTED = 3
    HIDDEN = 4
    UNSEEN = 5


PATIENCE_S = {
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
        glimpse: the last look while it looks otherwise.
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
    glimpse: Appearance | None = None

    @property
    def lost(self) -> bool:
        return bool(self.evidence_since_s)

    def watch(self, at_s: float, detections: Sequence[Detection], query: AppearanceQuery) -> bool:
        """Take in one picture; whether the place looks as it did."""
        now = query.appearance(self.box)
        alike = similarity(self.appearance, now) >= (SAME_AGAIN if self.bare else SAME_APPEARANCE)
        if alike and not self.chroma.contradicts(query.chroma(self.box)):
            self._seen(at_s, now, detections, query)
            return True
        self._note(at_s, self._evidence(now, detections, query))
        self.glimpse = now
        return False

    def left(self, at_s: float) -> bool:
        return any(at_s - since_s >= PATIENCE_S[sign] for sign, since_s in self.evidence_since_s.items())

    def forget(self) -> None:
        """Conclude nothing from what was seen before: the pictures had a pause."""
        self.evidence_since_s, self.bare, self.glimpse = {}, False, None

    def contains(self, detection: Detection) -> bool:
        """Whether the box is of this vehicle: the same one, or a piece of it."""
        return detection.box.intersection(self.box) >= PIECE * min(self.box.area, detection.box.area)

    def _seen(self, at_s: float, now: Appearance, detections: Sequence[Detection], query: AppearanceQuery) -> None:
        match = next((one for one in detections if one.box.iou(self.box) >= SAME_PLACE), None)
        if match is None and self.score < self.sure_score:
            self._note(at_s, Evidence.UNDETECTED)
            return
        self.seen_s = at_s
        self.forget()
        if match:
            self.appearance = blend(self.appearance, now, FOLLOW)
            self.score = max(self.score, match.score)
            around = strength_around(query.appearance(self.box.expanded(AROUND)))
            self.around = self.around + FOLLOW * (around - self.around) if self.around else around

    def _evidence(self, now: Appearance, detections: Sequence[Detection], query: AppearanceQuery) -> Evidence:
        around = strength_around(query.appearance(self.box.expanded(AROUND)))
        if around < CLEAR * self.around or query.dazzled(self.box):
            return Evidence.UNSEEN
        if self.road is not None and difference(self.road, now) < ROAD * difference(self.appearance, now):
            return Evidence.ROAD
        if any(one.box.intersection(self.box) >= COVER * self.box.area for one in detections):
            return Evidence.HIDDEN
        steady = self.glimpse is not None and similarity(self.glimpse, now) >= SAME_APPEARANCE
        flat = self.road is None and strength(now) < FLAT * strength(self.appearance)
        return Evidence.BARE if steady or flat else Evidence.UNCLEAR

    def _note(self, at_s: float, shown: Evidence) -> None:
        self.evidence_since_s = {sign: self.evidence_since_s.get(sign, at_s) for sign in Evidence if sign >= shown}
        self.bare = self.bare or shown <= Evidence.BARE
