"""One picture in, changes of stays out: the camera's parts put together, for a live camera and for a clip alike."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from drivers.base import Stay
from drivers.camera.appearance import CELLS, SLACK, Appearance
from drivers.camera.appearance_query import Chroma, FrameAppearance
from drivers.camera.background import BackgroundModel
from drivers.camera.boxes import Box, Detection
from drivers.camera.crops import Crop, CropScale, crops_of
from drivers.camera.detector import Detector
from drivers.camera.detector_gate import AlwaysDetect, DetectorGate
from drivers.camera.errors import PictureChangedError
from drivers.camera.image_health import ImageHealth
from drivers.camera.ipc import Standing
from drivers.camera.models import find, weights
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.track import ParkedTrack
from drivers.camera.tracker import CONFIDENT, Change, Tracker
from drivers.camera.zones import Zone, place
from drivers.translation import _

GAP_S = 5.0

BACKGROUND = 0.5
"""Share of its size around a zone in which the road is remembered: a vehicle in it may reach out of it."""

APPEARANCE_SHAPE = (CELLS + 2 * SLACK, CELLS + 2 * SLACK, 2)


@dataclass
class ZoneWatch:
    """A zone, the vehicles in it, its road, and the parts of the picture that show it."""

    zone: Zone
    tracker: Tracker
    background: BackgroundModel
    crops: list[Crop]
    seen: list[Detection] = field(default_factory=list)

    def step(self, frame: Frame, begin_score: float) -> list[Change]:
        self.seen = self.zone.sift(one for view in self.crops for one in view.found)
        query = FrameAppearance(frame.picture, self.background)
        changes = self.tracker.step(frame.at_s, self.seen, self.zone.contains, query)
        vehicles = [one.box for one in self.seen if one.score >= begin_score]
        vehicles += self.tracker.changed(query)
        self.background.learn(frame.at_s, frame.picture, vehicles)
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
        self.condition = ImageHealth(live)
        self.analysed = 0
        self.crops = 0
        self.detector_s = 0.0
        self._options = options
        self._shapes = zones
        self._scale = CropScale(entry.model.crop_scale, entry.model.crop_scale_shared or 0.0, self.detector.aspect)
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
        if not self.condition.assess(frame.at_s, frame.picture):
            for watch in self.watches:
                watch.seen = []
            return []
        self._see(frame)
        begin_score = self._options.begin_score_percent / 100
        return [(watch.zone.name, _stay(change)) for watch in self.watches for change in watch.step(frame, begin_score)]

    def _fit(self, frame: Frame) -> None:
        """Put the zones on the picture, whose size is known from the first one on."""
        height, width = frame.picture.shape[:2]
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
        self.views = crops_of(zones, self._size, self._scale)
        self.watches = [
            ZoneWatch(
                zone,
                self._tracker(zone.name),
                BackgroundModel(zone.box.expanded(BACKGROUND).clip(Box(0, 0, width, height)).whole()),
                [view for view in self.views if zone.name in view.zones],
            )
            for zone in zones
        ]

    def _tracker(self, zone: str) -> Tracker:
        known = [self._track(one) for one in self._before if one.zone == zone]
        gap_s = max(GAP_S, 3 * self._options.period_s)
        return Tracker(self._options.begin_score_percent / 100, gap_s, self._key, known)

    def _key(self) -> str:
        self._stays += 1
        return f"{self._run}{self._stays}"

    def _see(self, frame: Frame) -> None:
        """Run the detector where the gate says so; elsewhere, what it saw last is there still."""
        due = {
            watch.zone.name
            for watch in self.watches
            if self._gate.due(frame.at_s, frame.picture, watch.zone, watch.tracker.needs_detection)
        }
        for view in self.views:
            if not due.isdisjoint(view.zones):
                view.keep(self._detect(view.crop, frame))

    def _detect(self, crop: Box, frame: Frame) -> list[Detection]:
        began_s = time.perf_counter()
        found = self.detector.detect(frame.picture, crop, self._options.keep_score_percent / 100)
        self.crops += 1
        self.detector_s += time.perf_counter() - began_s
        return found

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
        )


def _stay(change: Change) -> Stay:
    track = change.track
    return Stay(track.key, track.entered_s, change.left_s, track.vehicle, round(track.score, 3))


def _packed(one: Appearance) -> bytes:
    return one.astype(np.float16).tobytes()


def _unpacked(packed: bytes) -> Appearance:
    """Raises ValueError when it is not a look."""
    return np.frombuffer(packed, np.float16).reshape(APPEARANCE_SHAPE).astype(np.float32)
