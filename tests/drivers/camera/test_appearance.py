import numpy as np
from numpy.typing import NDArray

from drivers.camera.appearance import blend, describe, similarity
from drivers.camera.boxes import Box

BOX = Box(40, 30, 140, 110)


def picture(seed: int) -> NDArray[np.uint8]:
    """Soft blobs: structure of the size of a vehicle's parts."""
    coarse = np.random.default_rng(seed).integers(0, 255, (18, 24, 3)).astype(np.uint8)
    return np.repeat(np.repeat(coarse, 10, axis=0), 10, axis=1)


def test_the_same_place_looks_the_same() -> None:
    assert similarity(describe(picture(1), BOX), describe(picture(1), BOX)) > 0.999


def test_another_vehicle_looks_otherwise() -> None:
    assert similarity(describe(picture(1), BOX), describe(picture(2), BOX)) < 0.5


def test_light_and_shade_change_little() -> None:
    dim = (picture(1) * 0.5 + 20).astype(np.uint8)
    assert similarity(describe(picture(1), BOX), describe(dim, BOX)) > 0.95


def test_a_camera_that_sways_changes_little() -> None:
    swayed = np.roll(picture(1), (3, -5), axis=(0, 1))
    assert similarity(describe(picture(1), BOX), describe(swayed, BOX)) > 0.8


def test_a_flat_place_is_like_nothing() -> None:
    flat = np.full((180, 240, 3), 90, np.uint8)
    assert similarity(describe(picture(1), BOX), describe(flat, BOX)) == 0
    assert similarity(describe(flat, BOX), describe(flat, BOX)) == 0


def test_a_place_at_the_edge_of_the_picture_has_a_look() -> None:
    for box in (Box(-20, -20, 30, 30), Box(230, 170, 240, 180), Box(238, 178, 240, 180)):
        assert describe(picture(1), box).shape == (20, 20, 2)


def test_a_remembered_look_follows_the_light() -> None:
    first, second = describe(picture(1), BOX), describe(picture(2), BOX)
    followed = first
    for _ in range(40):
        followed = blend(followed, second, 0.1)
    assert similarity(followed, second) > 0.95
