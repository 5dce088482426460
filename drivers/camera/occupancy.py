"""Which zones the detector must look at, and what stands in a zone, by the zone model and by the detector together.

The zone model is asked about each place of a zone first. Where all are free, or a vehicle that is known stands in one
and leaves no room for another, the detector has nothing to add. It is shown the rest: a vehicle that has come needs a
box and a class, and in a zone much larger than a vehicle the model asked about the whole is unsure. Where the
detector is silent, a place that is taken has its own box; each box in the zone is held against the zone model in turn.
A weak one must be taken by what that says of the box and of its place together: among a dozen weak boxes in leaves or
on an island of the road there is often one that by itself looks like a vehicle.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from drivers.base import UNCLASSIFIED
from drivers.camera.boxes import Box, Detection
from drivers.camera.crops import pieces
from drivers.camera.options import Point
from drivers.camera.track import ParkedTrack
from drivers.camera.tracker import CONFIDENT
from drivers.camera.zone_model import SUREST, ZoneModel, mean
from drivers.camera.zone_view import Picture, ZoneView
from drivers.camera.zones import Zone

PLACE = 3.0
"""Length over width of a place. A vehicle is 2.5 times as long as wide, and a kerb zone little wider than a vehicle."""

ROUND = 0.1
"""Share of its size around a vehicle's box that makes a place of it, as a zone is drawn around one."""

FULL = 0.5
"""Share of a place that the box of a vehicle covers, from which on there is no room in it for another."""

IN_IT = 0.5
"""Share of a vehicle's box that lies in a place that it stands in."""

WEAK = 0.1
"""Score, 0..1, from which on a box of the detector is shown to the zone model; that it must then take it for taken."""

LIKELY = 0.7
"""What the zone model says of a box and its place together, 0..1, from which on a box of which the detector is not sure
counts by itself. People who walk in a pair are such boxes: each looks like a vehicle, the place does not."""

LEAST_PX = 20
"""The smaller side of a box, px, from which on the zone model is asked about it: anything smaller is stretched to a
blur that it may take for a vehicle."""

SMALLEST = 1 / 9
"""Share of a place that a vehicle in it covers at least: a zone is hardly drawn thrice as large as one each way."""


@dataclass
class Place:
    """A part of a zone in which one vehicle has room.

    Args:
        taken: the answer of the zone model to the last look, 0..1.
    """

    box: Box
    view: ZoneView
    taken: float = 0.0

    def holds(self, box: Box) -> bool:
        return box.intersection(self.box) >= IN_IT * min(box.area, self.box.area)


@dataclass
class Occupancy:
    """The places of one zone, as the zone model sees them.

    Args:
        size: of the picture, px.
    """

    model: ZoneModel
    zone: Zone
    size: Point
    places: list[Place] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Makes the places anew, of what is shown of the zone."""
        picture = Box(0, 0, *self.size)
        boxes = [(_box(piece).clip(picture), piece) for piece in pieces(self.zone.shown, PLACE)]
        self.places = [Place(box, ZoneView(piece)) for box, piece in boxes if box.width > 0 and box.height > 0]

    def look(self, picture: Picture, tracks: Iterable[ParkedTrack]) -> bool:
        """Ask about each place; whether the detector must look at the zone too."""
        for place in self.places:
            place.taken = self.model.taken(picture, place.view)
        standing = _standing(tracks)
        return any(self._is_open(place, standing) for place in self.places)

    def _is_open(self, place: Place, standing: Sequence[ParkedTrack]) -> bool:
        """Whether the detector may know more: of a place that is not surely free, and that no known vehicle fills."""
        if place.taken <= self.model.table.surely_free:
            return False
        return not (place.taken >= self.model.table.taken and any(_fills(track, place) for track in standing))

    def may_hold_more(self, picture: Picture, wider: ZoneView) -> bool:
        """Whether a vehicle may stand there that is larger than the zone, which has room for one."""
        return len(self.places) == 1 and (bool(self._taken()) or self.is_vehicle(picture, wider))

    def is_vehicle(self, picture: Picture, view: ZoneView) -> bool:
        """Whether the zone model takes it for taken."""
        return self.model.taken(picture, view) >= self.model.table.taken

    def granted(self, tracks: Iterable[ParkedTrack]) -> list[Detection]:
        """The vehicles that are taken for granted where the detector does not look: known, in a place that is taken."""
        taken = self._taken()
        pairs = [(track, [place.taken for place in taken if place.holds(track.box)]) for track in _standing(tracks)]
        return [Detection(track.box, max(answers), track.vehicle) for track, answers in pairs if answers]

    def judged(self, picture: Picture, found: Iterable[Detection], least: float) -> list[Detection]:
        """What the detector sees around the zone, without what the zone model does not take for a vehicle in it, and
        with the places that are taken where the detector is silent.

        Args:
            least: score of a box that counts by itself.
        """
        kept: list[Detection] = []
        for one in sorted(found, key=lambda each: -each.score):  # the detector knows which of its boxes fits best
            if self.zone.is_apart(one, kept) and (known := self._held_against(picture, one, least)):
                kept.append(known)
        inside = [one for one in kept if self.zone.contains(one.box)]
        sure = [place for place in self._apart() if place.taken >= self.model.table.taken_alone]
        silent = [place for place in sure if not any(place.holds(one.box) for one in inside)]
        return kept + [Detection(place.box, place.taken, UNCLASSIFIED) for place in silent]

    def _held_against(self, picture: Picture, one: Detection, least: float) -> Detection | None:
        """The box with the better of both scores; None: it is no vehicle. Outside of the zone it is as it was."""
        if not self.zone.contains(one.box):
            return one if one.score >= least else None
        if one.score >= CONFIDENT and any(place.holds(one.box) for place in self._taken()):
            return one
        may_be_raised, of_place = self._is_large(one.box), self._of_place(one.box)
        if one.score < least and not (may_be_raised and mean([SUREST, of_place]) >= self.model.table.taken):
            return None
        answer = self.model.taken(picture, around(one.box))
        together = mean([answer, of_place])
        if may_be_raised and together >= self.model.table.taken:
            return one._replace(score=max(one.score, answer))
        believed = answer > self.model.table.surely_free if one.score >= CONFIDENT else together >= LIKELY
        return one if one.score >= least and believed else None

    def _of_place(self, box: Box) -> float:
        """The best answer to a place that the box lies in."""
        return max([place.taken for place in self.places if place.holds(box)] or [place.taken for place in self.places])

    def _is_large(self, box: Box) -> bool:
        """Whether a box is so large that the zone model may be believed that it is a vehicle in the zone."""
        largest = max(place.box.area for place in self.places)
        return min(box.width, box.height) >= LEAST_PX and box.area >= SMALLEST * largest

    def _apart(self) -> list[Place]:
        """The places that are taken, best first, without those that cover half of a better one."""
        kept: list[Place] = []
        for place in self._taken():
            if not any(other.holds(place.box) for other in kept):
                kept.append(place)
        return kept

    def _taken(self) -> list[Place]:
        """The places that are taken, best first."""
        taken = [place for place in self.places if place.taken >= self.model.table.taken]
        return sorted(taken, key=lambda each: -each.taken)


def _standing(tracks: Iterable[ParkedTrack]) -> list[ParkedTrack]:
    """Tracks whose place looked at the last picture as it did."""
    return [track for track in tracks if not track.lost]


def around(box: Box) -> ZoneView:
    """The view of a vehicle, as if a zone were drawn around it."""
    return ZoneView.of_box(box.expanded(ROUND))


def _fills(track: ParkedTrack, place: Place) -> bool:
    return track.box.intersection(place.box) >= FULL * place.box.area


def _box(polygon: Iterable[tuple[float, float]]) -> Box:
    xs, ys = zip(*polygon, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))
