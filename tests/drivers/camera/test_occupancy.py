"""Answers to who is asked about a zone, and what follows, with a zone model that answers as it is told to."""

from collections.abc import Callable

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray

from drivers.base import UNCLASSIFIED
from drivers.camera.appearance_query import Chroma
from drivers.camera.boxes import Box, Detection
from drivers.camera.occupancy import Occupancy
from drivers.camera.track import Evidence, ParkedTrack
from drivers.camera.zone_view import ZoneView
from drivers.camera.zone_weights import table
from drivers.camera.zones import Zone

PICTURE = np.zeros((400, 800, 3), np.uint8)
BAY, LANE = Box(100, 100, 300, 200), Box(100, 100, 700, 200)
KEEP = 0.2

Answer = Callable[[float, float], float]
"""Pixels of the left and right edge of what is shown, px."""


class Model:
    def __init__(self, answer: Answer) -> None:
        self.table = structs.replace(table(), taken=0.73, taken_alone=0.9)
        self.answer = answer

    def taken(self, picture: NDArray[np.uint8], view: ZoneView) -> float:
        xs = view._corners[:, 0]
        return self.answer(float(xs.min()), float(xs.max()))


def occupancy(answer: float | Answer, around: Box = BAY) -> Occupancy:
    corners = [(around.left, around.top), (around.right, around.top), (around.right, around.bottom)]
    zone = Zone("bay", [*corners, (around.left, around.bottom)], around)
    model = Model(answer if callable(answer) else lambda left, right: answer)
    return Occupancy(model, zone, (800, 400))  # type: ignore[arg-type]


def track(box: Box) -> ParkedTrack:
    return ParkedTrack("1", box, np.zeros((20, 20, 2), np.float32), 0.0, 5.0, "car", 0.8, Chroma(0, 0))


def lost(box: Box) -> ParkedTrack:
    one = track(box)
    one.evidence_since_s = {Evidence.UNCLEAR: 5.0}
    return one


@pytest.mark.parametrize(
    ("answer", "tracks", "needed"),
    [
        (0.01, [], False),  # surely free
        (0.01, [lost(BAY)], False),
        (0.3, [], True),  # unsure
        (0.3, [track(BAY)], True),
        (0.9, [], True),  # who has come?
        (0.9, [track(BAY)], False),  # who stands there is known
        (0.9, [lost(BAY)], True),
        (0.9, [track(Box(100, 100, 180, 200))], True),  # and there is room for another
    ],
)
def test_the_detector_is_asked_where_it_may_know_more(answer: float, tracks: list[ParkedTrack], needed: bool) -> None:
    assert occupancy(answer).look(PICTURE, tracks) is needed


def test_a_known_vehicle_is_taken_for_granted_where_its_place_is_taken() -> None:
    known = track(Box(110, 105, 290, 195))
    for answer, granted in ((0.9, [Detection(known.box, 0.9, "car")]), (0.1, [])):
        zone = occupancy(answer)
        zone.look(PICTURE, [known])
        assert zone.granted([known]) == granted


def test_a_place_that_is_taken_has_its_own_box_where_the_detector_is_silent() -> None:
    zone = occupancy(0.92)
    zone.look(PICTURE, [])
    assert zone.judged(PICTURE, [], KEEP) == [Detection(BAY, 0.92, UNCLASSIFIED)]
    assert zone.zone.contains(BAY)


def test_where_the_detector_is_silent_the_zone_model_must_be_surer() -> None:
    """Leaves before a wall and a group of people were called taken by 0.75 to 0.88, and the detector saw nothing."""
    zone = occupancy(0.85)
    zone.look(PICTURE, [])
    assert zone.judged(PICTURE, [], KEEP) == []
    weak = Detection(Box(110, 100, 290, 200), 0.15, "car")
    assert zone.judged(PICTURE, [weak], KEEP) == [weak._replace(score=0.85)]


def test_the_detectors_box_is_the_better_one() -> None:
    zone = occupancy(0.9)
    zone.look(PICTURE, [])
    box = Box(110, 100, 290, 200)
    assert zone.judged(PICTURE, [Detection(box, 0.25, "car")], KEEP) == [Detection(box, 0.9, "car")]


def test_of_boxes_of_one_vehicle_the_detectors_best_stays() -> None:
    """The zone model likes a larger one as much, but the road around it is no vehicle."""
    zone = occupancy(0.9)
    zone.look(PICTURE, [])
    good, loose = Detection(Box(120, 110, 280, 200), 0.45, "car"), Detection(Box(105, 95, 295, 205), 0.12, "car")
    assert zone.judged(PICTURE, [loose, good], KEEP) == [good._replace(score=0.9)]


def test_what_the_zone_model_takes_for_road_is_no_vehicle() -> None:
    """The whole is unsure, the box is not: an empty zebra crossing, people."""
    zone = occupancy(lambda left, right: 0.3 if right - left > 190 else 0.02)
    zone.look(PICTURE, [])
    assert zone.judged(PICTURE, [Detection(Box(150, 120, 250, 190), 0.4, "car")], KEEP) == []


def test_a_zone_much_larger_than_the_vehicle_is_shown_the_box_of_a_weak_detection() -> None:
    zone = occupancy(lambda left, right: 0.3 if right - left > 150 else 0.95)
    assert zone.look(PICTURE, [])
    weak = Detection(Box(150, 130, 250, 190), 0.12, "car")
    assert zone.judged(PICTURE, [weak], KEEP) == [weak._replace(score=0.95)]


def test_a_weak_box_alone_does_not_make_a_vehicle_of_a_place_that_is_hardly_taken() -> None:
    """Leaves and an island of the road: places of 0.07 to 0.16, in which one weak box of many was called taken."""
    zone = occupancy(lambda left, right: 0.07 if right - left > 150 else 0.95)
    assert zone.look(PICTURE, [])
    assert zone.judged(PICTURE, [Detection(Box(150, 130, 250, 190), 0.18, "car")], KEEP) == []


@pytest.mark.parametrize(("score", "stays"), [(0.4, False), (0.6, True)])
def test_a_box_of_which_the_detector_is_not_sure_needs_a_place_that_may_be_taken(score: float, stays: bool) -> None:
    """Two who walk side by side: 0.3 to 0.45 by the detector, 0.95 by the zone model, in places of 0.08 to 0.25."""
    zone = occupancy(lambda left, right: 0.1 if right - left > 150 else 0.95)
    assert zone.look(PICTURE, [])
    box = Detection(Box(150, 110, 250, 190), score, "vehicle")
    assert zone.judged(PICTURE, [box], KEEP) == ([box] if stays else [])


def test_of_a_zone_of_several_places_those_count_that_the_weak_box_lies_in() -> None:
    zone = occupancy(lambda left, right: 0.95 if right - left < 150 else 0.3 if left < 200 else 0.07, LANE)
    zone.look(PICTURE, [])
    first, last = (Detection(Box(left, 110, left + 100, 190), 0.12, "car") for left in (120, 580))
    assert zone.judged(PICTURE, [first, last], KEEP) == [first._replace(score=0.95)]


def test_a_weak_speck_in_a_zone_is_no_vehicle() -> None:
    """The zone model takes a blur for one."""
    zone = occupancy(lambda left, right: 0.3 if right - left > 150 else 0.95)
    zone.look(PICTURE, [])
    assert zone.judged(PICTURE, [Detection(Box(180, 150, 200, 165), 0.15, "car")], KEEP) == []
    far_smaller = Detection(Box(180, 150, 215, 185), 0.15, "car")
    assert zone.judged(PICTURE, [far_smaller], KEEP) == []


def test_a_box_beside_the_zone_is_as_it_was() -> None:
    zone = occupancy(0.3)
    zone.look(PICTURE, [])
    beside = [Detection(Box(400, 100, 500, 200), score, "car") for score in (0.15, 0.4)]
    assert zone.judged(PICTURE, beside, KEEP) == [beside[1]]


def test_a_long_zone_has_places_along_it_and_a_vehicle_between_two_is_one() -> None:
    zone = occupancy(lambda left, right: 0.9 if left < 300 else 0.02, LANE)
    assert [(round(each.box.left), round(each.box.right)) for each in zone.places] == [
        (100, 400),
        (250, 550),
        (400, 700),
    ]
    assert zone.look(PICTURE, [])
    assert [one.box.left for one in zone.judged(PICTURE, [], KEEP)] == [pytest.approx(100, abs=1)]
