"""One picture in, changes of stays out: the camera's parts put together, for a live camera and for a clip alike."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from drivers.base import UNCLASSIFIED, Stay
from drivers.camera.appearance import CELLS, SLACK, Appearance
from drivers.camera.appearance_query import Chroma, FrameAppearance
from drivers.camera.background import BackgroundModel
from drivers.camera.boxes import Box, Detection
from drivers.camera.crops import Crop, CropScale, crops_of, larger, marked, without_frames
from drivers.camera.detector import Detector
from drivers.camera.detector_gate import AlwaysDetect, DetectorGate
from drivers.camera.errors import PictureChangedError
from drivers.camera.image_health import ImageHealth
from drivers.camera.ipc import Standing
from drivers.camera.models import find, weights
from drivers.camera.occupancy import WEAK, Occupancy, around
from drivers.camera.options import CameraOptions, Point, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.track import ParkedTrack
from drivers.camera.tracker import CONFIDENT, Change, Confirm, Tracker
from drivers.camera.zone_extent import AGAIN_S, ZoneExtent
from drivers.camera.zone_model import ZoneModel
from drivers.camera.zone_weights import lacking, table
from drivers.camera.zones import Zone, place
from drivers.translation import _

GAP_S = 5.0

LARGER = (2.0, 4.0)
"""Height of a larger look, over that of the largest crop; the second where the first one is too small as well."""

PIECE = 0.7
"""Share of a detection that lies in the box of the vehicle that it is a piece of."""

MUCH_LARGER = 1.5
"""Area of that box over its own: less is the same box, seen a little otherwise."""

BACKGROUND = 0.5
"""Share of its size around a zone in which the road is remembered: a vehicle in it may reach out of it."""

APPEARANCE_SHAPE = (CELLS + 2 * SLACK, CELLS + 2 * SLACK, 2)


@dataclass
class ZoneWatch:
    """A zone, the vehicles in it, its road, and the parts of the picture that show it.

    Args:
        occupancy: the zone as the zone model sees it; None: there is none, the detector sees alone.
        known: what stood in the zone by its last look, where the zone model looks too.
    """

    zone: Zone
    tracker: Tracker
    background: BackgroundModel
    crops: list[Crop]
    occupancy: Occupancy | None = None
    seen: list[Detection] = field(default_factory=list)
    known: list[Detection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.extent = ZoneExtent(self.zone)

    def may_be_small(self, frame: Frame) -> bool:
        """Whether a larger look may show a vehicle in the zone, which is due, where its own crops show none whole."""
        if self.occupancy is None or self.extent.vehicle or frame.at_s < self.extent.due_s:
            return False
        return not self._sure(self.known) and self.occupancy.may_hold_more(frame.picture, self.extent.wider)

    def larger_crop(self, size: Point, aspect: float) -> Box:
        """What the detector is shown where the zone may be smaller than a vehicle. `size`: of the picture, px."""
        height = LARGER[0] * max(view.crop.height for view in self.crops)
        return larger(Detection(self.zone.box, 1.0, UNCLASSIFIED), height, size, aspect)

    def know_larger(self, frame: Frame, found: Iterable[Detection]) -> None:
        """Takes in what a larger look shows: vehicles that are whole, in the zone, and such for both networks."""
        sure = self._sure(found)
        whole = [one for one in sure if self.occupancy and self.occupancy.is_vehicle(frame.picture, around(one.box))]
        self.known = whole or self.known
        if not whole:
            self.extent.due_s = frame.at_s + AGAIN_S

    def _sure(self, found: Iterable[Detection]) -> list[Detection]:
        """Returns the vehicles of which the detector is sure, that are whole and stand in the zone."""
        return [one for one in found if not one.cut and one.score >= CONFIDENT and self.zone.contains(one.box)]

    def learn(self) -> bool:
        """Whether the zone is to be shown otherwise, by who stands in it; where the zone model looks."""
        if self.occupancy is None or not self.extent.learn(track.box for track in self.tracker.tracks):
            return False
        self.zone.shown = self.extent.shown
        self.occupancy.fit()
        return True

    def needs_detector(self, frame: Frame) -> bool:
        """Whether the detector must look at the zone, which is due; asks the zone model first."""
        return self.occupancy is None or self.occupancy.look(frame.picture, self.tracker.tracks)

    def know(self, frame: Frame, *, detected: bool, least: float) -> None:
        """Puts together what is known of the zone, which was due. `least`: score of a box that counts."""
        if self.occupancy and detected:
            self.known = self.occupancy.judged(frame.picture, self._found(), least)
        elif self.occupancy:
            self.known = self.occupancy.granted(self.tracker.tracks)

    def _found(self) -> list[Detection]:
        return [one for view in self.crops for one in view.found]

    def step(self, frame: Frame, begin_score: float, confirm: Confirm) -> list[Change]:
        self.seen = self.zone.sift(self.known if self.occupancy else self._found())
        query = FrameAppearance(frame, self.background)
        changes = self.tracker.step(frame.at_s, self.seen, self.zone, query, confirm)
        vehicles = [one.box for one in self.seen if one.score >= begin_score]
        vehicles += self.tracker.changed(query)
        self.background.learn(frame.at_s, frame.grey, vehicles)
        return changes


class Analyser:
    """Everything between a picture and a stay.

    Args:
        zones: name -> shape, on `options.picture`.
        live: the source is a camera, not a file.
        run: makes the keys of stays unique among the runs of the process.
        standing: vehicles known from before a restart.
        gate: decides when the detector runs; None: always.

    Raises:
        ModelError: the model is missing, not the right one, or cannot be run.

    Attributes:
        zone_model: is asked before the detector; None: the detector sees alone.
        without_zone_model: why the detector sees alone, in words for a technician; "": it does not, or was told to.
    """

    def __init__(
        self,
        options: CameraOptions,
        zones: Mapping[str, ZoneShape],
        models_dir: Path,
        *,
        live: bool,
        run: str = "",
        standing: Iterable[Standing] = (),
        gate: DetectorGate | None = None,
    ) -> None:
        entry = find(models_dir, options.model)
        self.detector = Detector(entry, weights(models_dir, entry), options.threads)
        self.without_zone_model = lacking(models_dir) if options.zone_model == "auto" else ""
        asked = options.zone_model == "auto" and not self.without_zone_model
        self.zone_model = ZoneModel(table(), models_dir) if asked else None
        self.condition = ImageHealth(live)
        self.analysed = 0
        self.crops = 0
        self.detector_s = 0.0
        self._options = options
        self._shapes = zones
        self._scale = CropScale(entry.model.crop_scale, entry.model.crop_scale_shared or 0.0, self.detector.aspect)
        self._live = live
        self._run = run
        self._stays = 0
        self._before = tuple(standing)
        self._gate = gate or AlwaysDetect()
        self._size = (0, 0)
        self.views: list[Crop] = []
        self.watches: list[ZoneWatch] = []

    def step(self, frame: Frame) -> list[tuple[str, Stay]]:
        """Look at one picture; the stays that began or ended with it. Raises ZoneError: a zone does not fit it."""
        self._fit(frame)
        self.analysed += 1
        if not self.condition.assess(frame.at_s, frame.grey):
            for watch in self.watches:
                watch.seen = []
            return []
        self._see(frame)
        self._rest(frame.at_s)
        begin_score = self._options.begin_score_percent / 100
        confirm = partial(self._confirm, frame)
        stays = [
            (watch.zone.name, _stay(change))
            for watch in self.watches
            for change in watch.step(frame, begin_score, confirm)
        ]
        if any([watch.learn() for watch in self.watches]):
            self.views = _shown(self.watches, self._size, self._scale)
        return stays

    def _confirm(self, frame: Frame, one: Detection) -> Detection | None:
        """The vehicle that a detection is, or is a piece of, by a larger look; None: it was cut, and there is none."""
        height = max(view.crop.height for view in self.views)
        for times in LARGER:
            crop = larger(one, times * height, self._size, self.detector.aspect)
            found = self._detect(crop, frame, self._options.keep_score_percent / 100)
            whole = _of(without_frames(found, crop), one)
            if whole and not whole.cut:
                return whole
            if not one.cut:
                return one
        return None

    def _fit(self, frame: Frame) -> None:
        """Put the zones on the picture, whose size is known from the first one on."""
        height, width = frame.grey.shape
        if self._size == (width, height):
            return
        if self.watches:
            before = f"{self._size[0]} x {self._size[1]}"
            what = _("the picture has changed from {before} to {width} x {height} px").format(
                before=before, width=width, height=height
            )
            raise PictureChangedError(what, _("the zones are put on the new one when the camera starts again"))
        self._size = (width, height)
        zones = place(self._shapes, self._options.picture, self._size)
        self.watches = [
            ZoneWatch(
                zone,
                self._tracker(zone.name),
                BackgroundModel(zone.box.expanded(BACKGROUND).clip(Box(0, 0, width, height)).whole()),
                [],
                Occupancy(self.zone_model, zone, self._size) if self.zone_model else None,
            )
            for zone in zones
        ]
        for watch in self.watches:
            watch.learn()
        self.views = _shown(self.watches, self._size, self._scale)

    def _tracker(self, zone: str) -> Tracker:
        known = [self._track(one) for one in self._before if one.zone == zone]
        gap_s = max(GAP_S, 3 * self._options.period_s)
        begin_score = self._options.begin_score_percent / 100
        return Tracker(begin_score, gap_s, self._key, known, hindsight=not self._live)

    def _key(self) -> str:
        self._stays += 1
        return f"{self._run}{self._stays}"

    def _see(self, frame: Frame) -> None:
        """Run the detector where the gate says so; elsewhere, what it saw last is there still."""
        due = [
            watch
            for watch in self.watches
            if self._gate.due(frame.at_s, frame.grey, watch.zone, watch.tracker.needs_detection)
        ]
        least = self._options.keep_score_percent / 100
        wanted = {watch.zone.name for watch in due if watch.needs_detector(frame)}
        for view in self.views:
            if not wanted.isdisjoint(view.zones):
                view.keep(self._detect(view.crop, frame, min(WEAK, least) if self.zone_model else least))
        for watch in due:
            watch.know(frame, detected=watch.zone.name in wanted, least=least)
            if watch.may_be_small(frame):
                crop = watch.larger_crop(self._size, self.detector.aspect)
                watch.know_larger(frame, self._detect(crop, frame, CONFIDENT))

    @property
    def loads(self) -> int:
        """How often a network was loaded since the start: what was mapped for that is not needed any more."""
        return self.detector.reloads + (self.zone_model.loads if self.zone_model else 0)

    def _rest(self, at_s: float) -> None:
        """Gives up the memory of what was not asked for a while."""
        if self.zone_model:
            self.detector.rest(at_s)
            self.zone_model.rest(at_s)

    def _detect(self, crop: Box, frame: Frame, least: float) -> list[Detection]:
        began_s = time.perf_counter()
        found = self.detector.detect(frame.picture, crop, least)
        self.crops += 1
        self.detector_s += time.perf_counter() - began_s
        return marked(found, crop, self._size)

    def standing(self) -> list[Standing]:
        """Every vehicle that stands now."""
        return [self._standing(watch.zone.name, track) for watch in self.watches for track in watch.tracker.tracks]

    def _standing(self, zone: str, track: ParkedTrack) -> Standing:
        road = b"" if track.road is None else _packed(track.road)
        stay, box, seen = _stay(Change(track, None)), self._drawn(track.box), _packed(track.appearance)
        return Standing(
            zone, stay, box, seen, track.seen_s, (track.chroma.a, track.chroma.b), road, round(track.around, 2)
        )

    def _stretch(self) -> tuple[float, float]:
        """px of the picture that comes, per px of the one that zones are drawn on."""
        return self._size[0] / self._options.picture[0], self._size[1] / self._options.picture[1]

    def _drawn(self, box: Box) -> Box:
        across, down = self._stretch()
        return Box(box.left / across, box.top / down, box.right / across, box.bottom / down)

    def _track(self, one: Standing) -> ParkedTrack:
        across, down = self._stretch()
        left, top, right, bottom = one.box
        box = Box(left * across, top * down, right * across, bottom * down)
        stay, seen, road = one.stay, _unpacked(one.look), _unpacked(one.road) if one.road else None
        return ParkedTrack(
            stay.key,
            box,
            seen,
            stay.entered_s,
            one.seen_s,
            stay.vehicle,
            stay.score,
            Chroma(*one.paint),
            road,
            one.around,
            CONFIDENT,
            charged_s=stay.charged_s,
        )


def _shown(watches: Sequence[ZoneWatch], size: Point, scale: CropScale) -> list[Crop]:
    """The crops that show all zones, which each zone has from now on. `size`: of the picture, px."""
    views = crops_of([watch.zone for watch in watches], size, scale)
    for watch in watches:
        watch.crops = [view for view in views if watch.zone.name in view.zones]
    return views


def _of(found: Iterable[Detection], piece: Detection) -> Detection | None:
    """The vehicle that is shown, best first, which the piece is of: much larger, or the same."""
    holding = (one for one in found if one.box.intersection(piece.box) >= PIECE * piece.box.area)
    return next((one for one in holding if piece.cut or one.box.area >= MUCH_LARGER * piece.box.area), None)


def _stay(change: Change) -> Stay:
    track = change.track
    score = round(track.score, 3)
    return Stay(track.key, track.entered_s, change.left_s, track.vehicle, score, track.charged_s)


def _packed(one: Appearance) -> bytes:
    return one.astype(np.float16).tobytes()


def _unpacked(packed: bytes) -> Appearance:
    """Raises ValueError when it is not a look."""
    return np.frombuffer(packed, np.float16).reshape(APPEARANCE_SHAPE).astype(np.float32)
