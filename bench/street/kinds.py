"""Drawn clips of what misleads a camera at the kerb, each with its truth: cars that look alike and follow one another
within five seconds, a tall lorry beside an empty zone, a lorry before half a car, infrared with noise, a dark car on a
dark road. They are drawn, so nobody's car is in them; the staged clips of real cars say how far they carry."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from agent.simulate.clip import Picture, background, draw_car
from agent.simulate.scenery import BUS_STOP, BUS_STOP_X, HEIGHT, LANE_Y, LOADING_BAY, LOADING_X, NEAR_LANE_Y, WIDTH, Car

FPS = 2
LIMIT_S = 20.0
ZONES = {"bus-stop": (BUS_STOP, BUS_STOP_X), "loading-bay": (LOADING_BAY, LOADING_X)}
RED, SILVER, DARK = (40, 40, 190), (190, 190, 185), (38, 36, 36)

Light = Callable[[Picture, np.random.Generator], Picture]


class Lorry(NamedTuple):
    """A lorry in the near lane, its middle at `x`, from one time to another; it rises before what is behind."""

    x: float
    from_s: float
    until_s: float
    length: int = 330
    height: int = 235


class Kind(NamedTuple):
    """What a clip shows; the cars are its truth, one stay each."""

    seconds: int
    cars: Sequence[Car]
    lorries: Sequence[Lorry] = ()
    light: Light | None = None


def _stay(zone: str, from_s: float, until_s: float, colour: tuple[int, int, int]) -> Car:
    return Car(from_s, until_s, ZONES[zone][1], LANE_Y, colour)


def _noisy(picture: Picture, random: np.random.Generator, deviation: float) -> Picture:
    return np.clip(picture + random.normal(0, deviation, picture.shape), 0, 255).astype(np.uint8)


def _infrared(picture: Picture, random: np.random.Generator) -> Picture:
    grey = cv2.cvtColor(cv2.convertScaleAbs(picture, alpha=0.6), cv2.COLOR_BGR2GRAY)
    return cv2.cvtColor(_noisy(np.asarray(grey, np.uint8), random, 12), cv2.COLOR_GRAY2BGR).astype(np.uint8)


def _dusk(picture: Picture, random: np.random.Generator) -> Picture:
    return _noisy(np.asarray(cv2.convertScaleAbs(picture, alpha=0.4), np.uint8), random, 4)


def _alike(zone: str, colour: tuple[int, int, int]) -> list[Car]:
    """Eight cars of 15 s each, five seconds from one standing to the next."""
    return [_stay(zone, 8 + 20 * number, 23 + 20 * number, colour) for number in range(8)]


_LONG_AND_BRIEF = [_stay("bus-stop", 12, 50, RED), _stay("loading-bay", 20, 34, SILVER)]

KINDS = {
    "alike": Kind(175, _alike("bus-stop", SILVER) + _alike("loading-bay", RED)),
    "lorry": Kind(90, [], [Lorry(LOADING_X, 10, 80), Lorry(BUS_STOP_X + 60, 15, 70)]),
    "half-hidden": Kind(90, [_stay("bus-stop", 12, 75, RED)], [Lorry(BUS_STOP_X + 190, 25, 55)]),
    "infrared": Kind(70, _LONG_AND_BRIEF, light=_infrared),
    "dark": Kind(70, [_stay("bus-stop", 12, 50, DARK), _stay("loading-bay", 20, 34, DARK)], light=_dusk),
}


def draw_all(folder: Path) -> None:
    """Writes NAME.mp4 and NAME.json of each kind."""
    for name, kind in KINDS.items():
        _draw(kind, folder / f"{name}.mp4")
        (folder / f"{name}.json").write_text(json.dumps(_truth(kind)))


def _draw(kind: Kind, clip: Path) -> None:
    random, street = np.random.default_rng(11), background()
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    for number in range(kind.seconds * FPS):
        picture = _scene(kind, number / FPS, street)
        writer.write(kind.light(picture, random) if kind.light else _noisy(picture, random, 2))
    writer.release()


def _scene(kind: Kind, at_s: float, street: Picture) -> Picture:
    picture = street.copy()
    for car in kind.cars:
        if (x := car.x(at_s)) is not None:
            draw_car(picture, car, x)
    for lorry in kind.lorries:
        if lorry.from_s <= at_s < lorry.until_s:
            _draw_lorry(picture, lorry)
    return picture


def _draw_lorry(picture: Picture, lorry: Lorry) -> None:
    left, right = round(lorry.x - lorry.length / 2), round(lorry.x + lorry.length / 2)
    top, cab = NEAR_LANE_Y - lorry.height, right - 70
    cv2.rectangle(picture, (left, top), (cab - 6, NEAR_LANE_Y - 30), (225, 225, 225), cv2.FILLED)
    cv2.rectangle(picture, (cab, top + 70), (right, NEAR_LANE_Y - 25), (50, 50, 150), cv2.FILLED)
    cv2.rectangle(picture, (cab + 25, top + 85), (right - 6, top + 130), (90, 80, 60), cv2.FILLED)
    for x in (left + 50, left + 100, right - 45):
        cv2.circle(picture, (x, NEAR_LANE_Y - 22), 24, (25, 25, 25), cv2.FILLED, cv2.LINE_AA)


def _truth(kind: Kind) -> dict[str, object]:
    zones = [{"id": name, "polygon": polygon, "limit_s": LIMIT_S} for name, (polygon, _) in ZONES.items()]
    stays = [_true_stay(car) for car in kind.cars]
    return {"duration_s": kind.seconds, "width": WIDTH, "height": HEIGHT, "zones": zones, "stays": stays}


def _true_stay(car: Car) -> dict[str, object]:
    over = car.stands_until_s - car.stands_from_s >= LIMIT_S
    return {
        "zone": next(name for name, (_, x) in ZONES.items() if x == car.stands_x),
        "entered_s": car.stands_from_s,
        "left_s": car.stands_until_s,
        "overstay": over,
        "overstay_at_s": car.stands_from_s + LIMIT_S if over else None,
    }
