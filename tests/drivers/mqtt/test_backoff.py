"""Pauses double to a cap, are drawn from the whole range, and start again only after stable minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.backoff import broker_backoff


def test_ceiling_doubles_to_the_cap() -> None:
    pauses = broker_backoff(draw=lambda: 1.0)
    assert [pauses.pause_s(0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_the_ceilings_are_those_that_are_asked_for_and_by_themselves_a_second_a_minute_and_five_minutes() -> None:
    given = broker_backoff(first_s=3.0, cap_s=20.0, stable_s=10.0, draw=lambda: 1.0)
    assert [given.pause_s(s) for s in (0.0, 0.0, 0.0, 0.0, 9.9, 10.0)] == [3, 6, 12, 20, 20, 3]


def test_a_pole_that_has_failed_for_years_still_waits_a_minute() -> None:
    pauses = broker_backoff(first_s=1e-8, draw=lambda: 1.0)
    assert [pauses.pause_s(0.0) for _ in range(2000)][30:] == [1e-8 * 2.0**30] * 1970


def test_only_a_stable_connection_forgives() -> None:
    pauses = broker_backoff(draw=lambda: 1.0)
    assert [pauses.pause_s(s) for s in (0.0, 0.0, 299.9, 300.0, 0.0)] == [1, 2, 4, 1, 2]


@pytest.mark.parametrize(("drawn", "pause_s"), [(0.0, 30.0), (0.5, 45.0), (1.0, 60.0)])
def test_a_refused_login_waits_long_from_the_start(drawn: float, pause_s: float) -> None:
    pauses = broker_backoff(draw=lambda: drawn)
    assert [pauses.pause_s(0.0, refused=True) for _ in range(3)] == [pause_s] * 3


@given(st.integers(0, 2000), st.floats(0, 1))
def test_pause_lies_between_nothing_and_the_cap(failures: int, drawn: float) -> None:
    pauses = broker_backoff(draw=lambda: drawn)
    for _ in range(failures):
        pauses.pause_s(0.0)
    assert pauses.pause_s(0.0) == min(60.0, 2.0 ** min(failures, 30)) * drawn


def test_a_large_fleet_comes_back_within_its_spread() -> None:
    """The first pause is drawn from all of it, and no later one from less."""
    backoff = broker_backoff(spread_s=300.0, draw=lambda: 1.0)
    assert [backoff.pause_s(0.0) for _ in range(3)] == [300.0] * 3
    assert broker_backoff(spread_s=300.0, draw=lambda: 0.1).pause_s(0.0) == 30.0
    usual = broker_backoff(spread_s=1.0, draw=lambda: 1.0)
    assert [usual.pause_s(0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
