"""Numbers of an event with each uplink, and ranges of them."""

import pytest

from agent.store.rows.numbers import missing, number_of, pack, ranges, slots_of, united


@pytest.mark.parametrize("takers, given", [(0b1, [7]), (0b100, [1 << 40]), (0b1011, [3, 1, 2]), (1 << 61 | 1, [5, 6])])
def test_each_taker_has_its_number_and_nobody_else_has_one(takers: int, given: list[int]) -> None:
    numbers = pack(given)
    assert [number_of(takers, numbers, slot) for slot in slots_of(takers)] == given
    assert all(number_of(takers, numbers, slot) == 0 for slot in range(62) if not takers >> slot & 1)


def test_one_number_takes_no_more_room_than_it_has() -> None:
    assert pack([300]) == 300


def test_bits_that_only_a_disk_can_have_set_are_no_slots() -> None:
    assert list(slots_of(-1)) == list(range(62))
    assert list(slots_of(1 << 62)) == []


def test_numbers_become_ranges_and_what_is_missing_lies_between() -> None:
    assert ranges([]) == []
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert missing([3, 4, 8], 1, 10) == [(1, 2), (5, 7), (9, 10)]
    assert missing([], 4, 6) == [(4, 6)]
    assert missing([], 4, 3) == []
    assert missing([1, 2, 9], 2, 9) == [(3, 8)]


@pytest.mark.parametrize(
    "given, apart",
    [
        ([], []),
        ([(5, 9), (1, 3)], [(1, 3), (5, 9)]),
        ([(5, 9), (1, 4)], [(1, 9)]),
        ([(1, 9), (2, 3), (2, 3), (8, 12)], [(1, 12)]),
    ],
)
def test_ranges_that_touch_or_overlap_are_one(given: list[tuple[int, int]], apart: list[tuple[int, int]]) -> None:
    assert united(given) == apart
