"""The parts put together, on a drawn street."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray

from drivers.camera.analyser import Analyser
from drivers.camera.errors import ZoneError
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.zones import Zone

OPTIONS = CameraOptions(source="", picture=(640, 360))
ALONE = structs.replace(OPTIONS, zone_model="off")
RED, BLUE = (40, 40, 180), (180, 60, 40)

Picture = NDArray[np.uint8]
Show = Callable[..., Picture]


@pytest.fixture
def watched(zone: ZoneShape, models_dir: Path) -> Callable[..., Analyser]:
    """`watched(**changes)`: an analyser of the one zone."""
    return lambda **changes: Analyser(
        changes.pop("options", OPTIONS), changes.pop("zones", {"bus-stop": zone}), models_dir, live=False, **changes
    )


def shown(analyser: Analyser, picture: Picture, start_s: float, seconds: int) -> list[tuple[str, float | None]]:
    """One picture for so long, with the noise of a camera: key of each stay that began or ended, and when it ended."""
    rng = np.random.default_rng(int(start_s))
    changes = []
    for second in range(seconds):
        noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        changes += analyser.step(Frame(start_s + second, noisy))
    return [(stay.key, stay.left_s) for _, stay in changes]


def test_a_vehicle_that_stands_through_a_restart_goes_on_with_its_stay(
    watched: Callable[..., Analyser], picture_of: Show, car: type
) -> None:
    before = watched(run="a-")
    assert shown(before, picture_of([]), 0, 6) == []
    assert shown(before, picture_of([car(200)]), 6, 10) == [("a-1", None)]
    (known,) = before.standing()
    assert known.road
    after = watched(run="b-", standing=[known])
    assert shown(after, picture_of([car(200)]), 40, 8) == [("a-1", None)], "charged anew: nobody saw it meanwhile"
    assert shown(after, picture_of([]), 48, 4) == [("a-1", 47.0)], "the road it covered is known from before"


def test_a_vehicle_that_was_swapped_during_a_restart_has_left(
    watched: Callable[..., Analyser], picture_of: Show, car: type
) -> None:
    before = watched(run="a-")
    shown(before, picture_of([car(200)]), 0, 10)
    after = watched(run="b-", standing=before.standing())
    other = np.flip(picture_of([car(640 - 410, colour=BLUE)]), axis=1)
    assert shown(after, np.ascontiguousarray(other), 40, 12) == [("a-1", 9.0), ("b-1", None)]


class Doorkeeper:
    """A gate that lets through what it is told to."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[tuple[str, bool]] = []

    def due(self, at_s: float, picture: Picture, zone: Zone, needs_detection: bool) -> bool:
        self.asked.append((zone.name, needs_detection))
        return zone.name in self.names


def test_what_the_gate_does_not_let_through_is_there_still(
    watched: Callable[..., Analyser], picture_of: Show, car: type
) -> None:
    gate = Doorkeeper("bus-stop")
    analyser = watched(gate=gate)
    shown(analyser, picture_of([car(200)]), 0, 2)
    gate.names = ()
    assert [key for key, _ in shown(analyser, picture_of([car(200)]), 2, 6)] == ["1"]
    assert analyser.crops == 2
    assert gate.asked[0] == ("bus-stop", False)
    assert gate.asked[2] == ("bus-stop", True), "a vehicle is about to stop"
    assert gate.asked[-1] == ("bus-stop", False)


def test_zones_that_share_a_crop_are_looked_at_together(
    watched: Callable[..., Analyser], picture_of: Show, zone: ZoneShape
) -> None:
    beside = ZoneShape(camera="cam", polygon=((190, 210), (420, 210), (420, 300), (190, 300)))
    analyser = watched(options=ALONE, gate=Doorkeeper("b"), zones={"a": zone, "b": beside})
    shown(analyser, picture_of([]), 0, 3)
    assert len(analyser.views) == 1
    assert analyser.crops == 3


def test_nothing_begins_or_ends_on_pictures_that_show_nothing(
    watched: Callable[..., Analyser], picture_of: Show, car: type
) -> None:
    analyser = watched()
    assert len(shown(analyser, picture_of([car(200)]), 0, 10)) == 1
    black = np.full((360, 640, 3), 6, np.uint8)
    assert shown(analyser, black, 10, 60) == []
    assert analyser.condition.word == "blocked"
    assert shown(analyser, picture_of([car(200)]), 70, 10) == []
    assert len(analyser.standing()) == 1


def test_a_picture_of_another_size_is_refused(watched: Callable[..., Analyser], picture_of: Show) -> None:
    analyser = watched()
    analyser.step(Frame(0, picture_of([])))
    with pytest.raises(ZoneError, match="has changed from 640 x 360 to 320 x 180 px"):
        analyser.step(Frame(1, np.ascontiguousarray(picture_of([])[::2, ::2])))
