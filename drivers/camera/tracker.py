"""Follows vehicles in one zone: which stand still, since when, and which have left. Pure: time and looks are given.

A vehicle that has stood still is anchored (`track`). Another vehicle that stands still in its place is a swap.

A stay lasts from the first to the last picture that shows it, so it is never longer than was seen.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Protocol

from drivers.camera.appearance import Appearance, similarity
from drivers.camera.appearance_query import AppearanceQuery
from drivers.camera.boxes import Box, Detection
from drivers.camera.track import COVER, SAME_APPEARANCE, ParkedTrack

SETTLE_S = 3.0
"""Standing still that long makes a stay."""

STILL = 0.4
"""IoU of a box with the candidate it belongs to: the look tells whether that stands still, the box only which it is."""

AT_REST = 0.8
"""IoU of a sighting with the last one from which on the vehicle stands."""

CONFIDENT = 0.5
"""Median score, 0..1, of a vehicle that begins a stay though its place looks as the road did. One that has never been
scored so is there only as long as it is detected now and then."""

UNSURE_S = 6.0
"""A vehicle that is seen too weakly to begin a stay does so after that long where the road is known and looks otherwise
now, and no other vehicle explains that: two signs."""

CHANGED_BELOW = 0.5
"""Likeness to the road below which a place looks otherwise."""

SIGHTINGS = 32
"""How many sightings are remembered of a vehicle that may be about to stand still."""

NEEDS_DETECTION_S = 15.0
"""A vehicle that has been about to stop for longer is a weak answer of the detector."""


ASK_AGAIN_S = 30.0
"""A larger look that did not show the vehicle is not repeated sooner."""

SAME_GROUND = 0.4
"""Share of the smaller of two footprints that lies in the other one, above which two vehicles cannot both stand."""


SAME_VIEW = 0.45
"""The same of two boxes, of which one covers what of the other one rises above the road."""


class Ground(Protocol):
    """What the tracker asks of its zone."""

    def contains(self, box: Box) -> bool:
        """Whether a vehicle with that box stands in the zone."""
        ...

    def has_room_beside(self, box: Box) -> bool:
        """Whether the zone is so large that another vehicle of that size may stand in it."""
        ...


Confirm = Callable[[Detection], Detection | None]
"""Looks at more of the picture: the vehicle that a detection is, or is a piece of; None: there is none."""


@dataclass(frozen=True)
class Sighting:
    """A detection of a candidate."""

    at_s: float
    detection: Detection


@dataclass
class Candidate:
    """A vehicle that may be about to stand still.

    Args:
        first: its first sighting; the place must go on looking as it did then.
        refused_s: when a larger look last said that no vehicle stands in the zone there; None: it has not.
    """

    first: Sighting
    appearance: Appearance
    sightings: deque[Sighting] = field(default_factory=lambda: deque(maxlen=SIGHTINGS))
    refused_s: float | None = None

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    @property
    def usual_score(self) -> float:
        return median(one.detection.score for one in self.sightings)

    @property
    def usual_box(self) -> Box:
        """Each edge where it mostly was: the last box may be cut shorter, or be that of who drives away."""
        edges = zip(*(one.detection.box for one in self.sightings), strict=True)
        return Box(*(median(edge) for edge in edges))

    @property
    def stood_s(self) -> float:
        return self.last.at_s - self.first.at_s

    def rest_position(self) -> Sighting:
        """The first sighting where it is now: before, it was still rolling. In the dark the box wavers; by its look it
        has stood for half of SETTLE_S at least."""
        seen = [self.first, *self.sightings]
        latest_s = self.last.at_s - SETTLE_S / 2
        resting = (one.detection.box.iou(self.last.detection.box) >= AT_REST for one in seen)
        since = next(one for one, at_rest in zip(seen, resting, strict=True) if at_rest)
        settled = [one for one in seen if one.at_s <= latest_s]
        return since if since.at_s <= latest_s or not settled else settled[-1]


@dataclass(frozen=True)
class Change:
    """A stay that began or is charged anew (`left_s` None), or ended."""

    track: ParkedTrack
    left_s: float | None


class Tracker:
    """The vehicles of one zone.

    Args:
        begin_score: median score, 0..1, of a vehicle that begins a stay.
        gap_s: after a pause in the pictures of more than this, nothing is concluded from what was before.
        hindsight: what stood there before a pause and stands there after is taken for one vehicle, as in a clip; else a
            pause is a gap of sight.
        new_key: gives the key of each new stay.
        tracks: vehicles known from before a restart.
    """

    def __init__(
        self,
        begin_score: float,
        gap_s: float,
        new_key: Callable[[], str],
        tracks: Iterable[ParkedTrack] = (),
        *,
        hindsight: bool = False,
    ) -> None:
        self.tracks = list(tracks)
        self._gap_s = gap_s
        self._hindsight = hindsight
        self._candidates: list[Candidate] = []
        self._begin_score = begin_score
        self._new_key = new_key
        self._before_s: float | None = None

    @property
    def needs_detection(self) -> bool:
        """Whether a vehicle is about to stop or to leave, by the last picture."""
        stopping = any(candidate.stood_s <= NEEDS_DETECTION_S for candidate in self._candidates)
        return stopping or any(track.lost for track in self.tracks)

    def changed(self, query: AppearanceQuery) -> list[Box]:
        """Returns the boxes where a vehicle stands, or may stand because the known road looks otherwise."""
        boxes = [one.last.detection.box for one in self._candidates]
        known = [(box, before) for box in boxes if (before := query.road(box)) is not None]
        unlike = [box for box, before in known if similarity(before, query.appearance(box)) < CHANGED_BELOW]
        return unlike + [track.box for track in self.tracks]

    def step(
        self,
        at_s: float,
        detections: list[Detection],
        ground: Ground,
        query: AppearanceQuery,
        confirm: Confirm,
    ) -> list[Change]:
        """One picture.

        Args:
            at_s: when it was taken, seconds; never goes back.
            detections: every vehicle seen around the zone, best first.
            confirm: is asked about a box that is cut, or weak, and is about to begin a stay.
        """
        if self._before_s is not None and at_s - self._before_s > self._gap_s:
            self._forget(at_s - self._before_s)
        charged_s = {track.key: track.charged_s for track in self.tracks}
        here = [track for track in self.tracks if track.watch(at_s, detections, query)]
        free = [one for one in detections if not any(track.contains(one) for track in here)]
        self._follow(at_s, [one for one in free if ground.contains(one.box)], query)
        changes = [Change(track, None) for track in here if track.charged_s != charged_s[track.key]]
        changes += self._leave(at_s) + self._settle(at_s, ground, query, confirm)
        self._before_s = at_s
        return changes

    def _forget(self, pause_s: float) -> None:
        self._candidates = []
        self._before_s = None
        for track in self.tracks:
            track.forget()
            track.sight_s += pause_s if self._hindsight else 0.0

    def _follow(self, at_s: float, detections: list[Detection], query: AppearanceQuery) -> None:
        """Candidates go on with the box that fits them, or end; every other box begins one."""
        kept = []
        for detection in detections:
            sighting = Sighting(at_s, detection)
            candidate = next((one for one in self._candidates if _still(one, detection, query)), None)
            if candidate is None:
                candidate = Candidate(sighting, query.appearance(detection.box))
            elif candidate.last.at_s == at_s:
                continue
            candidate.sightings.append(sighting)
            kept.append(candidate)
        missed = [one for one in self._candidates if one.last.at_s == self._before_s]
        self._candidates = kept + missed

    def _leave(self, at_s: float) -> list[Change]:
        return [self._end(track) for track in list(self.tracks) if track.left(at_s)]

    def _end(self, track: ParkedTrack) -> Change:
        self.tracks.remove(track)
        return Change(track, track.seen_s)

    def _settle(self, at_s: float, ground: Ground, query: AppearanceQuery, confirm: Confirm) -> list[Change]:
        """Candidates that have stood still for long enough; the anchor whose place one has taken has left before."""
        changes = []
        for candidate in [one for one in self._candidates if self._stands(one, at_s, query)]:
            whole = self._confirmed(candidate, at_s, ground, confirm)
            if whole is None:
                continue
            displaced = self._without_room_for(whole.box, ground)
            there = [*displaced, *self._without_room_for(candidate.usual_box, ground)]
            if any(not one.lost or one.may_be(candidate.first.at_s) for one in there):
                continue  # it is seen there still, and two cannot stand there
            self._candidates.remove(candidate)
            changes += [self._end(one) for one in displaced]
            self.tracks.append(self._track(candidate, whole, query))
            changes.append(Change(self.tracks[-1], None))
        return changes

    def _without_room_for(self, box: Box, ground: Ground) -> list[ParkedTrack]:
        return [one for one in self.tracks if not _room_for_both(one.box, box, ground)]

    def _stands(self, one: Candidate, at_s: float, query: AppearanceQuery) -> bool:
        if one.last.at_s != at_s or one.stood_s < SETTLE_S:
            return False
        sure = one.usual_score >= self._begin_score
        box = one.last.detection.box
        before = query.road(box)
        if before is None or one.usual_score >= CONFIDENT:
            return sure
        like = similarity(before, query.appearance(box))
        if sure:
            return like < SAME_APPEARANCE
        explained = any(track.box.intersection(box) >= COVER * box.area for track in self.tracks)
        return like < CHANGED_BELOW and one.stood_s >= UNSURE_S and not explained

    def _confirmed(self, one: Candidate, at_s: float, ground: Ground, confirm: Confirm) -> Detection | None:
        """The vehicle, if it stands in the zone. A box that was cut, or is weak, needs a larger look."""
        last = one.last.detection
        if not last.cut and one.usual_score >= self._begin_score:
            return last
        if one.refused_s is not None and at_s - one.refused_s < ASK_AGAIN_S:
            return None
        whole = confirm(last)
        if whole is None or not ground.contains(whole.box):
            one.refused_s = at_s
            return None
        return whole

    def _track(self, one: Candidate, whole: Detection, query: AppearanceQuery) -> ParkedTrack:
        last = one.last
        score = max(each.detection.score for each in one.sightings)
        box, vehicle = whole.box, whole.vehicle
        now, before = query.appearance(box), query.road(box)
        if before is not None and similarity(before, now) >= SAME_APPEARANCE:
            before = None  # it stood there unseen when the road was learned
        chroma = query.chroma(box)
        return ParkedTrack(
            self._new_key(),
            box,
            now,
            one.rest_position().at_s,
            last.at_s,
            vehicle,
            score,
            chroma,
            before,
            sure_score=CONFIDENT,
        )


def _room_for_both(one: Box, other: Box, ground: Ground) -> bool:
    """Whether two vehicles can stand where these boxes are."""
    if not ground.has_room_beside(other):
        return False
    feet = one.footprint(), other.footprint()
    return not _lies_in(*feet, SAME_GROUND) and not _lies_in(one, other, SAME_VIEW)


def _lies_in(one: Box, other: Box, share: float) -> bool:
    """Whether so much of the smaller lies in the other one."""
    return one.intersection(other) > share * min(one.area, other.area)


def _still(candidate: Candidate, detection: Detection, query: AppearanceQuery) -> bool:
    """Whether the box belongs to the candidate and its place has not changed."""
    box = candidate.first.detection.box
    return (
        box.iou(detection.box) >= STILL and similarity(candidate.appearance, query.appearance(box)) >= SAME_APPEARANCE
    )
