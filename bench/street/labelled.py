"""Pictures of street cameras with what was labelled on them: vehicles, people, and what no zone may be judged by.

Two layouts: one folder whose pictures are named CAMERA_anything, or a folder of each camera whose pictures are named
CONDITION_anything (day, dusk, night, infrared, rain). Beside `images` there is `labels`, a YOLO line (box or polygon)
for each thing, and `classes.txt`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from drivers.camera.boxes import Box

CARS = {"car", "van", "truck", "lorry", "bus"}
PEOPLE = {"person", "pedestrian"}
"""All other classes, as motorcycles, or `unclear` around what is too far or too dark to tell: no zone is judged by
them."""


class Labelled(NamedTuple):
    """A picture.

    Args:
        condition: under which it was taken; "": not told.
        cars: boxes, px, that make a zone taken.
        people: the same, that do not.
        unclear: the same, by which no zone is judged.
    """

    camera: str
    condition: str
    file: Path
    picture: Any
    cars: list[Box]
    people: list[Box]
    unclear: list[Box]

    @property
    def edge(self) -> Box:
        height, width = self.picture.shape[:2]
        return Box(0, 0, width - 1, height - 1)


def is_there(street: Path) -> bool:
    return (street / "images").is_dir() or bool(_cameras(street))


def labelled(street: Path) -> Iterator[Labelled]:
    """Each picture, in the order of cameras and names."""
    if (street / "images").is_dir():
        for file in _pictures(street):
            yield _read(street, file, file.name.split("_")[0], "")
    for camera in _cameras(street):
        for file in _pictures(camera):
            yield _read(camera, file, camera.name, file.name.split("_")[0])


def _cameras(street: Path) -> list[Path]:
    return sorted(folder.parent for folder in street.glob("*/images"))


def _pictures(folder: Path) -> list[Path]:
    return sorted(file for file in (folder / "images").iterdir() if file.suffix in (".jpg", ".png"))


def _read(folder: Path, file: Path, camera: str, condition: str) -> Labelled:
    names = (folder / "classes.txt").read_text().split()
    picture = cv2.imread(str(file))
    if picture is None:
        raise SystemExit(f"{file}: not a picture")
    height, width = picture.shape[:2]
    lines = (folder / "labels" / f"{file.stem}.txt").read_text().splitlines()
    found = [(names[int(words[0])], _box(words[1:], width, height)) for line in lines if (words := line.split())]
    cars = [box for name, box in found if name in CARS]
    people = [box for name, box in found if name in PEOPLE]
    unclear = [box for name, box in found if name not in CARS | PEOPLE]
    return Labelled(camera, condition, file, picture, cars, people, unclear)


def _box(words: list[str], width: int, height: int) -> Box:
    """A box (centre, size) or a polygon, as shares of the picture."""
    xs, ys = [width * float(word) for word in words[0::2]], [height * float(word) for word in words[1::2]]
    if len(words) == 4:
        (x, across), (y, down) = xs, ys
        return Box(x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    return Box(min(xs), min(ys), max(xs), max(ys))
