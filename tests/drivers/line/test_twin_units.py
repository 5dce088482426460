"""Two units that one device answers for are told apart from two that are told the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.line.twin_units import TwinUnits

ONE, OTHER = 3, 4
PAIR = frozenset((ONE, OTHER))


class Bus:
    """Units on a line, of which some are one device.

    Args:
        device_of: unit -> the device that answers.
        function: by which registers are written.
    """

    def __init__(self, device_of: dict[int, str], function: int = 6) -> None:
        self.device_of, self.function = device_of, function
        self.holds: dict[str, int] = dict.fromkeys(device_of.values(), 0)
        self.twins = TwinUnits()

    def write(self, unit: int, value: int) -> None:
        self.holds[self.device_of[unit]] = value
        word = {5: value * 0xFF00, 6: value, 15: 1, 16: 1}[self.function]
        pdu = bytes((self.function, 0, 7)) + word.to_bytes(2, "big")
        data = {15: bytes((1, value)), 16: bytes((2, *value.to_bytes(2, "big")))}.get(self.function, b"")
        self.twins.learn(unit, pdu + data, pdu)

    def read(self, unit: int) -> None:
        """Reads registers 5 to 8 of a unit."""
        value, bits = self.holds[self.device_of[unit]], self.function in (5, 15)
        words = b"".join(each.to_bytes(2, "big") for each in (1, 2, value, 9))
        answer = bytes((1, 1, value << 2)) if bits else bytes((3, 8)) + words
        self.twins.learn(unit, bytes((1 if bits else 3, 0, 5, 0, 4)), answer)

    def poll(self) -> None:
        for unit in self.device_of:
            self.read(unit)


@pytest.mark.parametrize("function", [5, 6, 15, 16])
def test_one_device_is_found_by_the_second_order_that_the_other_unit_shows(function: int) -> None:
    bus = Bus({ONE: "lamp", OTHER: "lamp"}, function)
    bus.write(ONE, 0)
    bus.write(OTHER, 0)
    bus.poll()
    bus.write(ONE, 1)
    bus.poll()
    assert (bus.twins.twin_of(ONE), bus.twins.found) == (None, {})
    bus.write(ONE, 0)
    bus.poll()
    assert (bus.twins.twin_of(ONE), bus.twins.twin_of(OTHER), bus.twins.twin_of(5)) == (OTHER, ONE, None)
    assert bus.twins.found == {PAIR: 2}


@pytest.mark.parametrize("function", [5, 6])
def test_two_that_are_told_the_same_at_the_same_time_are_two(function: int) -> None:
    bus = Bus({ONE: "a", OTHER: "b"}, function)
    for value in (0, 1, 0, 1, 0):
        bus.write(ONE, value)
        bus.write(OTHER, value)
        bus.poll()
    assert bus.twins.found == {}


def test_two_of_which_one_is_told_something_are_two() -> None:
    bus = Bus({ONE: "a", OTHER: "b"})
    for value in (10, 20, 30):
        bus.write(ONE, value)
        bus.poll()
    assert bus.twins.found == {}


def test_one_that_got_its_number_is_no_twin_any_more() -> None:
    bus = Bus({ONE: "a", OTHER: "a"})
    for unit in (ONE, OTHER):
        bus.write(unit, 0)
    for value in (1, 2):
        bus.write(ONE, value)
        bus.poll()
    assert bus.twins.twin_of(ONE) == OTHER
    bus.device_of[OTHER] = "b"
    bus.holds["b"] = 0
    bus.poll()
    bus.poll()
    assert bus.twins.twin_of(ONE) is None


def test_one_device_that_fades_stays_one() -> None:
    bus = Bus({ONE: "a", OTHER: "a"})
    for unit in (ONE, OTHER):
        bus.write(unit, 0)
    for value in (1, 2):
        bus.write(ONE, value)
        bus.poll()
    for value in range(3, 40):
        bus.read(ONE)
        bus.holds["a"] = value
        bus.read(OTHER)
        assert bus.twins.twin_of(ONE) == OTHER


def test_a_refused_order_and_settings_of_several_registers_tell_nothing() -> None:
    twins = TwinUnits()
    for value in (1, 2, 3):
        twins.learn(OTHER, bytes((3, 0, 7, 0, 1)), bytes((3, 2, 0, value)))
        twins.learn(ONE, bytes((6, 0, 7, 0, value + 1)), bytes((0x86, 2)))
        twins.learn(ONE, bytes((16, 0, 7, 0, 2, 4, 0, value + 1, 0, 0)), bytes((16, 0, 7, 0, 2)))
        twins.learn(OTHER, bytes((3, 0, 7, 0, 1)), bytes((3, 2, 0, value + 1)))
    assert twins.found == {}


@given(st.lists(st.tuples(st.sampled_from([ONE, OTHER, 5]), st.integers(0, 3), st.booleans()), max_size=60))
def test_devices_of_their_own_are_never_twins(orders: list[tuple[int, int, bool]]) -> None:
    """Whoever is told what, in whatever order, and read at any time."""
    bus = Bus({ONE: "a", OTHER: "b", 5: "c"})
    for unit, value, polled in orders:
        bus.write(unit, value)
        if polled:
            bus.poll()
        else:
            bus.read(random.Random(value).choice([ONE, OTHER, 5]))
        assert bus.twins.found == {}
