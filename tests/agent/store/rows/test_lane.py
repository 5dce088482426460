"""Rows of one priority at one uplink: a position says what has arrived, and the few that have not are left behind."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.store.rows.lane import Lane


@pytest.fixture
def lane() -> Lane:
    """Rows 2, 4, 6, 8 were given out."""
    lane = Lane()
    lane.lease([2, 4, 6, 8], 8)
    return lane


def test_in_order_the_position_alone_says_what_has_arrived(lane: Lane) -> None:
    for seq in (2, 4, 6):
        lane.settle(seq)
    assert (lane.upto, lane.left, lane.changes) == (6, set(), {})
    assert [lane.waits(seq) for seq in (2, 4, 6, 8, 10)] == [False, False, False, True, True]


def test_what_stands_in_the_way_is_left_behind_when_it_is_to_be_written(lane: Lane) -> None:
    lane.settle(4)
    lane.settle(6)
    assert (lane.upto, lane.waits(2), lane.waits(4)) == (0, True, False)
    lane.compact()
    assert (lane.upto, lane.left, lane.changes, lane.figures()) == (6, {2}, {2: True}, (1, 2))
    lane.settle(2)
    assert (lane.left, lane.changes) == (set(), {}), "the file need not know"


def test_after_an_interruption_what_has_not_arrived_is_given_out_again(lane: Lane) -> None:
    lane.settle(6)
    lane.reset()
    assert (lane.leased, lane.again(9), lane.again(9)) == (6, [2, 4], [])
    assert lane.waits(8) and not lane.waits(6)


def test_a_row_that_is_dropped_stands_in_nobodys_way(lane: Lane) -> None:
    lane.settle(4)
    lane.compact()
    lane.changes.clear()
    lane.drop(2)
    assert (lane.left, lane.changes) == (set(), {}), "the transaction that dropped it has written that"
    lane.drop(6)
    lane.drop(100)
    lane.settle(8)
    assert lane.upto == 8 and lane.waits(100)


def test_all_up_to_a_row_may_arrive_at_once_leased_or_not(lane: Lane) -> None:
    lane.settle(8)
    lane.settle_to(11)
    assert (lane.upto, lane.leased, lane.left) == (11, 11, set())
    lane.lease([12], 12)
    lane.settle(12)
    assert lane.upto == 12


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["settle", "drop", "reset", "compact", "lease"]), st.integers(1, 30))))
def test_whatever_happens_what_waits_is_what_has_neither_arrived_nor_gone(steps: list[tuple[str, int]]) -> None:
    lane, newest, done = Lane(), 0, set()
    for step, seq in steps:
        if step == "lease":
            lane.lease([each for each in range(lane.leased + 1, newest + 4)], newest + 3)
            newest += 3
        elif step in ("settle", "drop") and seq <= newest:
            getattr(lane, step)(seq)
            done.add(seq)
        elif step == "compact":
            lane.compact()
        elif step == "reset":
            lane.reset()
            again = set(lane.again(99)) | set(range(lane.leased + 1, newest + 1))
            assert {each for each in again if lane.waits(each)} == set(range(1, newest + 1)) - done
            lane.lease(sorted(range(lane.leased + 1, newest + 1)), newest)
        assert {each for each in range(1, newest + 1) if lane.waits(each)} == set(range(1, newest + 1)) - done
