from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from agent.simulate import clip
from agent.simulate.pole import models_dir
from agent.simulate.scenery import (
    BUS_STOP,
    BUS_STOP_X,
    CARS,
    FPS,
    HEIGHT,
    LENGTH_S,
    LOADING_BAY,
    LOADING_X,
    WIDTH,
    Car,
)
from drivers.camera import models
from drivers.camera.boxes import Box
from drivers.camera.clip import analyse
from drivers.camera.crops import CropScale, crops_of
from drivers.camera.detector import Detector
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.zones import Zone, place
from drivers.options import Seconds

MODEL = "ssd-mobilenet-v2-oidv4"
SHAPES = {
    "bus-stop": ZoneShape(camera="kerb-cam", polygon=BUS_STOP),
    "loading-bay": ZoneShape(camera="kerb-cam", polygon=LOADING_BAY),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "street.avi"
    clip.draw(path)
    return path


@pytest.fixture(scope="module")
def detector() -> Detector:
    entry = models.find(models_dir(), MODEL)
    return Detector(entry, models.weights(models_dir(), entry), 1)


@pytest.fixture(scope="module")
def zones() -> dict[str, Zone]:
    return {zone.name: zone for zone in place(SHAPES, (WIDTH, HEIGHT), (WIDTH, HEIGHT))}


@pytest.fixture(scope="module")
def crops(zones: dict[str, Zone]) -> dict[str, Box]:
    scale = CropScale(models.find(models_dir(), MODEL).model.crop_scale, 0.0)
    return {name: crops_of([zone], (WIDTH, HEIGHT), scale)[0].crop for name, zone in zones.items()}


def test_opencv_reads_the_whole_clip_back(drawn: Path) -> None:
    capture = cv2.VideoCapture(str(drawn))
    sizes = []
    while (read := capture.read())[0]:
        sizes.append(read[1].shape)
    assert set(sizes) == {(HEIGHT, WIDTH, 3)}
    assert len(sizes) == LENGTH_S * FPS
    assert capture.get(cv2.CAP_PROP_FPS) == FPS
    assert 0 < drawn.stat().st_size < 20e6


@pytest.mark.parametrize(("zone", "middle_x", "at_s"), [("bus-stop", BUS_STOP_X, 10), ("loading-bay", LOADING_X, 18)])
def test_the_real_detector_finds_the_car_that_stands(
    drawn: Path,
    detector: Detector,
    zones: dict[str, Zone],
    crops: dict[str, Box],
    zone: str,
    middle_x: float,
    at_s: float,
) -> None:
    capture = cv2.VideoCapture(str(drawn))
    capture.set(cv2.CAP_PROP_POS_MSEC, at_s * 1000)
    _, picture = capture.read()
    found, *_ = detector.detect(picture, crops[zone], 0.3)
    assert found.score > 0.6
    assert found.box.centre[0] == pytest.approx(middle_x, abs=30)
    assert zones[zone].contains(found.box)


def test_the_real_detector_finds_nothing_on_the_empty_street(
    drawn: Path, detector: Detector, crops: dict[str, Box]
) -> None:
    _, picture = cv2.VideoCapture(str(drawn)).read()
    assert [detector.detect(picture, crop, 0.3) for crop in crops.values()] == [[], []]


def test_the_cameras_pipeline_sees_the_two_cars_that_stand_and_no_other(drawn: Path) -> None:
    options = CameraOptions(source=str(drawn), model=MODEL, picture=(WIDTH, HEIGHT), period_s=Seconds(0.5))
    seen = sorted(analyse(drawn, options, SHAPES, models_dir()), key=lambda one: one.stay.entered_s)
    assert [one.zone for one in seen] == ["bus-stop", "loading-bay"]
    for one, car in zip(seen, CARS, strict=False):
        assert one.stay.entered_s == pytest.approx(car.stands_from_s, abs=1.5)
        assert one.stay.left_s == pytest.approx(car.stands_until_s, abs=2.0)


@pytest.mark.parametrize("car", CARS)
def test_a_car_comes_from_the_left_and_leaves_to_the_right(car: Car) -> None:
    seen = [x for number in range(round(LENGTH_S * FPS)) if (x := car.x(number / FPS)) is not None]
    assert seen == sorted(seen)
    assert seen[0] < 0 or seen[0] < car.length
    assert seen[-1] > WIDTH - car.length
    assert car.x(0) is None
    assert car.x(LENGTH_S) is None


def test_the_car_that_passes_does_not_stop() -> None:
    passing = Car(10, 10, 480.0, 500, (0, 0, 0))
    places = [passing.x(9 + number / 10) for number in range(20)]
    steps = [after - before for before, after in pairwise(places) if before and after]
    assert min(steps) > 20


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot write"):
        clip.draw(tmp_path / "missing" / "street.avi")
