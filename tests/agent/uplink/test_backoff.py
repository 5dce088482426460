"""Pauses double to a cap, are drawn from the whole range, and start again only after stable minutes."""

from hypothesis import given
from hypothesis import strategies as st

from agent.uplink.backoff import Backoff


def test_ceiling_doubles_to_the_cap() -> None:
    pauses = Backoff(draw=lambda: 1.0)
    assert [pauses.next_delay_s(0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_only_a_stable_connection_forgives() -> None:
    pauses = Backoff(draw=lambda: 1.0)
    assert [pauses.next_delay_s(s) for s in (0.0, 0.0, 299.9, 300.0, 0.0)] == [1, 2, 4, 1, 2]


def test_who_is_turned_away_waits_long_from_the_start() -> None:
    pauses = Backoff(draw=lambda: 0.0)
    assert [pauses.next_delay_s(0.0, refused=True) for _ in range(3)] == [30, 30, 30]


@given(st.integers(0, 2000), st.floats(0, 1))
def test_pause_lies_between_nothing_and_the_cap(failures: int, drawn: float) -> None:
    pauses = Backoff(draw=lambda: drawn)
    for _ in range(failures):
        pauses.next_delay_s(0.0)
    assert pauses.next_delay_s(0.0) == min(60.0, 2.0 ** min(failures, 30)) * drawn
