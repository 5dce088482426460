"""The gate on the drawn street: what must wake the detector, and what must not."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.boxes import Box
from drivers.camera.motion_gate import ChangeDetector
from drivers.camera.zones import Zone

Picture = NDArray[np.uint8]
RECHECK_S = 30.0


@pytest.fixture
def place() -> Zone:
    polygon = [(190.0, 200.0), (420.0, 200.0), (420.0, 290.0), (190.0, 290.0)]
    return Zone("z", polygon, Box(190, 200, 420, 290))


@pytest.fixture
def gate() -> ChangeDetector:
    return ChangeDetector(RECHECK_S)


@pytest.fixture
def empty(picture_of: Callable[..., Picture]) -> Picture:
    return picture_of([])


def noisy(picture: Picture, sigma: float, seed: int = 3) -> Picture:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def rainy(picture: Picture) -> Picture:
    """400 bright streaks."""
    wet, rng = picture.copy(), np.random.default_rng(4)
    for x, y in zip(rng.integers(0, 636, 400), rng.integers(0, 330, 400), strict=True):
        for step in range(24):
            wet[y + step, x + step // 8] = np.minimum(255, wet[y + step, x + step // 8].astype(int) + 60)
    return wet


DISTURBED: dict[str, Callable[[Picture], Picture]] = {
    "noise": lambda picture: noisy(picture, 8),
    "a cloud": lambda picture: (picture * 0.6).astype(np.uint8),
    "the sun": lambda picture: np.clip(picture * 1.4, 0, 255).astype(np.uint8),
    "rain": rainy,
    "a mast that sways": lambda picture: np.roll(picture, (3, -4), axis=(0, 1)),
    "noise in the dark": lambda picture: noisy((picture * 0.08).astype(np.uint8), 4),
}


def test_the_first_picture_is_looked_at(gate: ChangeDetector, place: Zone, empty: Picture) -> None:
    assert gate.due(0.0, empty, place, needs_detection=False)
    assert not gate.due(1.0, empty, place, needs_detection=False)


@pytest.mark.parametrize("what", [each for each in DISTURBED if "dark" not in each])
def test_weather_does_not_wake_the_detector(gate: ChangeDetector, place: Zone, empty: Picture, what: str) -> None:
    assert gate.due(0.0, empty, place, needs_detection=False)
    assert not gate.due(1.0, DISTURBED[what](empty), place, needs_detection=False)


def test_the_noise_of_the_night_does_not_wake_it(gate: ChangeDetector, place: Zone, empty: Picture) -> None:
    dark = (empty * 0.08).astype(np.uint8)
    assert gate.due(0.0, noisy(dark, 4, seed=5), place, needs_detection=False)
    assert not gate.due(1.0, noisy(dark, 4, seed=6), place, needs_detection=False)


@pytest.mark.parametrize("what", ["noise", "a cloud", "rain", "noise in the dark"])
def test_a_vehicle_does_in_any_weather_when_it_comes_and_when_it_goes(
    gate: ChangeDetector, place: Zone, picture_of: Callable[..., Picture], car: type, what: str
) -> None:
    disturbed = DISTURBED[what]
    without, with_car = disturbed(picture_of([])), disturbed(picture_of([car(200)]))
    assert gate.due(0.0, without, place, needs_detection=False)
    assert gate.due(1.0, with_car, place, needs_detection=False)
    assert not gate.due(2.0, with_car, place, needs_detection=False)
    assert gate.due(3.0, without, place, needs_detection=False)


def test_another_vehicle_in_the_same_place_does(
    gate: ChangeDetector, place: Zone, picture_of: Callable[..., Picture], car: type
) -> None:
    assert gate.due(0.0, picture_of([car(200)]), place, needs_detection=False)
    assert gate.due(1.0, picture_of([car(215, colour=(180, 170, 160))]), place, needs_detection=False)


def test_a_vehicle_that_creeps_is_noticed_against_what_was_looked_at_not_against_the_picture_before(
    gate: ChangeDetector, place: Zone, picture_of: Callable[..., Picture], car: type
) -> None:
    assert gate.due(0.0, picture_of([car(-230)]), place, needs_detection=False)
    asked = [gate.due(1.0 + n / 10, picture_of([car(-10 + 2 * n)]), place, needs_detection=False) for n in range(60)]
    assert 3 <= sum(asked) < 60


def test_what_passes_beside_the_zone_does_not(
    gate: ChangeDetector, place: Zone, picture_of: Callable[..., Picture], car: type
) -> None:
    assert gate.due(0.0, picture_of([]), place, needs_detection=False)
    assert not gate.due(1.0, picture_of([car(430)]), place, needs_detection=False)


def test_a_zone_is_looked_at_again_now_and_then_and_always_while_it_is_restless(
    gate: ChangeDetector, place: Zone, empty: Picture
) -> None:
    assert gate.due(0.0, empty, place, needs_detection=False)
    assert not gate.due(RECHECK_S - 1, empty, place, needs_detection=False)
    assert gate.due(RECHECK_S, empty, place, needs_detection=False)
    assert gate.due(RECHECK_S + 1, empty, place, needs_detection=True)


def test_each_zone_is_judged_by_itself(gate: ChangeDetector, place: Zone, picture_of: Callable[..., Picture]) -> None:
    corners = [(20.0, 200.0), (150.0, 200.0), (150.0, 290.0), (20.0, 290.0)]
    other = Zone("other", corners, Box(20, 200, 150, 290))
    assert gate.due(0.0, picture_of([]), place, needs_detection=False)
    assert gate.due(0.0, picture_of([]), other, needs_detection=False)
    assert not gate.due(1.0, picture_of([]), place, needs_detection=False)
