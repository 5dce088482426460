"""Zones with a known answer on pictures of street cameras: round each labelled car, where no vehicle is now, round
people, anywhere. A vehicle counts by the smaller side of its box.
"""

import math
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from drivers.camera.boxes import Box
from street.labelled import Labelled, labelled

DRAWN, LARGE = 0.1, 0.5
"""Shares of its size by which a zone is drawn larger than the car on each side: as advised, and carelessly."""

LEAST_PX, NEAR_PX = 40, 70
EMPTY_A_FRAME, ANYWHERE_A_FRAME, PEOPLE_A_FRAME = 6, 3, 6
TRIES = 60

LOW = (0.6, 0.45, 0.3)
"""Shares of the height of a zone round a car, from below: the ground alone, as a camera sees it that looks down less
and less."""

NEAR, FAR, WIDE = "taken, 70 px or more", "taken, 40 to 70 px", "taken, zone of twice its size each way"
EMPTY, PEOPLE, ANYWHERE = "empty", "empty, with people", "empty, anywhere"
ROUND_PEOPLE = "empty, drawn round people"
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


class Case(NamedTuple):
    """A zone whose answer is known. `kind`: what it is counted as."""

    kind: str
    box: Box


class Frame(NamedTuple):
    """A picture with zones that hide none of each other. `condition`: under which it was taken; "": not told."""

    camera: str
    picture: Any
    cases: list[Case]
    condition: str = ""


def frames(street: Path) -> Iterator[Frame]:
    """Each picture eight times: zones that are taken, the same drawn large, the lowest shares of them alone, zones that
    are empty, anywhere, and round people."""
    stock: dict[str, list[Box]] = {}
    for one in labelled(street):
        stock.setdefault(one.camera, []).extend(one.cars)
    for one in labelled(street):
        for cases in _cases(one, stock[one.camera]):
            yield Frame(one.camera, one.picture, cases, one.condition)


def _cases(one: Labelled, stock: list[Box]) -> Iterator[list[Case]]:
    name, edge = one.file.name, one.edge
    cars = [box for box in one.cars if _taken(box, edge)]
    yield [case for box in cars if (case := _taken(box, edge))]
    yield [Case(WIDE, _drawn(box, edge, LARGE)) for box in cars]
    yield from ([_low(box, edge, share) for box in cars] for share in LOW)
    yield [_named(case, one.file.stem) for case in _empty(stock, one, random.Random(name))]
    yield [_named(case, one.file.stem) for case in _anywhere(stock, one, random.Random(f"anywhere {name}"))]
    yield [_named(case, one.file.stem) for case in _round_people(stock, one)]


def _named(case: Case, frame: str) -> Case:
    is_taken = (frame, int(case.box.left), int(case.box.top)) in UNLABELLED
    return case._replace(kind=UNNAMED) if is_taken else case


def _taken(box: Box, edge: Box) -> Case | None:
    side = min(box.width, box.height)
    return Case(NEAR if side >= NEAR_PX else FAR, _drawn(box, edge)) if side >= LEAST_PX else None


def low_kind(share: float) -> str:
    return f"taken, the lowest {100 * share:.0f} % of the zone alone"


def _low(box: Box, edge: Box, share: float) -> Case:
    whole = _drawn(box, edge)
    return Case(low_kind(share), whole._replace(top=whole.bottom - share * whole.height))


def _empty(stock: list[Box], now: Labelled, chance: random.Random) -> Iterator[Case]:
    """Zones of other pictures of the camera in which there is no vehicle now."""
    drawn = (_drawn(box, now.edge) for box in chance.sample(stock, len(stock)) if _taken(box, now.edge))
    for zone in _apart(drawn, now, EMPTY_A_FRAME):
        people = any(zone.intersection(each) for each in now.people)
        yield Case(PEOPLE if people else EMPTY, zone)


def _anywhere(stock: list[Box], now: Labelled, chance: random.Random) -> Iterator[Case]:
    """Zones of the size of a car of that camera, wherever there is no vehicle: trees, walls and signs too."""
    sizes = [_drawn(box, now.edge) for box in stock if _taken(box, now.edge)]
    moved = (_moved(chance.choice(sizes), now.edge, chance) for _ in range(TRIES if sizes else 0))
    return (Case(ANYWHERE, zone) for zone in _apart(moved, now, ANYWHERE_A_FRAME))


def _moved(size: Box, edge: Box, chance: random.Random) -> Box:
    left = round(chance.uniform(0, edge.right - size.width))
    top = round(chance.uniform(0, edge.bottom - size.height))
    return Box(left, top, left + size.width, top + size.height)


def _round_people(stock: list[Box], now: Labelled) -> Iterator[Case]:
    """A zone round each person, who stands in its middle, as large as the car of that camera that came nearest."""
    cars = [box for box in stock if _taken(box, now.edge)]
    drawn = (_round(person, _nearest(cars, person), now.edge) for person in now.people if cars)
    return (Case(ROUND_PEOPLE, zone) for zone in _apart(drawn, now, PEOPLE_A_FRAME))


def _nearest(cars: list[Box], person: Box) -> Box:
    """The one whose wheels came nearest to the person's feet."""
    return min(cars, key=lambda car: math.dist((car.centre[0], car.bottom), (person.centre[0], person.bottom)))


def _round(person: Box, car: Box, edge: Box) -> Box:
    left = person.centre[0] - car.width / 2
    return _drawn(Box(left, person.bottom - car.height, left + car.width, person.bottom), edge)


def _apart(zones: Iterable[Box], now: Labelled, most: int) -> Iterator[Box]:
    """Yields zones that are free of vehicles and of one another, `most` of them."""
    kept: list[Box] = [*now.cars, *now.unclear]
    for zone in zones:
        if most and not any(zone.intersection(each) for each in kept):
            most -= 1
            kept.append(zone)
            yield zone


def _drawn(box: Box, edge: Box, larger: float = DRAWN) -> Box:
    return box.expanded(larger).clip(edge)
