"""The level of a lamp, without its line: which writes set it, and what its parts come to."""

from typing import Any

import pytest

from drivers import profile
from drivers.lamp_level import LampLevel
from drivers.profile import Measured, Write

SWITCH, LEVEL = "output_on", "dim_level_percent"


@pytest.fixture
def dimmer() -> LampLevel:
    """A channel of a dimmer that has a level and a switch."""
    found = profile.load("wb-mdm3").bind(channel=0).lamp
    assert found is not None
    registers: Any = None  # nothing is asked of the device
    return LampLevel(found, 2, registers, lambda: "")


def test_off_is_the_switch_alone_and_on_is_the_level_first(dimmer: LampLevel) -> None:
    assert dimmer.writing(0.0) == [Write(5, 0, [0])]
    assert dimmer.writing(40.0) == [Write(6, 0, [40]), Write(5, 0, [1])]


def test_a_lamp_that_is_switched_off_burns_at_nothing_whatever_its_level_is(dimmer: LampLevel) -> None:
    level = Measured(LEVEL, 70)
    assert dimmer.of({LEVEL: level, SWITCH: Measured(SWITCH, False)}) == Measured("level_percent", 0.0)
    assert dimmer.of({LEVEL: level, SWITCH: Measured(SWITCH, True)}) == Measured("level_percent", 70.0)


def test_a_part_of_what_tells_a_level_tells_none(dimmer: LampLevel) -> None:
    assert dimmer.of({LEVEL: Measured(LEVEL, 70)}) is None
