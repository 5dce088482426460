import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.boxes import Box, Detection
from drivers.camera.crops import LONG, Crop, CropScale, crops_of, larger, marked, parts
from drivers.camera.errors import ZoneError
from drivers.camera.options import ZoneShape
from drivers.camera.zones import Zone, place

SIZE = (1280, 720)
ALONE = CropScale(1.4, 0.0)
SHARED = CropScale(1.4, 2.0)


def shape(*polygon: tuple[int, int]) -> ZoneShape:
    return ZoneShape(camera="cam", polygon=polygon)


def oblong(left: int, top: int, width: int, height: int) -> ZoneShape:
    return shape((left, top), (left + width, top), (left + width, top + height), (left, top + height))


def square(left: int, top: int, side: int) -> ZoneShape:
    return oblong(left, top, side, side)


def zones(*shapes: ZoneShape) -> list[Zone]:
    return place({f"z{number}": one for number, one in enumerate(shapes)}, SIZE, SIZE)


def only_crop(one: ZoneShape, scale: CropScale = ALONE) -> Box:
    (view,) = crops_of(zones(one), SIZE, scale)
    return view.crop


def test_the_crop_is_the_zone_grown_in_the_shape_of_the_input() -> None:
    assert only_crop(oblong(500, 300, 100, 40)) == Box(480, 250, 620, 390)
    assert only_crop(oblong(500, 300, 100, 40), CropScale(1.4, 0.0, aspect=2.0)) == Box(480, 285, 620, 355)
    assert only_crop(oblong(500, 300, 40, 100), CropScale(1.4, 0.0, aspect=2.0)) == Box(380, 280, 660, 420)


def test_a_crop_at_the_edge_is_moved_into_the_picture() -> None:
    assert only_crop(square(0, 620, 100)) == Box(0, 580, 140, 720)


def test_a_crop_larger_than_the_picture_is_what_there_is() -> None:
    assert only_crop(square(100, 10, 700)) == Box(0, 0, 980, 720)


@given(
    st.integers(0, 1264), st.integers(0, 704), st.integers(16, 900), st.floats(1, 10), st.sampled_from([1.0, 0.5, 1.78])
)
def test_every_crop_lies_in_the_picture(left: int, top: int, side: int, scale: float, aspect: float) -> None:
    try:
        crop = only_crop(square(left, top, side), CropScale(scale, 0.0, aspect))
    except ZoneError:
        return
    assert 0 <= crop.left < crop.right <= SIZE[0]
    assert 0 <= crop.top < crop.bottom <= SIZE[1]


def test_zones_side_by_side_share_a_crop() -> None:
    (view,) = crops_of(zones(square(500, 300, 100), square(560, 330, 100)), SIZE, SHARED)
    assert view.zones == {"z0", "z1"}
    assert view.crop == Box(480, 265, 680, 465)


def test_zones_share_no_crop_where_their_vehicles_would_be_too_small_in_it() -> None:
    apart = crops_of(zones(square(500, 300, 100), square(700, 300, 100)), SIZE, SHARED)
    assert [view.zones for view in apart] == [{"z0"}, {"z1"}]
    unlike = crops_of(zones(square(500, 300, 300), square(600, 350, 60)), SIZE, SHARED)
    assert len(unlike) == 2


def test_zones_share_no_crop_where_the_manifest_does_not_say_how_far() -> None:
    assert len(crops_of(zones(square(500, 300, 100), square(510, 310, 100)), SIZE, ALONE)) == 2


def test_a_row_of_bays_takes_fewer_crops_than_bays() -> None:
    row = zones(*(oblong(300 + 60 * number, 300, 110, 90) for number in range(8)))
    found = crops_of(row, SIZE, SHARED)
    assert len(found) <= 4
    assert {name for view in found for name in view.zones} == {zone.name for zone in row}


def test_a_bus_lane_is_looked_at_in_parts_along_it() -> None:
    lane = shape((100, 600), (1100, 200), (1130, 260), (130, 660))
    boxes = parts(zones(lane)[0].polygon, SIZE)
    assert len(boxes) == 8
    assert all(box.width < 300 and box.height < 220 for box in boxes)
    seen = crops_of(zones(lane), SIZE, SHARED)
    assert [view.zones for view in seen] == [{"z0"}] * 8


@given(st.integers(20, 120), st.floats(1.1, 12), st.booleans())
def test_parts_cover_the_zone_and_show_whole_what_stands_anywhere_in_it(
    width: int, ratio: float, upright: bool
) -> None:
    long = max(width, round(width * ratio))
    across, down = (width, long) if upright else (long, width)
    polygon = [(10.0, 10.0), (10.0 + across, 10.0), (10.0 + across, 10.0 + down), (10.0, 10.0 + down)]
    boxes = parts(polygon, (2000, 2000))
    assert all(max(box.width, box.height) <= LONG * width + 1 for box in boxes)
    vehicle = min(long, 2 * width)
    for start in range(10, 10 + long - vehicle, 5):
        stands = Box(10, start, 10 + width, start + vehicle) if upright else Box(start, 10, start + vehicle, 10 + width)
        assert any(stands.intersection(box) > 0.99 * stands.area for box in boxes)


def test_a_part_outside_the_picture_is_left_out() -> None:
    boxes = parts([(1000.0, 100.0), (2000.0, 100.0), (2000.0, 160.0), (1000.0, 160.0)], SIZE)
    assert boxes
    assert all(box.right <= 1280 and box.left < box.right for box in boxes)


def test_a_weak_box_around_the_whole_crop_is_nothing() -> None:
    view = Crop(Box(460, 260, 740, 540), frozenset(["z"]))
    whole = Box(465, 265, 735, 535)
    view.keep([Detection(whole, 0.35, "car")])
    assert view.found == []
    lorry = Detection(whole, 0.7, "vehicle")
    view.keep([lorry])
    assert view.found == [lorry]


def test_a_box_on_the_edge_of_the_crop_is_marked_as_cut_but_not_where_the_picture_ends() -> None:
    inside, right, left = Box(1100, 300, 1160, 360), Box(1100, 300, 1180, 360), Box(1000, 300, 1100, 360)
    crop = Box(1000, 200, 1180, 380)
    found = marked([Detection(box, 0.5, "car") for box in (inside, right, left)], crop, SIZE)
    assert [one.cut for one in found] == [False, True, True]
    at_end = Box(1100, 200, 1280, 380)
    (one,) = marked([Detection(Box(1200, 300, 1280, 360), 0.5, "car")], at_end, SIZE)
    assert not one.cut


@given(st.integers(0, 1270), st.integers(0, 710), st.integers(60, 900))
def test_a_larger_look_lies_in_the_picture_and_holds_what_it_looks_at(left: int, top: int, crop_px: int) -> None:
    one = Detection(Box(left, top, min(1280, left + 30), min(720, top + 30)), 0.5, "car")
    crop = larger(one, crop_px, SIZE, 1.0)
    assert crop.clip(Box(0, 0, *SIZE)) == crop
    assert one.box.intersection(crop) == pytest.approx(one.box.area)
