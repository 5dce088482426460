"""The shipped weights, on a drawn street whose cars they have never seen."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.errors import ModelError
from drivers.camera.zone_model import ZoneModel, ZoneNet
from drivers.camera.zone_view import ZoneView
from drivers.camera.zone_weights import ZoneModelTable, table

Picture = NDArray[np.uint8]
STOP = [(190.0, 195.0), (420.0, 195.0), (420.0, 290.0), (190.0, 290.0)]


@pytest.fixture
def model(models_dir: Path) -> ZoneModel:
    return ZoneModel(table(), models_dir)


def test_a_place_is_taken_or_not(model: ZoneModel, picture_of: Callable[..., Picture], car: type) -> None:
    view = ZoneView(STOP)
    assert model.taken(picture_of([car(200)]), view) >= model.table.taken
    assert model.taken(picture_of([]), view) < model.table.taken


class Said:
    """A network that says what it is told to."""

    def __init__(self, *answers: float) -> None:
        self.answers = list(answers)
        self.seen: list[Picture] = []

    def ask(self, view: Picture) -> float:
        self.seen.append(view)
        return self.answers.pop(0)


class Kept:
    def __init__(self, net: Said) -> None:
        self.net = net

    def get(self) -> Said:
        return self.net


def asked(model: ZoneModel, first: Said, second: Said) -> float:
    model._first = first  # type: ignore[assignment]
    model._others = [Kept(second)]  # type: ignore[list-item]
    return model.taken(np.arange(96 * 96 * 3, dtype=np.uint8).reshape(96, 96, 3), ZoneView([(0, 0), (96, 0), (96, 96)]))


@pytest.mark.parametrize("sure", [0.01, 0.99])
def test_where_the_first_file_is_sure_nothing_else_is_asked(model: ZoneModel, sure: float) -> None:
    second = Said()
    assert asked(model, Said(sure), second) == sure
    assert not second.seen and model.runs == 1


def test_where_it_is_unsure_all_are_asked_about_the_mirror_image_too(model: ZoneModel) -> None:
    first, second = Said(0.5, 0.5), Said(0.9, 0.5)
    assert asked(model, first, second) == pytest.approx(0.6340, abs=1e-4), "logits thrice 0 and 2.197"
    assert model.runs == 4
    for net in (first, second):
        assert np.array_equal(net.seen[1], net.seen[0][:, ::-1])


def test_where_the_first_file_leaves_no_hope_no_other_is_asked(model: ZoneModel) -> None:
    second = Said()
    assert asked(model, Said(0.2, 0.15), second) == pytest.approx(0.1736, abs=1e-4), "logits -1.386 and -1.735"
    assert not second.seen and model.runs == 2


def test_what_they_call_taken_is_looked_at_from_aside_too(model: ZoneModel) -> None:
    first, second = Said(0.8, 0.95, 0.5, 0.5), Said(0.95, 0.95, 0.5, 0.5)
    assert asked(model, first, second) == pytest.approx(0.7821, abs=1e-4), "logits 1.386, thrice 2.944 and four times 0"
    assert model.runs == 8
    assert not np.array_equal(first.seen[2], first.seen[0]) and not np.array_equal(first.seen[3], first.seen[2])
    for shown, seen in zip(first.seen[2:], second.seen[2:], strict=True):
        assert np.array_equal(shown, seen)


def test_an_answer_that_is_all_too_sure_does_not_outweigh_the_others(model: ZoneModel) -> None:
    assert asked(model, Said(0.5, 1.0), Said(0.0, 0.5)) == pytest.approx(0.5)


def test_the_second_file_is_given_up_and_had_again(
    model: ZoneModel, picture_of: Callable[..., Picture], car: type
) -> None:
    for at_s in (0.0, 61.0):
        model.rest(at_s)
    assert not model._others[0].is_made
    model._first = Said(*[0.5] * 4)  # type: ignore[assignment]
    assert model.taken(picture_of([car(200)]), ZoneView(STOP)) > 0.5
    assert model._others[0].is_made


def test_weights_that_are_missing_are_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"zone96_2_int8\.tflite: missing.*lamppost-models"):
        ZoneModel(table(), tmp_path)


def test_a_file_that_is_no_such_network_is_refused(models_dir: Path) -> None:
    with pytest.raises(ModelError, match="expected 1 x 96 x 96 x 3 float32 in and 1 x 1 out"):
        ZoneNet(models_dir / "object_detection_ssd_mobilenetv2_oidv4_int8.tflite")


def test_the_shipped_table_is_the_one_that_was_measured() -> None:
    shipped: ZoneModelTable = table()
    assert (shipped.taken, shipped.taken_alone) == (0.85, 0.94)
    assert (shipped.surely_free, shipped.surely_taken) == (0.05, 0.95)
    assert [each.file for each in shipped.files] == ["zone96_2_int8.tflite", "zone96_3_int8.tflite"]
