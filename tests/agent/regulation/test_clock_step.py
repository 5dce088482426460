"""A wall clock that is set while a vehicle stands there."""

import pytest
from msgspec import structs

from agent.clock import Moment
from agent.regulation import clock_step_s, tells_time

BEFORE = Moment(1.8e9, 100.0, "boot", True)


@pytest.mark.parametrize(("set_s", "step_s"), [(0.0, 0.0), (0.9, 0.0), (-0.9, 0.0), (30.0, 30.0), (-3600.0, -3600.0)])
def test_a_step_is_what_the_clock_has_not_told_by_itself(set_s: float, step_s: float) -> None:
    after = BEFORE.shifted_to(160.0)
    assert clock_step_s(BEFORE, structs.replace(after, unix_s=after.unix_s + set_s)) == step_s


def test_what_a_clock_does_that_is_not_known_to_be_right_is_no_step() -> None:
    after = structs.replace(BEFORE.shifted_to(160.0), unix_s=1.9e9)
    assert clock_step_s(structs.replace(BEFORE, trusted=False), after) == 0.0
    assert clock_step_s(BEFORE, structs.replace(after, trusted=False)) == 0.0
    assert clock_step_s(BEFORE, structs.replace(after, boot="another")) == 0.0


@pytest.mark.parametrize(
    ("trusted", "step_s", "tells"),
    [(True, 0.0, True), (True, 60.0, True), (True, -60.0, True), (True, 61.0, False), (False, 0.0, False)],
)
def test_only_the_clock_of_the_entry_tells_what_holds(trusted: bool, step_s: float, tells: bool) -> None:
    assert tells_time(structs.replace(BEFORE, trusted=trusted), step_s) is tells
