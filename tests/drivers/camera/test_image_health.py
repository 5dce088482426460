from collections.abc import Callable

import cv2
import numpy as np
import pytest

from drivers.camera.detector import Picture
from drivers.camera.image_health import FROZEN_S, KNOWN_S, RELEARN_S, ImageHealth

SIZE = (1280, 720)


@pytest.fixture(scope="module")
def scene() -> Picture:
    """Soft structure over the whole picture."""
    coarse = np.random.default_rng(3).integers(40, 220, (36, 64, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def looked(condition: ImageHealth, pictures: Callable[[float], Picture], start_s: float, seconds: float) -> list[bool]:
    return [condition.assess(start_s + t, pictures(t)) for t in range(int(seconds))]


def after(scene: Picture, picture: Picture, live: bool = False) -> tuple[ImageHealth, list[bool]]:
    """A minute of the scene, then ten seconds of another picture."""
    condition = ImageHealth(live)
    assert all(looked(condition, lambda t: scene, 0, 60))
    return condition, looked(condition, lambda t: picture, 60, 10)


def test_a_scene_that_is_itself_is_ok(scene: Picture) -> None:
    condition, clear = after(scene, scene)
    assert condition.word == "ok"
    assert all(clear)


def test_a_covered_lens_is_blocked(scene: Picture) -> None:
    condition, clear = after(scene, np.full_like(scene, 8))
    assert condition.word == "blocked"
    assert not any(clear)


def test_a_lens_out_of_focus_is_blurred(scene: Picture) -> None:
    condition, clear = after(scene, np.asarray(cv2.GaussianBlur(scene, (0, 0), 60), np.uint8))
    assert condition.word == "blurred"
    assert not any(clear)


def test_a_turned_camera_is_moved(scene: Picture) -> None:
    condition, clear = after(scene, np.roll(scene, (90, -170), axis=(0, 1)))
    assert condition.word == "moved"
    assert not any(clear)


def part(scene: Picture, across: float, down: float) -> Picture:
    """The middle of it, drawn out to the same size."""
    left, top = round(SIZE[0] * (1 - across) / 2), round(SIZE[1] * (1 - down) / 2)
    return np.asarray(cv2.resize(scene[top : SIZE[1] - top, left : SIZE[0] - left], SIZE), np.uint8)


@pytest.mark.parametrize("crop", [(0.75, 1.0), (0.9, 1.0), (1.0, 0.75), (0.9, 0.9), (0.8, 0.8)])
def test_a_camera_set_to_another_shape_or_zoom_is_moved_and_so_is_one_set_back(
    scene: Picture, crop: tuple[float, float]
) -> None:
    """Much of the middle of the picture lies where it did."""
    for before, now in ((scene, part(scene, *crop)), (part(scene, *crop), scene)):
        condition, clear = after(before, now)
        assert condition.word == "moved"
        assert not any(clear)


def test_a_camera_that_sways_is_ok(scene: Picture) -> None:
    condition, clear = after(scene, np.roll(scene, (3, -5), axis=(0, 1)))
    assert condition.word == "ok"
    assert all(clear)


def test_a_bus_before_half_of_the_scene_is_ok(scene: Picture) -> None:
    bus = scene.copy()
    bus[100:, 300:1000] = 60
    cv2.rectangle(bus, (320, 150), (980, 350), (230, 230, 230), -1)
    condition, clear = after(scene, bus)
    assert condition.word == "ok"
    assert all(clear)


def test_night_that_falls_slowly_is_dark_not_blocked(scene: Picture) -> None:
    condition = ImageHealth(live=False)
    for at_s in range(0, 1300, 5):
        condition.assess(at_s, (scene * max(0.0, 1 - at_s / 1200)).astype(np.uint8))
    assert condition.word == "dark"


def test_a_well_again_camera_is_ok_again(scene: Picture) -> None:
    condition, _ = after(scene, np.full_like(scene, 8))
    assert all(looked(condition, lambda t: scene, 70, 5))
    assert condition.word == "ok"


def test_a_short_trouble_is_not_reported_but_nothing_is_concluded_from_it(scene: Picture) -> None:
    condition = ImageHealth(live=False)
    looked(condition, lambda t: scene, 0, 30)
    assert not condition.assess(30, np.full_like(scene, 8))
    condition.assess(31, scene)
    assert condition.word == "ok"


def test_the_very_same_picture_of_a_camera_is_frozen(scene: Picture) -> None:
    condition = ImageHealth(live=True)
    looked(condition, lambda t: scene, 0, FROZEN_S + 10)
    assert condition.word == "frozen"


def test_a_picture_that_repeats_tells_nothing_new(scene: Picture) -> None:
    """A car that drives through as the stream freezes would seem to stand."""
    condition = ImageHealth(live=True)
    assert looked(condition, lambda t: scene, 0, 4) == [True, False, False, False]
    assert condition.assess(4, scene + 1)


def test_a_file_may_show_the_same_picture_for_ever(scene: Picture) -> None:
    condition = ImageHealth(live=False)
    looked(condition, lambda t: scene, 0, FROZEN_S + 10)
    assert condition.word == "ok"


def test_a_camera_with_its_noise_is_not_frozen(scene: Picture) -> None:
    rng = np.random.default_rng(5)
    condition = ImageHealth(live=True)

    def noisy(_: float) -> Picture:
        return np.clip(scene + rng.normal(0, 3, scene.shape), 0, 255).astype(np.uint8)

    looked(condition, noisy, 0, FROZEN_S + 5)
    assert condition.word == "ok"


def test_a_view_that_stays_another_one_becomes_the_scene(scene: Picture) -> None:
    condition = ImageHealth(live=False)
    looked(condition, lambda t: scene, 0, 30)
    turned = np.roll(scene, (90, -170), axis=(0, 1))
    for at_s in range(30, 30 + int(RELEARN_S) + 60, 20):
        condition.assess(at_s, turned)
    assert condition.word == "ok"


def test_a_view_that_the_zones_were_drawn_on_is_not_forgotten_for_another_one(scene: Picture) -> None:
    condition = ImageHealth(live=False)
    for at_s in range(0, int(KNOWN_S) + 10, 5):
        condition.assess(at_s, scene)
    turned, begin_s = np.roll(scene, (90, -170), axis=(0, 1)), int(KNOWN_S) + 10
    looks = [condition.assess(at_s, turned) for at_s in range(begin_s, begin_s + 2 * int(RELEARN_S), 20)]
    assert condition.word == "moved"
    assert not any(looks), "nothing is judged in it"
    assert looked(condition, lambda t: scene, begin_s + 2 * int(RELEARN_S), 10)[-1]
