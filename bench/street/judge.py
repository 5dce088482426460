"""What the detector alone and the zone model before it say of zones on one picture, with the code that ships."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from msgspec import structs

from drivers.camera.boxes import Detection
from drivers.camera.crops import CropScale, crops_of
from drivers.camera.detector import Detector
from drivers.camera.models import find, weights
from drivers.camera.occupancy import WEAK, Occupancy
from drivers.camera.zone_model import ZoneModel, ZoneNet
from drivers.camera.zone_view import Picture
from drivers.camera.zone_weights import ZoneModelTable, table
from drivers.camera.zones import Zone

MODELS = Path(__file__).parents[2] / "models"
MODEL = "ssd-mobilenet-v2-oidv4"
BEGIN, KEEP = 0.3, 0.2
"""The scores that ship."""

Detect = Callable[[Any, Any, float], list[Detection]]


class Judge:
    """A zone model, and the detector behind it.

    Args:
        found: how often the detector ran.
    """

    def __init__(self, model: ZoneModel | None = None) -> None:
        entry = find(MODELS, MODEL)
        self.entry = entry
        self.detector = Detector(entry, weights(MODELS, entry), 1)
        self.model = model or ZoneModel(table(), MODELS)
        self._scale = CropScale(entry.model.crop_scale, entry.model.crop_scale_shared or 0.0, self.detector.aspect)

    def alone(self, detect: Detect, picture: Any, zones: list[Zone]) -> list[bool]:
        found = self.found(detect, picture, zones, {zone.name for zone in zones}, KEEP)
        return [_stands(zone, found[zone.name]) for zone in zones]

    def with_zone_model(self, detect: Detect, picture: Any, zones: list[Zone]) -> list[bool]:
        size = picture.shape[1::-1]
        places = {zone.name: Occupancy(self.model, zone, size) for zone in zones}
        wanted = {name for name, each in places.items() if each.look(picture, ())}
        found = self.found(detect, picture, zones, wanted, WEAK)
        known = {name: places[name].judged(picture, found[name], KEEP) for name in wanted}
        return [_stands(zone, known.get(zone.name, [])) for zone in zones]

    def found(
        self, detect: Detect, picture: Any, zones: list[Zone], wanted: set[str], least: float
    ) -> dict[str, list[Detection]]:
        """What the detector sees around the zones that are wanted."""
        found: dict[str, list[Detection]] = {zone.name: [] for zone in zones}
        for view in crops_of(zones, picture.shape[1::-1], self._scale):
            if not wanted.isdisjoint(view.zones):
                view.keep(detect(picture, view.crop, least))
            for name in view.zones:
                found[name] += view.found
        return found


class Remembering(ZoneModel):
    """A zone model whose thresholds may be moved, and whose networks answer about a view once."""

    def __init__(self, measured: ZoneModelTable, models_dir: Path) -> None:
        super().__init__(measured, models_dir)
        self._answers: dict[tuple[int, bytes], float] = {}

    def move(self, taken: float, taken_alone: float) -> None:
        self.table = structs.replace(self.table, taken=taken, taken_alone=taken_alone)

    def _ask(self, net: ZoneNet, seen: Picture) -> float:
        key = id(net), seen.tobytes()
        if key not in self._answers:
            self._answers[key] = super()._ask(net, seen)
        return self._answers[key]


def remembering(detect: Detect) -> Detect:
    """The same, each crop of one picture looked at once."""
    known: dict[Any, list[Detection]] = {}

    def detected(picture: Any, crop: Any, least: float) -> list[Detection]:
        if (crop, least) not in known:
            known[crop, least] = detect(picture, crop, least)
        return known[crop, least]

    return detected


def _stands(zone: Zone, found: Iterable[Detection]) -> bool:
    return any(one.score >= BEGIN and zone.contains(one.box) for one in found)
