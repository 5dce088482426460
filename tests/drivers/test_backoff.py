"""Pauses that grow, and what forgives."""

from drivers.backoff import Backoff


def test_pauses_double_up_to_their_cap() -> None:
    backoff = Backoff(first_s=1, cap_s=5, stable_s=60, draw=lambda: 1.0)
    assert [backoff.pause_s(0) for _ in range(5)] == [1, 2, 4, 5, 5]


def test_a_stable_time_forgives() -> None:
    backoff = Backoff(first_s=1, cap_s=60, stable_s=60, draw=lambda: 0.0)
    assert [backoff.pause_s(0), backoff.pause_s(0), backoff.pause_s(61), backoff.pause_s(0)] == [0.5, 1, 0.5, 1]
