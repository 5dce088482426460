"""A drawn street: side views of cars that the default detector finds, on a road with structure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.camera.fetch import fetch
from drivers.camera.models import find, weights
from drivers.camera.options import ZoneShape

ROOT = Path(__file__).parents[3]
WIDTH, HEIGHT, FPS = 640, 360, 5

Picture = NDArray[np.uint8]


class Car(NamedTuple):
    """The x of the left end of a car, px, over time: it stands at `x` from `from_s` to `until_s`, and drives before and
    after.

    With `from_s` None it is there from the start, with `until_s` None it stays.
    """

    x: float
    from_s: float | None = None
    until_s: float | None = None
    ground: int = 280
    colour: tuple[int, int, int] = (40, 40, 180)

    def left(self, at_s: float) -> float | None:
        if self.from_s is not None and at_s < self.from_s:
            return self.x - 350 * (self.from_s - at_s)
        if self.until_s is not None and at_s > self.until_s:
            return self.x + 350 * (at_s - self.until_s)
        return self.x


def street() -> Picture:
    rng = np.random.default_rng(1)
    picture = np.full((HEIGHT, WIDTH, 3), (150, 140, 130), np.uint8)
    cv2.rectangle(picture, (0, 200), (WIDTH, HEIGHT), (95, 95, 95), -1)
    cv2.rectangle(picture, (0, 190), (WIDTH, 205), (170, 170, 170), -1)
    for x in range(15, WIDTH, 60):
        cv2.rectangle(picture, (x, 40), (x + 25, 90), (60 + x % 90, 60, 50), -1)
        cv2.rectangle(picture, (x, 325), (x + 30, 332), (230, 230, 230), -1)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def put_car(picture: Picture, x: float, ground: int, colour: tuple[int, int, int]) -> None:
    """210 x 80 px, its left end at `x`."""

    def at(dx: float, dy: float) -> tuple[int, int]:
        return round(x + dx), round(ground - dy)

    def fill(points: Sequence[tuple[float, float]], value: tuple[int, int, int]) -> None:
        cv2.fillPoly(picture, [np.array([at(*point) for point in points], np.int32)], value, cv2.LINE_AA)

    fill([(0, 12), (0, 42), (40, 48), (70, 80), (140, 80), (172, 48), (208, 42), (210, 12)], colour)
    fill([(50, 48), (74, 74), (102, 74), (102, 48)], (60, 50, 40))
    fill([(108, 48), (108, 74), (138, 74), (160, 48)], (60, 50, 40))
    for wheel in (45, 165):
        cv2.circle(picture, at(wheel, 16), 17, (25, 25, 25), -1, cv2.LINE_AA)
        cv2.circle(picture, at(wheel, 16), 8, (170, 170, 170), -1, cv2.LINE_AA)
    fill([(200, 30), (200, 38), (209, 36), (209, 30)], (200, 240, 250))


def scene(cars: Sequence[Car], at_s: float, background: Picture) -> Picture:
    picture = background.copy()
    for car in cars:
        left = car.left(at_s)
        if left is not None and -250 < left < WIDTH:
            put_car(picture, left, car.ground, car.colour)
    return picture


Draw = Callable[..., Path]
KEYS = 10
"""Frames from one key frame to the next."""


def h264(path: Path, pictures: Sequence[Picture]) -> Path:
    """Raw H.264 as street cameras send it: no B frames, parameter sets with each key frame."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w", format="h264") as out:
        options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "repeat-headers=1:sliced-threads=0"}
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = width, height, "yuv420p", KEYS
        for picture in pictures:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return path


Encode = Callable[[str, Sequence[Picture]], Path]


@pytest.fixture
def encode(tmp_path: Path) -> Encode:
    """`encode(name, pictures)`: raw H.264, a key frame every tenth picture."""
    return lambda name, pictures: h264(tmp_path / name, pictures)


@pytest.fixture(scope="session")
def spoil() -> Callable[[Path, int], None]:
    """`spoil(raw, number)`: 40 bytes in the middle of that picture of a raw H.264 file are overwritten."""

    def spoilt(raw: Path, number: int) -> None:
        content = bytearray(raw.read_bytes())
        slices = [
            at for at in range(len(content) - 4) if content[at : at + 3] == b"\0\0\1" and content[at + 3] & 31 in {1, 5}
        ]
        begin, end = [*slices, len(content)][number : number + 2]
        middle = (begin + end) // 2
        content[middle : middle + 40] = bytes(range(200, 240))
        raw.write_bytes(content)

    return spoilt


@pytest.fixture(scope="session")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """Draws a clip: `draw(cars, seconds)` -> its path."""

    def drawn(cars: Sequence[Car], seconds: float) -> Path:
        path = tmp_path_factory.mktemp("clip") / "street.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
        background = street()
        for index in range(round(seconds * FPS)):
            writer.write(scene(cars, index / FPS, background))
        writer.release()
        return path

    return drawn


@pytest.fixture(scope="session")
def car() -> type[Car]:
    return Car


@pytest.fixture(scope="session")
def picture_of() -> Callable[..., Picture]:
    """`picture_of(cars, at_s=0)`: one picture of the street."""
    background = street()
    return lambda cars, at_s=0.0: scene(cars, at_s, background)


@pytest.fixture
def zone() -> ZoneShape:
    """The middle of the road: a car whose left end is at 200 stands in it."""
    return ZoneShape(camera="cam", polygon=((190, 200), (420, 200), (420, 290), (190, 290)))


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The checkout's models, fetched where they are not there yet."""
    folder = ROOT / "models"
    fetch(folder, lambda step: None)
    weights(folder, find(folder, "ssd-mobilenet-v2-oidv4"))
    return folder
