"""Zones with a known answer on frames of street cameras: round each labelled car, where no vehicle is now, anywhere.

The camera is the frame's name up to "_". A vehicle counts by the smaller side of its box.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from drivers.camera.boxes import Box

DRAWN, LARGE = 0.1, 0.5
"""Shares of its size by which a zone is drawn larger than the car on each side: as advised, and carelessly."""

LEAST_PX, NEAR_PX = 40, 70
EMPTY_A_FRAME, ANYWHERE_A_FRAME = 6, 3
TRIES = 60
CAR, VEHICLES, PERSON = "1", "012", "3"
FRAME = Box(0, 0, 639, 639)

NEAR, FAR, WIDE = "taken, 70 px or more", "taken, 40 to 70 px", "taken, zone of twice its size each way"
EMPTY, PEOPLE, ANYWHERE = "empty", "empty, with people", "empty, anywhere"
UNNAMED = "a vehicle that nobody labelled"

UNLABELLED = {
    ("crosswalk_0013", 186, 0),
    ("crosswalk_0732", 516, 0),
    ("junction_0017", 565, 168),
    ("junction_0304", 593, 88),
    ("junction_0332", 550, 96),
    ("junction_0335", 561, 95),
    ("junction_0338", 576, 105),
    ("junction_0345", 0, 159),
    ("junction_0368", 68, 0),
}
"""Frame, left and top, px, of zones that the labels call empty and in which a look at the picture shows a vehicle: cut
by the picture's edge, behind a tree, or a motorcycle. They were found among the zones that were called taken, and are
counted apart."""

Label = tuple[str, Box]


class Case(NamedTuple):
    """A zone whose answer is known. `kind`: what it is counted as."""

    kind: str
    box: Box


class Frame(NamedTuple):
    """A picture with zones that hide none of each other."""

    camera: str
    picture: Any
    cases: list[Case]


def frames(street: Path) -> Iterator[Frame]:
    """Each picture four times: zones that are taken, the same drawn large, zones that are empty, zones anywhere."""
    labels = {path: _labels(path, street) for path in sorted((street / "images").glob("*.jpg"))}
    for path, boxes in labels.items():
        camera, picture = path.name.split("_")[0], cv2.imread(str(path))
        cars = [box for kind, box in boxes if kind == CAR]
        stock = [box for other in labels if other.name.startswith(camera) for kind, box in labels[other] if kind == CAR]
        empty = _empty(stock, boxes, random.Random(path.name))
        anywhere = _anywhere(stock, boxes, random.Random(f"anywhere {path.name}"))
        yield Frame(camera, picture, [case for box in cars if (case := _taken(box))])
        yield Frame(camera, picture, [Case(WIDE, _drawn(box, LARGE)) for box in cars if _taken(box)])
        yield Frame(camera, picture, [_named(case, path.stem) for case in empty])
        yield Frame(camera, picture, [_named(case, path.stem) for case in anywhere])


def _named(case: Case, frame: str) -> Case:
    is_taken = (frame, int(case.box.left), int(case.box.top)) in UNLABELLED
    return case._replace(kind=UNNAMED) if is_taken else case


def _taken(box: Box) -> Case | None:
    side = min(box.width, box.height)
    return Case(NEAR if side >= NEAR_PX else FAR, _drawn(box)) if side >= LEAST_PX else None


def _empty(stock: list[Box], now: list[Label], chance: random.Random) -> Iterator[Case]:
    """Zones of other frames of the camera in which there is no vehicle now."""
    drawn = (_drawn(box) for box in chance.sample(stock, len(stock)) if _taken(box))
    for zone in _apart(drawn, now, EMPTY_A_FRAME):
        people = any(zone.intersection(each) for kind, each in now if kind == PERSON)
        yield Case(PEOPLE if people else EMPTY, zone)


def _anywhere(stock: list[Box], now: list[Label], chance: random.Random) -> Iterator[Case]:
    """Zones of the size of a car of that camera, wherever there is no vehicle: trees, walls and signs too."""
    sizes = [zone for box in stock if _taken(box) and (zone := _drawn(box))]
    moved = (_moved(chance.choice(sizes), chance) for _ in range(TRIES))
    return (Case(ANYWHERE, zone) for zone in _apart(moved, now, ANYWHERE_A_FRAME))


def _moved(size: Box, chance: random.Random) -> Box:
    left = round(chance.uniform(0, FRAME.right - size.width))
    top = round(chance.uniform(0, FRAME.bottom - size.height))
    return Box(left, top, left + size.width, top + size.height)


def _apart(zones: Iterator[Box], now: list[Label], most: int) -> Iterator[Box]:
    """Yields zones that are free of vehicles and of one another, `most` of them."""
    kept: list[Box] = [each for kind, each in now if kind in VEHICLES]
    for zone in zones:
        if most and not any(zone.intersection(each) for each in kept):
            most -= 1
            kept.append(zone)
            yield zone


def _drawn(box: Box, larger: float = DRAWN) -> Box:
    return box.expanded(larger).clip(FRAME)


def _labels(picture: Path, street: Path) -> list[Label]:
    """Class and box, px of the frames' 640 x 640."""
    lines = (street / "labels" / f"{picture.stem}.txt").read_text().splitlines()
    return [_label(line.split()) for line in lines if line.split()]


def _label(words: list[str]) -> Label:
    """A box (centre, size) or a polygon, as shares of the picture."""
    numbers = [640 * float(word) for word in words[1:]]
    if len(numbers) == 4:
        x, y, width, height = numbers
        return words[0], Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return words[0], Box(min(numbers[0::2]), min(numbers[1::2]), max(numbers[0::2]), max(numbers[1::2]))
