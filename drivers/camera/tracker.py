"""Follows vehicles in one zone: which stand still, since when, and which have left. Pure: time and looks are given.

A vehicle that has stood still is anchored: from then on its place is watched, not its box. It is there as long as
the place looks as it did; it has left when the place looks otherwise and nothing is seen there. What passes in front,
glares or hides it for a while changes nothing. Another vehicle that stands still there meanwhile is a swap.

A stay lasts from the first to the last picture that shows it, so it is never longer than was seen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from drivers.camera.boxes import Box, Detection
from drivers.camera.look import Look, blend, likeness

SETTLE_S = 3.0
"""Standing still that long makes a stay."""

GONE_S = 2.5
"""The place looks otherwise and empty that long: the vehicle has left."""

HIDDEN_S = 20.0
"""Another vehicle may hide the place that long."""

SAME_LOOK = 0.7
SAME_PLACE = 0.5
"""IoU with the anchor."""

STILL = 0.4
"""IoU of a box with the candidate it belongs to: the look tells whether that stands still, the box only which it is."""

PIECE = 0.7
"""Share of the smaller of two boxes that lies in the other one, from which on both are of one vehicle."""

COVER = 0.3
"""Share of the anchor's box that another box covers and so hides."""

AT_REST = 0.8
"""IoU of a sighting with the last one from which on the vehicle stands."""

FOLLOW = 0.1
"""Share of each new look of an anchored vehicle that goes into the remembered one."""

Glance = Callable[[Box], Look]
"""The look of a place in the picture of now."""


@dataclass(frozen=True)
class Sighting:
    """A detection of a candidate."""

    at_s: float
    detection: Detection


@dataclass
class Candidate:
    """A vehicle that may be about to stand still.

    Args:
        box, look: of its first sighting; the place must go on looking like that.
    """

    box: Box
    look: Look
    sightings: list[Sighting]

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    @property
    def usual_score(self) -> float:
        return median(one.detection.score for one in self.sightings)

    def rest(self) -> Sighting:
        """The first sighting where it is now: before, it was still rolling."""
        return next(one for one in self.sightings if one.detection.box.iou(self.last.detection.box) >= AT_REST)


@dataclass
class Anchor:
    """A vehicle that stands.

    Args:
        key: unique in the zone.
        look: of its place with it.
        seen_s: when its place last looked so; when it has left, that was the end of its stay.
        lost_s: since when the place looks otherwise; None: it does not.
    """

    key: str
    box: Box
    look: Look
    entered_s: float
    seen_s: float
    vehicle: str
    score: float
    lost_s: float | None = None


@dataclass(frozen=True)
class Change:
    """A stay that began (`left_s` None) or ended."""

    anchor: Anchor
    left_s: float | None


class Tracker:
    """The vehicles of one zone.

    Args:
        begin_score: median score, 0..1, of a vehicle that begins a stay.
        gap_s: after a pause in the pictures of more than this, nothing is concluded from what was before.
        new_key: gives the key of each new stay.
        anchors: vehicles known from before a restart.
    """

    def __init__(
        self, begin_score: float, gap_s: float, new_key: Callable[[], str], anchors: Iterable[Anchor] = ()
    ) -> None:
        self.anchors = list(anchors)
        self._gap_s = gap_s
        self._candidates: list[Candidate] = []
        self._begin_score = begin_score
        self._new_key = new_key
        self._before_s: float | None = None

    @property
    def restless(self) -> bool:
        """Whether a vehicle is about to stop or to leave, by the last picture."""
        return bool(self._candidates) or any(anchor.lost_s is not None for anchor in self.anchors)

    def step(
        self, at_s: float, detections: list[Detection], inside: Callable[[Box], bool], glance: Glance
    ) -> list[Change]:
        """One picture.

        Args:
            at_s: when it was taken, seconds; never goes back.
            detections: every vehicle seen around the zone, best first.
            inside: whether a box stands in the zone.
        """
        if self._before_s is not None and at_s - self._before_s > self._gap_s:
            self._forget()
        here = [anchor for anchor in self.anchors if self._watch(anchor, at_s, detections, glance)]
        free = [one for one in detections if inside(one.box) and not any(_holds(anchor, one) for anchor in here)]
        self._follow(at_s, free, glance)
        changes = self._leave(at_s, detections) + self._settle(at_s, glance)
        self._before_s = at_s
        return changes

    def _forget(self) -> None:
        self._candidates = []
        self._before_s = None
        for anchor in self.anchors:
            anchor.lost_s = None

    def _watch(self, anchor: Anchor, at_s: float, detections: list[Detection], glance: Glance) -> bool:
        """Whether the place of the anchor looks as it did."""
        now = glance(anchor.box)
        if likeness(anchor.look, now) < SAME_LOOK:
            if anchor.lost_s is None:
                anchor.lost_s = at_s
            return False
        anchor.seen_s = at_s
        anchor.lost_s = None
        match = next((one for one in detections if one.box.iou(anchor.box) >= SAME_PLACE), None)
        if match:
            anchor.look = blend(anchor.look, now, FOLLOW)
            anchor.score = max(anchor.score, match.score)
        return True

    def _follow(self, at_s: float, detections: list[Detection], glance: Glance) -> None:
        """Candidates go on with the box that fits them, or end; every other box begins one."""
        kept = []
        for detection in detections:
            sighting = Sighting(at_s, detection)
            candidate = next((one for one in self._candidates if _still(one, detection, glance)), None)
            if candidate is None:
                kept.append(Candidate(detection.box, glance(detection.box), [sighting]))
            elif candidate.last.at_s < at_s:
                candidate.sightings.append(sighting)
                kept.append(candidate)
        missed = [one for one in self._candidates if one.last.at_s == self._before_s]
        self._candidates = kept + missed

    def _leave(self, at_s: float, detections: list[Detection]) -> list[Change]:
        """Anchors whose place has looked otherwise for long enough."""
        gone = []
        for anchor in self.anchors:
            if anchor.lost_s is None:
                continue
            limit_s = HIDDEN_S if any(_covers(anchor, one) for one in detections) else GONE_S
            if at_s - anchor.lost_s >= limit_s:
                gone.append(anchor)
        return [self._end(anchor) for anchor in gone]

    def _end(self, anchor: Anchor) -> Change:
        self.anchors.remove(anchor)
        return Change(anchor, anchor.seen_s)

    def _settle(self, at_s: float, glance: Glance) -> list[Change]:
        """Candidates that have stood still for long enough; the anchor whose place one has taken has left before."""
        changes = []
        for candidate in [one for one in self._candidates if self._stands(one, at_s)]:
            self._candidates.remove(candidate)
            anchor = self._anchor(candidate, glance)
            replaced = [one for one in self.anchors if one.box.iou(anchor.box) >= SAME_PLACE]
            changes += [self._end(one) for one in replaced]
            self.anchors.append(anchor)
            changes.append(Change(anchor, None))
        return changes

    def _stands(self, one: Candidate, at_s: float) -> bool:
        settled = one.last.at_s == at_s and at_s - one.sightings[0].at_s >= SETTLE_S
        return settled and one.usual_score >= self._begin_score

    def _anchor(self, one: Candidate, glance: Glance) -> Anchor:
        last = one.last
        score = max(each.detection.score for each in one.sightings)
        box, vehicle = last.detection.box, last.detection.vehicle
        return Anchor(self._new_key(), box, glance(box), one.rest().at_s, last.at_s, vehicle, score)


def _holds(anchor: Anchor, detection: Detection) -> bool:
    """Whether the box is of the vehicle that stands there: the same one, or a piece of it."""
    return detection.box.common(anchor.box) >= PIECE * min(anchor.box.area, detection.box.area)


def _covers(anchor: Anchor, detection: Detection) -> bool:
    return detection.box.common(anchor.box) >= COVER * anchor.box.area


def _still(candidate: Candidate, detection: Detection, glance: Glance) -> bool:
    """Whether the box belongs to the candidate and its place has not changed."""
    if candidate.box.iou(detection.box) < STILL:
        return False
    return likeness(candidate.look, glance(candidate.box)) >= SAME_LOOK
