import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from drivers.camera.boxes import Box
from drivers.camera.detector import Detector, Picture, interpreter
from drivers.camera.errors import ModelError
from drivers.camera.models import Entry, find, weights
from drivers.camera.on_demand import OnDemand

CROP = Box(144, 84, 466, 360)


@pytest.fixture(scope="module")
def entry(models_dir: Path) -> Entry:
    return find(models_dir, "ssd-mobilenet-v2-oidv4")


@pytest.fixture(scope="module")
def detector(models_dir: Path, entry: Entry) -> Detector:
    return Detector(entry, weights(models_dir, entry), 1)


def test_a_drawn_car_is_found_where_it_is(detector: Detector, picture_of: Callable[..., Picture], car: type) -> None:
    found = detector.detect(picture_of([car(200)]), CROP, 0.5)
    assert [one.vehicle for one in found] == ["car"]
    assert found[0].box.iou(Box(200, 200, 410, 283)) > 0.8
    assert found[0].score > 0.6


def test_boxes_do_not_depend_on_where_the_crop_lies(
    detector: Detector, picture_of: Callable[..., Picture], car: type
) -> None:
    picture = picture_of([car(200)])
    here = detector.detect(picture, CROP, 0.5)[0].box
    there = detector.detect(picture, Box(160, 100, 460, 340), 0.5)[0].box
    assert here.iou(there) > 0.85


def test_an_empty_street_has_no_vehicle(detector: Detector, picture_of: Callable[..., Picture]) -> None:
    assert detector.detect(picture_of([]), CROP, 0.3) == []


def test_a_threshold_of_one_lets_nothing_through(
    detector: Detector, picture_of: Callable[..., Picture], car: type
) -> None:
    assert detector.detect(picture_of([car(200)]), CROP, 1.0) == []


def test_input_is_scaled_as_the_manifest_says(detector: Detector) -> None:
    blue = np.zeros((40, 60, 3), np.uint8)
    blue[..., 0] = 255
    tensor = detector.prepare(blue)
    assert tensor.shape == (1, 300, 300, 3)
    assert tensor[0, 150, 150].tolist() == pytest.approx([-1, -1, 1])  # RGB, x / 127.5 - 1


class Watched:
    """A network, and whether what it was given was still there when it ran."""

    def __init__(self, net: Any) -> None:
        self._net = net
        self.kept = True

    def set_tensor(self, index: int, tensor: NDArray[np.float32]) -> None:
        self._given = weakref.ref(tensor)
        self._net.set_tensor(index, tensor)

    def invoke(self) -> None:
        self.kept = self._given() is not None
        self._net.invoke()

    def get_tensor(self, index: int) -> Any:
        return self._net.get_tensor(index)


def test_the_input_is_not_kept_while_the_network_runs(
    detector: Detector, picture_of: Callable[..., Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Watched(detector._net.get())
    monkeypatch.setattr(detector, "_net", OnDemand(lambda: net))
    detector.detect(picture_of([]), CROP, 0.3)
    assert not net.kept


def test_a_dark_crop_is_brightened(detector: Detector) -> None:
    dim = np.full((40, 60, 3), 40, np.uint8)
    assert detector.prepare(dim)[0, 150, 150].tolist() == pytest.approx([100 / 127.5 - 1] * 3, abs=0.01)
    black = np.full((40, 60, 3), 5, np.uint8)
    assert detector.prepare(black)[0, 150, 150].tolist() == pytest.approx([20 / 127.5 - 1] * 3, abs=0.01)


def test_a_letterbox_keeps_the_shape_and_fills_with_grey(models_dir: Path, entry: Entry) -> None:
    boxed = replace(entry.model.input, letterbox=True, colour="bgr", mean=0.0, deviation=1.0)
    detector = Detector(replace(entry, model=replace(entry.model, input=boxed)), weights(models_dir, entry), 1)
    blue = np.zeros((30, 60, 3), np.uint8)
    blue[..., 0] = 255
    tensor = detector.prepare(blue)
    assert tensor[0, 149, 299].tolist() == [255, 0, 0]  # mean 85, brightened: 255 is the most
    assert tensor[0, 151, 299].tolist() == [114, 114, 114]


def test_a_decoder_that_does_not_fit_the_model_is_refused_at_the_start(models_dir: Path, entry: Entry) -> None:
    other = replace(entry, model=replace(entry.model, decoder="yolox"))
    with pytest.raises(ModelError, match=r"not a model for the decoder yolox.*\(1, 1917, 4\)"):
        Detector(other, weights(models_dir, entry), 1)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "not.tflite"
    path.write_bytes(b"not a model" * 100)
    with pytest.raises(ModelError, match=r"not\.tflite: not a model"):
        interpreter(path, 1)
