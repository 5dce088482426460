"""The street that the camera of the demonstration sees: drawn, so that nobody's car is in it.

`python -m agent.simulate.clip FILE.avi` writes a clip (MJPEG) that may be shown again and again. Seen from the side,
all cars go from left to right. A red one stands on the bus stop; a white one stands in the loading bay, less long than
it may, and then crosses the bus stop without stopping; a blue one passes in the other lane.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.simulate.scenery import BUS_STOP, CARS, FPS, HEIGHT, KERB_Y, LENGTH_S, LOADING_BAY, WIDTH, Car, Colour
from drivers.translation import _

HEIGHT_SHARE = 0.33
WHEEL_SHARE = 0.24
BODY = (
    (0.0, 0.55),
    (0.03, 0.44),
    (0.22, 0.38),
    (0.34, 0.08),
    (0.70, 0.06),
    (0.86, 0.38),
    (0.98, 0.44),
    (1.0, 0.82),
    (0.0, 0.82),
)
WINDOWS = (
    ((0.27, 0.38), (0.37, 0.13), (0.51, 0.12), (0.51, 0.38)),
    ((0.54, 0.38), (0.54, 0.12), (0.68, 0.12), (0.79, 0.38)),
)

Picture = NDArray[np.uint8]


def _rectangle(picture: Picture, corner: tuple[float, float], size: tuple[float, float], colour: Colour) -> None:
    x, y, width, height = (round(value) for value in (*corner, *size))
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, cv2.FILLED)


def _polygon(picture: Picture, points: Sequence[tuple[float, float]], colour: Colour) -> None:
    corners = np.array([points], np.float32).round().astype(np.int32)
    cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)


def _wheel(picture: Picture, x: float, y: float, radius: float) -> None:
    for share, colour in ((1.0, (25, 25, 25)), (0.62, (165, 165, 165)), (0.2, (60, 60, 60))):
        cv2.circle(picture, (round(x), round(y)), round(radius * share), colour, cv2.FILLED, cv2.LINE_AA)


def draw_car(picture: Picture, car: Car, x: float) -> None:
    """A car seen from the side: body, windows, lights and wheels, its middle at `x`."""
    length, height = car.length, car.length * HEIGHT_SHARE
    left, top = x - length / 2, car.ground_y - height

    def at(share: tuple[float, float]) -> tuple[float, float]:
        return left + share[0] * length, top + share[1] * height

    cv2.ellipse(picture, (round(x), car.ground_y), (round(length * 0.52), 9), 0, 0, 360, (52, 52, 54), cv2.FILLED)
    _polygon(picture, [at(point) for point in BODY], car.colour)
    for pane in WINDOWS:
        _polygon(picture, [at(point) for point in pane], (95, 80, 62))
    shade: Colour = (car.colour[0] * 3 // 4, car.colour[1] * 3 // 4, car.colour[2] * 3 // 4)
    _rectangle(picture, at((0.0, 0.68)), (length, height * 0.14), shade)
    _rectangle(picture, at((0.525, 0.40)), (2, height * 0.30), shade)
    _rectangle(picture, at((0.95, 0.46)), (length * 0.04, height * 0.09), (190, 235, 245))
    _rectangle(picture, at((0.005, 0.46)), (length * 0.03, height * 0.10), (30, 30, 150))
    for share in (0.2, 0.8):
        _wheel(picture, left + share * length, car.ground_y - height * WHEEL_SHARE * 0.8, height * WHEEL_SHARE)


def _house(picture: Picture, left: int, width: int, top: int, colour: Colour) -> None:
    _rectangle(picture, (left, top), (width, 290 - top), colour)
    for x in range(left + 22, left + width - 40, 62):
        for y in range(top + 22, 230, 62):
            _rectangle(picture, (x, y), (30, 38), (110, 92, 78))


def background() -> Picture:
    """Houses, pavement, kerb, two lanes, and the marks of the bus stop and the loading bay."""
    picture: Picture = np.full((HEIGHT, WIDTH, 3), (222, 196, 170), np.uint8)
    for left, width, top, colour in (
        (0, 240, 70, (150, 172, 196)),
        (240, 300, 30, (168, 180, 184)),
        (540, 210, 90, (140, 158, 182)),
        (750, 210, 50, (160, 176, 200)),
    ):
        _house(picture, left, width, top, colour)
    _rectangle(picture, (0, 290), (WIDTH, KERB_Y - 290), (172, 174, 176))
    _rectangle(picture, (0, KERB_Y), (WIDTH, HEIGHT - KERB_Y), (96, 96, 98))
    _rectangle(picture, (0, KERB_Y - 5), (WIDTH, 6), (205, 206, 208))
    for x in range(0, WIDTH, 90):
        _rectangle(picture, (x, 432), (48, 5), (225, 225, 225))
    for polygon, colour in ((BUS_STOP, (60, 200, 235)), (LOADING_BAY, (235, 235, 235))):
        mark = np.array([[(x, max(y, KERB_Y + 6)) for x, y in polygon]], np.int32)
        cv2.polylines(picture, [mark], isClosed=True, color=colour, thickness=3)
    return picture


def frame_at(at_s: float, street: Picture) -> Picture:
    """The street at one moment of the clip, the cars farther away first."""
    picture = street.copy()
    for car in sorted(CARS, key=lambda each: each.ground_y):
        if (x := car.x(at_s)) is not None:
            draw_car(picture, car, x)
    return picture


def draw(clip: Path) -> None:
    """Write the whole clip. Raises OSError when OpenCV cannot."""
    random = np.random.default_rng(7)
    grain = [random.normal(0, 3, (HEIGHT, WIDTH, 3)).astype(np.int8) for _ in range(4)]
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise OSError(_("OpenCV cannot write {file}").format(file=clip))
    street = background()
    for number in range(round(LENGTH_S * FPS)):
        picture = frame_at(number / FPS, street)
        writer.write(cv2.add(picture, grain[number % len(grain)], dtype=cv2.CV_8U))
    writer.release()


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
