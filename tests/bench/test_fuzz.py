"""Any bytes at every edge, shortly: what bench/fuzz runs for an hour."""

import random
from collections.abc import Callable
from functools import cache

import pytest
from fuzz.__main__ import EDGES
from fuzz.mutation import MOST_BYTES, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@cache
def _target(edge: str) -> Callable[[bytes], None]:
    return EDGES[edge].made()


@cache
def _seeds(edge: str) -> list[bytes]:
    return EDGES[edge].seeds()


SLOW = {"configuration": 10, "rules": 20, "profile": 30, "configuration-from-afar": 20, "document": 40}
"""Edges of which fewer inputs are tried; of all others 100."""


@pytest.mark.parametrize("edge", EDGES)
def test_inputs_that_are_right_bring_nothing_about(edge: str) -> None:
    for data in _seeds(edge):
        _target(edge)(data)


@pytest.mark.parametrize("edge", EDGES)
def test_inputs_that_are_changed_bring_nothing_about(edge: str) -> None:
    @settings(max_examples=SLOW.get(edge, 100), suppress_health_check=[HealthCheck.too_slow])
    @given(st.integers(0, 1 << 30))
    def one(seed: int) -> None:
        _target(edge)(mutated(random.Random(seed), _seeds(edge)))

    one()


@pytest.mark.parametrize("edge", sorted(set(EDGES) - set(SLOW)))
def test_any_bytes_bring_nothing_about(edge: str) -> None:
    @settings(max_examples=60)
    @given(st.binary(max_size=400))
    def one(data: bytes) -> None:
        _target(edge)(data)

    one()


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, second = ([mutated(random.Random(7), _seeds("uplink-5")) for _ in range(5)] for _ in range(2))
    assert first == second and max(map(len, first)) <= MOST_BYTES
