"""The measure of zones on street frames: its interval, the pictures it reads, the zones it draws, the threshold that
others choose."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from street import drawn_zones, trade
from street.drawn_zones import ANYWHERE, EMPTY, FAR, NEAR, PEOPLE, ROUND_PEOPLE, WIDE, Case, Frame, frames
from street.frames import _light
from street.interval import Share
from street.judge import MODELS, Remembering
from street.labelled import labelled
from street.zones import ALL, Tally, drawn

from drivers.camera.boxes import Box
from drivers.camera.models import MANIFEST
from drivers.camera.zone_view import ZoneView
from drivers.camera.zone_weights import table

BOX = Box(10, 10, 110, 110)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (3, 235, 0.0043, 0.0368),
        (0, 33, 0.0, 0.1043),
        (145, 145, 0.9742, 1.0),
        (0, 0, 0.0, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_the_interval_is_wilsons(count: int, of: int, low: float, high: float) -> None:
    assert Share(count, of).interval == pytest.approx((low, high), abs=1e-4)


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A car of 96 px and a person in the first frame of a camera, a car of 51 px elsewhere in its second."""
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    labels = {
        "corner_1": "1 0.2 0.2 0.2 0.15\n3 0.7 0.7 0.02 0.1\n",
        "corner_2": "1 0.7 0.7 0.1 0.08\n\n",
        "bridge_1": "1 0.5 0.5 0.45 0.5 0.55 0.5 0.6 0.58\n",
    }
    for name, lines in labels.items():
        cv2.imwrite(str(tmp_path / "images" / f"{name}.jpg"), np.full((640, 640, 3), 90, np.uint8))
        (tmp_path / "labels" / f"{name}.txt").write_text(lines)
    (tmp_path / "classes.txt").write_text("bicycle\ncar\nmotorbike\nperson\n")
    return tmp_path


@pytest.fixture
def streets(tmp_path: Path) -> Path:
    """A camera with a bus by day, and at night the same view with what is unclear where the bus was."""
    for folder in ("images", "labels"):
        (tmp_path / "gate" / folder).mkdir(parents=True)
    (tmp_path / "gate" / "classes.txt").write_text("person\nbus\nunclear\n")
    for name, lines in {"day_1": "1 0.3 0.5 0.2 0.4\n0 0.8 0.6 0.04 0.2\n", "night_2": "2 0.3 0.5 0.3 0.5\n"}.items():
        cv2.imwrite(str(tmp_path / "gate" / "images" / f"{name}.png"), np.full((300, 600, 3), 90, np.uint8))
        (tmp_path / "gate" / "labels" / f"{name}.txt").write_text(lines)
    return tmp_path


def test_pictures_are_read_by_camera_and_condition_with_the_classes_of_the_camera(streets: Path) -> None:
    day, night = labelled(streets)
    assert (day.camera, day.condition, night.condition) == ("gate", "day", "night")
    assert day.cars == [pytest.approx((120, 90, 240, 210))] and day.people == [pytest.approx((468, 150, 492, 210))]
    assert not night.cars and night.unclear == [pytest.approx((90, 75, 270, 225))]


def test_no_zone_is_judged_by_what_is_unclear(streets: Path) -> None:
    night = [case for frame in frames(streets) if frame.condition == "night" for case in frame.cases]
    assert EMPTY not in {case.kind for case in night}, "the place of the bus lies in it"
    assert night and all(not case.box.intersection(Box(90, 75, 270, 225)) for case in night)


def test_a_zone_round_a_person_is_as_large_as_the_nearest_car_and_has_the_person_in_its_middle(streets: Path) -> None:
    (zone,) = [case.box for frame in frames(streets) for case in frame.cases if case.kind == ROUND_PEOPLE]
    assert (zone.width, zone.height) == pytest.approx((144, 144)), "a tenth larger on each side than the bus"
    assert (zone.centre[0], zone.bottom) == pytest.approx((480, 222))


def test_a_picture_that_is_none_is_named(streets: Path) -> None:
    (streets / "gate" / "images" / "day_1.png").write_text("no picture")
    with pytest.raises(SystemExit, match=r"day_1\.png: not a picture"):
        list(labelled(streets))


def kinds(street: Path, camera: str) -> Counter[str]:
    return Counter(case.kind for frame in frames(street) if frame.camera == camera for case in frame.cases)


def test_zones_are_drawn_round_cars_and_where_those_of_other_frames_are_gone(street: Path) -> None:
    found = kinds(street, "corner")
    assert {kind: found[kind] for kind in (NEAR, FAR, WIDE, EMPTY, PEOPLE)} == {
        NEAR: 1,
        FAR: 1,
        WIDE: 2,
        EMPTY: 1,
        PEOPLE: 1,
    }
    assert found[ANYWHERE] == 6
    assert kinds(street, "bridge")[FAR] == 1, "a polygon is a label too"
    assert not kinds(street, "bridge")[EMPTY], "another camera's cars are no places of this one"


def test_zones_of_the_ground_alone_are_the_lowest_shares_of_the_whole_ones(street: Path) -> None:
    whole, *low = [frame.cases[0] for frame in frames(street) if frame.camera == "bridge" and frame.cases][:5]
    wide, *low = low
    assert (whole.kind, wide.kind) == (FAR, WIDE)
    assert [case.kind for case in low] == [drawn_zones.low_kind(share) for share in drawn_zones.LOW]
    assert [case.box.height / whole.box.height for case in low] == pytest.approx(drawn_zones.LOW)
    assert all(case.box._replace(top=whole.box.top) == whole.box for case in low)


def test_a_zone_that_is_called_empty_hides_no_vehicle_and_no_other_zone(street: Path) -> None:
    cars = {"corner_1": Box(64, 80, 192, 176), "corner_2": Box(416, 422.4, 480, 473.6)}
    empty = [
        frame.cases
        for frame in frames(street)
        if frame.camera == "corner" and frame.cases and frame.cases[0].kind in (EMPTY, PEOPLE, ANYWHERE)
    ]
    for cases, car in zip(empty, [cars["corner_1"]] * 2 + [cars["corner_2"]] * 2, strict=True):
        boxes = [case.box for case in cases]
        assert all(not each.intersection(car) for each in boxes)
        assert all(not each.intersection(other) for each in boxes for other in boxes if other is not each)


def test_zones_anywhere_are_the_same_at_each_run(street: Path) -> None:
    assert [frame.cases for frame in frames(street)] == [frame.cases for frame in frames(street)]


def test_what_a_look_showed_to_be_a_vehicle_is_counted_apart(street: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (zone,) = [case for frame in frames(street) for case in frame.cases if case.kind == EMPTY]
    name = ("corner_2", int(zone.box.left), int(zone.box.top))
    monkeypatch.setattr(drawn_zones, "UNLABELLED", {name})
    assert kinds(street, "corner")[EMPTY] == 0 and kinds(street, "corner")[drawn_zones.UNNAMED] == 1


def tally(*answers: tuple[str, str, int, int]) -> Tally:
    """Camera, kind, called taken, not."""
    made = Tally()
    for camera, kind, taken, free in answers:
        frame = Frame(camera, None, [Case(kind, BOX)] * (taken + free))
        made.count(frame, [True] * taken + [False] * free)
    return made


def test_shares_are_told_by_camera_and_together() -> None:
    made = tally(("corner", EMPTY, 1, 3), ("bridge", EMPTY, 0, 4))
    assert made.share("corner", EMPTY) == (1, 4) and made.share(ALL, EMPTY) == (1, 8)
    assert made.told()["bridge"][EMPTY] == {"count": 0, "of": 4, "share": 0.0, "interval_95": [0.0, 0.4899]}


def test_shares_are_told_by_condition_where_it_is_known() -> None:
    made = Tally()
    made.count(Frame("gate", None, [Case(NEAR, BOX)], "night"), [True])
    made.count(Frame("corner", None, [Case(NEAR, BOX)]), [False])
    assert made.share("all by night", NEAR) == (1, 1) and made.share(ALL, NEAR) == (1, 2)
    assert made.cameras == {"gate", "corner"}, "a condition is no camera"


def test_a_camera_is_judged_by_the_threshold_that_the_others_choose() -> None:
    loose = tally(("corner", EMPTY, 1, 9), ("corner", NEAR, 5, 0), ("bridge", EMPTY, 0, 10), ("bridge", NEAR, 5, 0))
    strict = tally(("corner", EMPTY, 0, 10), ("corner", NEAR, 4, 1), ("bridge", EMPTY, 0, 10), ("bridge", NEAR, 3, 2))
    tallies = {(0.5, 0.8): loose, (0.9, 0.9): strict}
    assert trade._chosen(tallies, ["corner"]) == (0.9, 0.9), "that camera saw a false answer"
    assert trade._chosen(tallies, ["bridge"]) == (0.5, 0.8), "none there, and it finds more"
    crossed = trade._crossed(tallies, "bridge", ["bridge", "corner"])
    assert (crossed["taken"], crossed[NEAR]["count"]) == (0.9, 3)


def test_a_threshold_that_none_is_good_enough_is_the_highest() -> None:
    bad = tally(("corner", EMPTY, 5, 5), ("corner", NEAR, 5, 0))
    assert trade._chosen({(0.5, 0.8): bad, (0.9, 0.8): bad}, ["corner"]) == (0.9, 0.8)


def test_where_there_are_no_frames_that_is_told(tmp_path: Path) -> None:
    assert "no frames" in trade.traded(tmp_path, {})["skipped"]


def test_zones_are_the_boxes_of_the_cases() -> None:
    (zone,) = drawn(Frame("corner", None, [Case(EMPTY, BOX)]))
    assert zone.box == BOX and zone.contains(BOX)


@pytest.mark.parametrize(
    ("name", "light"),
    [
        ("2013-03-16_07_14_01", "dawn"),
        ("2013-03-16_07_15_01", "day"),
        ("2013-03-03_17_59_14", "day"),
        ("2013-03-03_18_00_14", "dusk"),
    ],
)
def test_light_is_read_off_the_time_in_a_frames_name(name: str, light: str) -> None:
    assert _light(name) == light


def test_weights_that_never_saw_a_camera_have_a_manifest_of_their_own(tmp_path: Path) -> None:
    for each in table().files:
        (tmp_path / each.file).symlink_to(MODELS / each.file)
    manifest = (MODELS / MANIFEST).read_text()
    (tmp_path / MANIFEST).write_text(manifest.replace("surely_free = 0.05", "surely_free = 0.04"))
    assert trade._model(tmp_path).table.surely_free == 0.04
    assert trade._model(None).table == table()


def test_a_threshold_is_moved_and_a_network_answers_about_a_view_once() -> None:
    model, view = Remembering(table(), MODELS), ZoneView.of_box(BOX)
    grey = np.full((640, 640, 3), 90, np.uint8)
    assert model.taken(grey, view) < 0.5
    before = len(model._answers)
    model.move(0.9, 0.95)
    model.taken(grey, view)
    assert len(model._answers) == before and (model.table.taken, model.table.taken_alone) == (0.9, 0.95)
