"""What a declared fault says of a reading: a bit either way, a range with its end."""

import pytest

from agent.declared import DeclaredData, Seen, key_of, types, verdict
from drivers.profile import Fault

HOT = Fault("hot", "lamp.high_temperature", "temperature_c", above=85.0, ends=80.0)
COLD = Fault("cold", "lamp.high_temperature", "temperature_c", below=-30.0, ends=-25.0)
LEAK = Fault("leak", "lamp.leakage_detected")
LOST = Fault("lost", "lamp.supply_loss", "mains_present", when=False)


@pytest.mark.parametrize(
    ("fault", "value", "bad"),
    [
        (HOT, 86.0, True), (HOT, 83.0, None), (HOT, 80.0, False), (COLD, -31.0, True), (COLD, -27.0, None),
        (COLD, -20.0, False), (LEAK, 1.0, True), (LEAK, 0.0, False), (LOST, 0.0, True), (LOST, 1.0, False),
    ],
)  # fmt: skip
def test_a_reading_is_a_fault_or_none_or_does_not_tell(fault: Fault, value: float, bad: bool | None) -> None:
    found = verdict(fault, Seen(value, 5.0), DeclaredData)
    assert (None if found is None else found.bad) is bad
    if found is not None and bad:
        assert found.tells.detail
        assert found.tells.fault == fault.name  # type: ignore[attr-defined]


def test_what_was_not_read_is_not_judged() -> None:
    assert verdict(HOT, None, DeclaredData) is None


def test_faults_of_one_type_are_kept_apart_and_shown_once() -> None:
    assert len({key_of(HOT), key_of(COLD)}) == 2
    assert types([key_of(HOT), key_of(COLD), "lamp.failure"]) == ["lamp.failure", "lamp.high_temperature"]
