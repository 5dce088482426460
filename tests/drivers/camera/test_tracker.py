import itertools
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.appearance import Appearance
from drivers.camera.appearance_query import Chroma
from drivers.camera.boxes import Box, Detection
from drivers.camera.track import PATIENCE_S, Evidence, ParkedTrack
from drivers.camera.tracker import SETTLE_S, SIGHTINGS, Change, Tracker

PLACE = Box(100, 100, 200, 160)
IN_FRONT = Box(-60, 110, 195, 190)
"""Hides the place; stands beside the zone."""
AWAY = Box(400, 100, 500, 160)


class Thing(NamedTuple):
    """Something on the picture; `score` None: the detector misses it."""

    name: str
    box: Box = PLACE
    score: float | None = 0.8


def looks(name: str) -> Appearance:
    """A look of its own for each name."""
    return np.random.default_rng(zlib.crc32(name.encode())).normal(0, 50, (20, 20, 2)).astype(np.float32)


class Seen(NamedTuple):
    """A Sight that is told what there is to see."""

    looks: Callable[[Box], Appearance]
    known: Appearance | None
    colour: Chroma
    blind: bool

    def appearance(self, box: Box) -> Appearance:
        return self.looks(box)

    def road(self, box: Box) -> Appearance | None:
        return self.known

    def chroma(self, box: Box) -> Chroma:
        return self.colour

    def dazzled(self, box: Box) -> bool:
        return self.blind


class Street:
    """A tracker before which things come and go, one picture a second."""

    def __init__(self, anchors: Iterable[ParkedTrack] = (), road_known: bool = True) -> None:
        self.road = looks("road") if road_known else None
        self.paint = Chroma(0, 0)
        self.blind = False
        keys = itertools.count(1)
        self.tracker = Tracker(0.3, 5.0, lambda: str(next(keys)), anchors)
        self.now_s = 0.0
        self.changes: list[Change] = []
        self.room = True
        self.larger: Callable[[Detection], Detection | None] = lambda one: one
        self.asked = 0

    def show(self, *things: Thing, seconds: float = 1.0, period_s: float = 1.0) -> None:
        """The same things for so long; the first is in front."""
        seen = [Detection(thing.box, thing.score, "car") for thing in things if thing.score is not None]
        for _ in range(round(seconds / period_s)):
            found = sorted(seen, key=lambda one: -one.score)
            self.step(found, partial(self.glance, things), period_s)

    def step(self, found: list[Detection], look: Callable[[Box], Appearance], period_s: float = 1.0) -> None:
        query = Seen(look, self.road, self.paint, self.blind)
        self.changes += self.tracker.step(self.now_s, found, self, query, self.confirm)
        self.now_s += period_s

    def contains(self, box: Box) -> bool:
        return 80 < box.centre[0] < 220

    def has_room_beside(self, box: Box) -> bool:
        return self.room

    def confirm(self, one: Detection) -> Detection | None:
        self.asked += 1
        return self.larger(one)

    @staticmethod
    def glance(things: tuple[Thing, ...], box: Box) -> Appearance:
        covering = [thing.name for thing in things if thing.box.intersection(box) >= 0.5 * box.area]
        return looks(covering[0] if covering else "road")

    @property
    def stays(self) -> list[tuple[float, float | None]]:
        """Every stay that has begun: entered, left."""
        left = {change.track.key: change.left_s for change in self.changes}
        begun = {change.track.key: change.track for change in self.changes if change.left_s is None}
        return [(track.entered_s, left[track.key]) for track in begun.values()]


@pytest.fixture
def street() -> Street:
    return Street()


def shifted(by: float) -> Box:
    return Box(PLACE.left + by, PLACE.top, PLACE.right + by, PLACE.bottom)


def test_a_vehicle_that_stands_begins_a_stay_dated_back_to_its_standstill(street: Street) -> None:
    street.show(seconds=10)
    street.show(Thing("red"), seconds=2)
    assert street.changes == []
    street.show(Thing("red"), seconds=10)
    assert street.stays == [(10.0, None)]


def test_the_stay_ends_with_the_last_picture_that_shows_it(street: Street) -> None:
    street.show(Thing("red"), seconds=30)
    street.show(seconds=10)
    assert street.stays == [(0.0, 29.0)]


def test_a_passer_by_is_not_a_stay(street: Street) -> None:
    for by in range(-300, 301, 40):
        street.show(Thing("red", shifted(by)))
    assert street.changes == []


def test_a_vehicle_that_crawls_by_is_not_a_stay(street: Street) -> None:
    for by in range(-100, 101, 15):
        street.show(Thing("red", shifted(by)))
    assert street.changes == []


def test_a_vehicle_that_rolls_to_its_place_has_entered_when_it_stood(street: Street) -> None:
    for by in (300, 120, 60, 30, 12):
        street.show(Thing("red", shifted(by)))
    street.show(Thing("red"), seconds=10)
    entered_s = street.stays[0][0]
    assert 4.0 <= entered_s <= 5.0


def test_a_swap_is_two_stays(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.show(Thing("red", shifted(60)))
    street.show(Thing("blue", shifted(-60)))
    street.show(Thing("blue"), seconds=20)
    assert street.stays == [(0.0, 19.0), (22.0, None)]


def test_a_swap_that_happens_unseen_is_two_stays(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.show(Thing("blue"), seconds=20)
    assert street.stays == [(0.0, 19.0), (20.0, None)]


def test_an_occlusion_does_not_split_a_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.show(Thing("lorry", IN_FRONT), Thing("red", score=None), seconds=8)
    street.show(Thing("red"), seconds=20)
    assert street.stays == [(0.0, None)]


def test_a_lorry_that_hides_the_place_for_a_minute_does_not_split_a_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.show(Thing("lorry", IN_FRONT), Thing("red", score=None), seconds=60)
    street.show(Thing("red"), seconds=20)
    assert street.stays == [(0.0, None)]


def test_something_that_hides_the_place_for_long_does_not_keep_a_stay_alive_for_ever(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    for second in range(int(PATIENCE_S[Evidence.HIDDEN]) + 5):
        street.show(Thing(f"crowd {second}", Box(20, 90, 230, 200)))
    assert street.stays[0] == (0.0, 19.0)


def test_a_glare_that_blinds_the_place_does_not_end_a_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    for second in range(15):
        street.show(Thing(f"glare {second}", score=None))
    street.show(Thing("red"), seconds=20)
    assert street.stays == [(0.0, None)]


def test_the_low_sun_does_not_end_a_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.blind = True
    street.show(Thing("glare", score=None), seconds=300)
    street.blind = False
    street.show(Thing("red"), seconds=20)
    assert street.stays == [(0.0, None)]


def faded(name: str) -> Appearance:
    return (looks(name) * 0.01).astype(np.float32)


@pytest.mark.parametrize("road_known", [True, False])
def test_fog_and_night_do_not_end_a_stay(road_known: bool) -> None:
    street = Street(road_known=road_known)
    street.show(Thing("red"), seconds=20)
    for _ in range(600):
        things = (Thing("red", score=None),)
        street.step([], lambda box: faded("fog"))
    street.show(*things, seconds=20)
    assert street.stays == [(0.0, None)]
    street.show(seconds=10)
    assert street.stays == [(0.0, 639.0)]


def test_a_place_whose_road_is_not_known_is_empty_when_it_is_steady(street: Street) -> None:
    street.road = None
    street.show(Thing("red"), seconds=20)
    street.show(Thing("wet road", score=None), seconds=PATIENCE_S[Evidence.BARE] - 1)
    assert street.stays == [(0.0, None)]
    street.show(Thing("wet road", score=None), seconds=5)
    assert street.stays == [(0.0, 19.0)]


def mixed(name: str, other: str, share: float) -> Appearance:
    return (share * looks(name) + (1 - share**2) ** 0.5 * looks(other)).astype(np.float32)


def test_after_the_road_was_seen_a_vehicle_must_look_very_much_the_same(street: Street) -> None:
    """White hatchback, then a silver estate car: 0.80 alike."""
    street.show(Thing("red"), seconds=20)
    street.show()
    for _ in range(20):
        found = [Detection(PLACE, 0.8, "car")]
        look = mixed("red", "blue", 0.8)
        street.step(found, lambda box, look=look: look)
    assert street.stays == [(0.0, 19.0), (21.0, None)]


def test_paint_of_another_colour_is_another_vehicle_even_of_the_same_make(street: Street) -> None:
    street.paint = Chroma(45, 20)
    street.show(Thing("saloon"), seconds=20)
    street.now_s += 60
    street.paint = Chroma(5, -40)
    street.show(Thing("saloon"), seconds=20)
    assert street.stays == [(0.0, 19.0), (80.0, None)]


def test_paint_that_the_night_takes_away_is_not_another_colour(street: Street) -> None:
    street.paint = Chroma(45, 20)
    street.show(Thing("saloon"), seconds=20)
    street.paint = Chroma(2, 1)
    street.show(Thing("saloon"), seconds=20)
    assert street.stays == [(0.0, None)]


def test_an_answer_of_the_detector_where_the_road_looks_as_ever_begins_nothing(street: Street) -> None:
    for _ in range(60):
        street.step([Detection(PLACE, 0.4, "car")], lambda box: looks("road"))
    assert street.changes == []
    assert not street.tracker.needs_detection


def test_a_vehicle_seen_weakly_for_long_has_entered_when_it_stood_there_first(street: Street) -> None:
    street.road = None
    street.show(Thing("red", score=0.25), seconds=1000)
    assert street.changes == []
    street.show(Thing("red", score=0.5), seconds=SIGHTINGS)
    assert street.stays == [(0.0, None)]


def test_a_vehicle_that_the_detector_loses_is_still_there(street: Street) -> None:
    street.show(Thing("red"), seconds=10)
    street.show(Thing("red", score=None), seconds=3600)
    assert street.stays == [(0.0, None)]
    street.show(seconds=5)
    assert street.stays == [(0.0, 3609.0)]


def test_a_weak_detection_begins_nothing(street: Street) -> None:
    street.road = None
    street.show(Thing("shadow", score=0.25), seconds=60)
    assert street.changes == []


@pytest.mark.parametrize(("road_known", "stays"), [(True, [(10.0, None)]), (False, [])])
def test_a_weaker_detection_is_enough_where_the_road_looks_otherwise(road_known: bool, stays: list) -> None:
    street = Street(road_known=road_known)
    street.show(seconds=10)
    street.show(Thing("dark car", score=0.25), seconds=60)
    assert street.stays == stays


def test_what_was_only_seen_weakly_ends_when_nothing_is_detected_any_more(street: Street) -> None:
    """Road that looks otherwise than remembered and a weak answer: a stay that nothing else would ever end."""
    street.show(seconds=10)
    street.show(Thing("wet road", score=0.25), seconds=20)
    street.show(Thing("wet road", score=None), seconds=PATIENCE_S[Evidence.UNDETECTED])
    assert street.stays == [(10.0, None)]
    assert street.tracker.tracks[0].seen_s == 29.0, "nobody is accused by what was not seen"
    street.show(Thing("wet road", score=None), seconds=2)
    assert street.stays == [(10.0, 29.0)]


@pytest.mark.parametrize("scores", [(0.25, None, 0.25, None), (0.25, 0.5, None, None), (0.4, None, 0.4, None)])
def test_a_dark_vehicle_is_there_while_it_is_detected_now_and_then_or_was_once_for_certain(
    street: Street, scores: tuple[float | None, ...]
) -> None:
    street.show(seconds=10)
    for score in scores:
        street.show(Thing("dark car", score=score), seconds=PATIENCE_S[Evidence.UNDETECTED] - 10)
    assert street.stays == [(10.0, None)]


def test_a_pause_in_the_pictures_is_no_time_without_a_detection(street: Street) -> None:
    street.show(seconds=10)
    street.show(Thing("dark car", score=0.25), seconds=20)
    street.show(Thing("dark car", score=None), seconds=PATIENCE_S[Evidence.UNDETECTED] - 10)
    street.now_s += 600
    street.show(Thing("dark car", score=None), seconds=20)
    street.show(Thing("dark car", score=0.25), seconds=20)
    assert street.stays == [(10.0, None)]


def kerb(share: float) -> Callable[[Box], Appearance]:
    """The road without the vehicle, where the edge of the kerb makes much of both."""
    return lambda box: mixed("red", "road", share)


def seen_at(box: Box = PLACE) -> list[Detection]:
    return [Detection(box, 0.98, "car")]


def test_a_road_that_looks_much_like_the_vehicle_is_not_the_vehicle_once_none_is_seen(street: Street) -> None:
    """A car in a bay with a kerb and lines, there from the start, was held for three minutes after it had left."""
    street.road = None
    street.show(Thing("red"), seconds=30)
    for _ in range(round(PATIENCE_S[Evidence.UNDETECTED])):
        street.step([], kerb(0.78))
    assert street.tracker.tracks[0].seen_s == 29.0, "nobody is accused by what was not seen"
    street.step([], kerb(0.78))
    assert street.stays == [(0.0, 29.0)]


def test_a_vehicle_that_comes_to_such_a_place_is_another_one(street: Street) -> None:
    street.road = None
    street.show(Thing("red"), seconds=15)
    for _ in range(5):
        street.step([], kerb(0.75))
    for _ in range(15):
        street.step(seen_at(), kerb(0.8))
    assert street.stays == [(0.0, 14.0), (20.0, None)]


def test_a_vehicle_that_drives_off_slowly_is_no_second_one(street: Street) -> None:
    street.road = None
    street.show(Thing("red"), seconds=15)
    for by in (40, 45, 45, 45, 45, 45):
        street.step(seen_at(shifted(by)), kerb(0.75))
    assert street.stays == [(0.0, None)]
    for _ in range(round(PATIENCE_S[Evidence.UNDETECTED])):
        street.step([], kerb(0.75))
    assert street.stays == [(0.0, 14.0)]


def test_one_that_looks_as_the_first_did_is_charged_anew(street: Street, charged: Callable[[], float | None]) -> None:
    street.road = None
    street.show(Thing("red"), seconds=15)
    for _ in range(4):
        street.step([], kerb(0.75))
    street.show(Thing("red"), seconds=15)
    assert charged() == 19.0


def test_a_look_in_which_the_detector_misses_a_vehicle_whose_light_has_changed_ends_nothing(street: Street) -> None:
    street.show(Thing("red"), seconds=20)
    street.step([], kerb(0.8))
    for _ in range(60):
        street.step(seen_at(), kerb(0.8))
    assert street.stays == [(0.0, None)]
    assert street.tracker.tracks[0].seen_s == 80.0


def test_a_weak_answer_at_the_edge_of_a_vehicle_is_not_another_one(street: Street) -> None:
    street.show(seconds=10)
    street.show(Thing("red"), Thing("bumper", Box(140, 120, 212, 172), score=0.25), seconds=60)
    assert street.stays == [(10.0, None)]


def test_a_strong_moment_among_weak_ones_begins_nothing(street: Street) -> None:
    street.road = None
    street.show(Thing("shadow", score=0.6))
    street.show(Thing("shadow", score=0.21), seconds=60)
    assert street.changes == []


def test_a_vehicle_beside_the_zone_is_not_in_it(street: Street) -> None:
    street.show(Thing("red", AWAY), seconds=60)
    assert street.changes == []


def test_two_vehicles_in_one_zone_are_two_stays(street: Street) -> None:
    other = Box(100, 200, 200, 260)
    street.show(Thing("red"), seconds=10)
    street.show(Thing("red"), Thing("blue", other), seconds=10)
    street.show(Thing("blue", other), seconds=10)
    assert street.stays == [(0.0, 19.0), (10.0, None)]


def test_a_pause_in_the_pictures_ends_no_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=10)
    street.now_s += 3600
    street.show(Thing("red"), seconds=10)
    assert street.stays == [(0.0, None)]


def test_a_vehicle_that_left_during_a_pause_was_there_until_it_was_last_seen(street: Street) -> None:
    street.show(Thing("red"), seconds=10)
    street.now_s += 3600
    street.show(seconds=10)
    assert street.stays == [(0.0, 9.0)]


def test_standing_before_and_after_a_pause_does_not_add_up_to_a_stay(street: Street) -> None:
    street.show(Thing("red"), seconds=2)
    street.now_s += 60
    street.show(Thing("red"), seconds=3)
    assert street.changes == []


def halved(front: str, behind: str) -> Appearance:
    """What `front` is, with its left half hidden by something else."""
    seen = looks(front).copy()
    seen[:, :9] = looks(behind)[:, :9]
    return seen


@pytest.fixture
def charged(street: Street) -> Callable[[], float | None]:
    return lambda: street.tracker.tracks[0].charged_s


def test_cars_that_look_alike_are_two_stays_when_the_road_was_seen_between_them(street: Street) -> None:
    street.show(seconds=10)
    street.show(Thing("red"), seconds=15)
    street.show()
    street.show(Thing("red"), seconds=15)
    street.show(seconds=3)
    assert street.stays == [(10.0, 24.0), (26.0, 40.0)]


def test_what_looks_alike_after_the_road_was_seen_dimly_for_longer_than_a_look_errs_is_another_one(
    street: Street,
) -> None:
    street.show(Thing("red"), seconds=15)
    wet = mixed("road", "rain", 0.85)
    for _ in range(2):
        street.step([], lambda box: wet)
    street.show(Thing("red"), seconds=15)
    assert street.stays == [(0.0, 14.0), (17.0, None)]


def test_a_glimpse_of_road_that_may_be_an_error_charges_the_vehicle_anew(
    street: Street, charged: Callable[[], float | None]
) -> None:
    street.show(Thing("red"), seconds=15)
    wet = mixed("road", "rain", 0.85)
    street.step([], lambda box: wet)
    street.show(Thing("red"), seconds=15)
    assert (street.stays, charged()) == ([(0.0, None)], 16.0)


def driven(*boxes: Box) -> Callable[[Street], None]:
    """A car stands, is seen to move, and one that looks the same stands there a moment later."""

    def act(street: Street) -> None:
        street.show(seconds=10)
        street.show(Thing("red"), seconds=15)
        for box in boxes:
            street.step(seen_at(box), lambda _: mixed("red", "road", 0.5))
        street.show(Thing("red"), seconds=15)

    return act


@pytest.mark.parametrize(
    "boxes",
    [(shifted(25),), (shifted(25), shifted(-35)), (Box(80, 98, 240, 162),)],
    ids=["one drives off", "another comes", "both in one box"],
)
def test_alike_cars_that_are_seen_to_move_in_the_place_are_charged_anew_however_quick(
    street: Street, charged: Callable[[], float | None], boxes: tuple[Box, ...]
) -> None:
    """Two to four seconds from one standing to the next, one look a second: the road is seen in none."""
    driven(*boxes)(street)
    assert charged() == 25.0 + len(boxes)


@pytest.mark.parametrize(
    "box",
    [Box(140, 100, 200, 160), Box(60, 120, 230, 220), shifted(8)],
    ids=["what is seen of it beside what hides it", "who passes in front", "its own, which wavers"],
)
def test_a_vehicle_before_which_something_is_or_whose_box_wavers_keeps_its_charge(
    street: Street, charged: Callable[[], float | None], box: Box
) -> None:
    driven(box, box)(street)
    assert (street.stays, charged()) == ([(10.0, None)], None)


def test_a_vehicle_that_is_seen_to_drive_off_has_stood_all_the_time(street: Street) -> None:
    street.show(seconds=10)
    street.show(Thing("red"), seconds=15)
    street.step(seen_at(shifted(25)), kerb(0.75))
    street.show(seconds=5)
    assert [(change.track.charged_s, change.left_s) for change in street.changes] == [(None, None), (None, 25.0)]


def test_a_box_that_the_crop_has_cut_begins_nothing_unless_a_larger_look_shows_a_vehicle(street: Street) -> None:
    cut = Detection(PLACE, 0.8, "car", cut=True)
    street.larger = lambda one: None
    for _ in range(60):
        street.step([cut], lambda box: looks("lorry"))
    assert street.changes == []
    assert street.asked <= 3, "a larger look costs a run of the detector"


def test_a_lorry_of_which_the_crop_shows_the_top_stands_where_the_larger_look_shows_its_wheels(street: Street) -> None:
    cut = Detection(PLACE, 0.8, "car", cut=True)
    street.larger = lambda one: Detection(AWAY, 0.9, "truck")
    for _ in range(20):
        street.step([cut], lambda box: looks("lorry"))
    assert street.changes == []


def test_a_vehicle_larger_than_the_crop_has_the_box_of_the_larger_look(street: Street) -> None:
    cut, whole = Detection(PLACE, 0.8, "car", cut=True), Box(60, 60, 240, 160)
    street.larger = lambda one: Detection(whole, 0.9, "bus")
    for _ in range(10):
        street.step([cut], lambda box: looks("bus"))
    assert [(track.box, track.vehicle) for track in street.tracker.tracks] == [(whole, "bus")]
    assert street.stays == [(0.0, None)]


def test_a_vehicle_that_settles_where_there_is_one_place_ends_the_one_of_before_that_is_seen_no_more(
    street: Street,
) -> None:
    street.room = False
    street.show(Thing("red"), seconds=15)
    street.show(Thing("blue", shifted(55)), seconds=15)
    assert street.stays == [(0.0, 14.0), (15.0, None)]


def test_where_there_is_one_place_and_its_vehicle_is_seen_there_still_no_other_one_begins(street: Street) -> None:
    street.room = False
    street.show(Thing("red"), Thing("bin", Box(180, 100, 230, 160), 0.4), seconds=30)
    assert street.stays == [(0.0, None)]


def test_a_second_box_on_half_of_a_vehicle_is_no_second_vehicle_however_large_the_zone(street: Street) -> None:
    street.show(Thing("red"), Thing("bonnet", Box(105, 128, 205, 190), 0.6), seconds=30)
    assert street.stays == [(0.0, None)]


def test_a_second_box_on_half_of_a_vehicle_stays_none_when_it_is_cut_shorter_for_a_moment(street: Street) -> None:
    car, upper, flat = Thing("car"), Thing("car", Box(100, 74, 200, 134), 0.6), Thing("car", Box(100, 116, 200, 160))
    street.show(upper)
    street.show(upper, car, seconds=6)
    street.show(upper, flat, seconds=2)
    street.show(car, upper, seconds=6)
    street.show(seconds=6)
    assert len(street.stays) == 1


def test_a_second_box_on_a_vehicle_that_drives_away_is_no_second_vehicle(street: Street) -> None:
    car, upper = Thing("car"), Thing("car", Box(100, 67, 200, 134), 0.6)
    street.show(car, upper, seconds=12)
    look = partial(street.glance, (car,))
    street.step([Detection(Box(97, 52, 197, 112), 0.98, "car")], look)
    street.show(seconds=6)
    assert len(street.stays) == 1


def test_a_vehicle_that_is_half_hidden_is_seen_and_its_clock_goes_on(
    street: Street, charged: Callable[[], float | None]
) -> None:
    street.show(Thing("red"), seconds=15)
    for _ in range(40):
        street.step([Detection(Box(-20, 100, 150, 200), 0.7, "truck")], lambda box: halved("red", "lorry"))
    assert (street.stays, charged(), street.tracker.tracks[0].seen_s) == ([(0.0, None)], None, 54.0)


def test_half_a_place_that_shows_the_road_shows_no_vehicle(street: Street) -> None:
    street.show(Thing("red"), seconds=15)
    for _ in range(10):
        street.step([], lambda box: halved("road", "lorry"))
    assert street.tracker.tracks == [] or street.tracker.tracks[0].seen_s == 14.0


@pytest.mark.parametrize(("hidden_s", "since_s"), [(8, None), (12, 27.0)])
def test_out_of_sight_for_as_long_as_a_swap_takes_a_vehicle_is_charged_anew(
    street: Street, charged: Callable[[], float | None], hidden_s: int, since_s: float | None
) -> None:
    street.show(Thing("red"), seconds=15)
    street.show(Thing("lorry", IN_FRONT), Thing("red", score=None), seconds=hidden_s)
    street.show(Thing("red"), seconds=5)
    assert (street.stays, charged()) == ([(0.0, None)], since_s)


@pytest.mark.parametrize(("hindsight", "since_s"), [(False, 60.0), (True, None)])
def test_a_pause_of_the_pictures_is_a_gap_of_sight_but_in_a_clip(
    charged: Callable[[], float | None], street: Street, hindsight: bool, since_s: float | None
) -> None:
    street.tracker = Tracker(0.3, 5.0, lambda: "1", hindsight=hindsight)
    street.show(Thing("red"), seconds=15)
    street.now_s = 60.0
    street.show(Thing("red"), seconds=5)
    assert charged() == since_s


def test_a_stay_whose_box_wavers_in_the_dark_has_a_length(street: Street) -> None:
    wide, high = Box(100, 100, 230, 160), Box(100, 70, 200, 160)
    for number in range(5):
        street.step([Detection((wide, high)[number % 2], 0.6, "car")], lambda box: looks("dark car"))
    street.show(seconds=10)
    assert all(left_s is None or left_s > entered_s for entered_s, left_s in street.stays)
    assert len(street.stays) == 1


@pytest.mark.parametrize("period_s", [1 / 60, 1.0])
def test_alike_cars_are_two_stays_at_60_pictures_a_second_and_at_one(street: Street, period_s: float) -> None:
    for name, seconds in (("", 5), ("red", 15), ("", 4), ("red", 15), ("", 4)):
        street.show(*([Thing(name)] if name else []), seconds=seconds, period_s=period_s)
    assert [(round(came_s), round(left_s or 0)) for came_s, left_s in street.stays] in (
        [(5, 20), (24, 39)],
        [(5, 19), (24, 38)],
    )


def known(name: str) -> ParkedTrack:
    return ParkedTrack(
        "before-7", PLACE, looks(name), entered_s=-500.0, seen_s=-60.0, vehicle="car", score=0.8, chroma=Chroma(0, 0)
    )


def test_a_vehicle_known_from_before_a_restart_goes_on_with_its_stay() -> None:
    street = Street([known("red")])
    street.show(Thing("red"), seconds=20)
    assert [(track.key, track.charged_s) for track in street.tracker.tracks] == [("before-7", 0.0)]
    street.show(seconds=10)
    assert [(change.track.key, change.left_s) for change in street.changes] == [("before-7", None), ("before-7", 19.0)]


def test_a_vehicle_that_left_during_a_restart_was_there_until_it_was_last_seen() -> None:
    street = Street([known("red")])
    street.show(Thing("blue"), seconds=20)
    ended, begun = street.changes
    assert (ended.track.key, ended.left_s) == ("before-7", -60.0)
    assert (begun.track.key, begun.left_s, begun.track.entered_s) == ("1", None, 0.0)


@pytest.mark.parametrize("period_s", [0.2, 0.5, 1.0, 2.0])
def test_a_stay_does_not_depend_on_how_often_it_is_looked_at(street: Street, period_s: float) -> None:
    street.show(seconds=10, period_s=period_s)
    street.show(Thing("red"), seconds=20, period_s=period_s)
    street.show(seconds=20, period_s=period_s)
    assert street.stays == [(pytest.approx(10.0), pytest.approx(30.0 - period_s))]


ACTS: dict[str, Callable[[Street], None]] = {
    "empty": lambda street: street.show(),
    "red": lambda street: street.show(Thing("red")),
    "red unseen": lambda street: street.show(Thing("red", score=None)),
    "blue": lambda street: street.show(Thing("blue")),
    "weak": lambda street: street.show(Thing("blue", score=0.2)),
    "beside": lambda street: street.show(Thing("red", shifted(70)), Thing("blue", AWAY)),
    "hidden": lambda street: street.show(Thing("lorry", IN_FRONT)),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(1, 8)), max_size=12))
def test_stays_are_well_formed_whatever_happens(acts: list[tuple[str, int]]) -> None:
    street = Street()
    for name, seconds in acts:
        for _ in range(seconds):
            ACTS[name](street)
    begun = list(dict.fromkeys(change.track.key for change in street.changes if change.left_s is None))
    ended = [change.track.key for change in street.changes if change.left_s is not None]
    assert len(set(ended)) == len(ended)
    assert set(begun) - set(ended) == {track.key for track in street.tracker.tracks}
    for entered_s, left_s in street.stays:
        assert left_s is None or left_s >= entered_s + SETTLE_S - 1
