"""Faults of a profile that look at nothing, at the same bit, or at a range without an inside."""

from pathlib import Path

import pytest

from drivers import profile
from drivers.profile import ProfileError

PROFILE = """
description = "lamp controller"
[register.level_percent]
function = 3
address = 0
type = "u16"
unit = "%"
range = [0, 100]
write = 6
[register.temperature_c]
function = 3
address = 1
type = "i16"
unit = "°C"
[register.status]
function = 3
address = 2
type = "bits"
bits = { burnt = 0, leak = 3 }
[register.status_code]
function = 3
address = 2
type = "u16"
unit = "1"
bit_field = [2, 5]
[register.setting]
function = 3
address = 9
type = "u16"
poll = false
[lamp]
level = "level_percent"
"""
BURNT = '[[fault]]\nname = "burnt"\nevent = "lamp.failure"\n'
LEAK = '[[fault]]\nname = "leak"\nevent = "lamp.leakage_detected"\n'


def hot(limits: str, name: str = "hot") -> str:
    return f'[[fault]]\nname = "{name}"\nevent = "lamp.high_temperature"\nquantity = "temperature_c"\n{limits}\n'


def loaded(folder: Path, faults: str) -> profile.Profile:
    (folder / "own.toml").write_text(PROFILE + faults)
    return profile.load("own", folder)


def test_bits_and_ranges_are_faults(tmp_path: Path) -> None:
    found = loaded(tmp_path, BURNT + LEAK + hot("above = 85\nends = 80") + hot("below = -30", "cold"))
    assert [fault.name for fault in found.tables.fault] == ["burnt", "leak", "hot", "cold"]


WRONG = {
    "nothing": ('[[fault]]\nname = "wet"\nevent = "lamp.failure"\n', "the device tells no wet"),
    "a bit twice": (BURNT + '[[fault]]\nname = "x"\nevent = "lamp.failure"\nquantity = "burnt"\n', "same bit"),
    "a bit in two registers": (
        LEAK + '[[fault]]\nname = "x"\nevent = "lamp.failure"\nquantity = "status_code"\nabove = 1\n',
        "bit 3 of status is a fault of leak already",
    ),
    "a name twice": (BURNT + BURNT, '"burnt" is the name of another fault already'),
    "a range twice": (hot("above = 85") + hot("above = 90", "hotter"), "hot tells the same of the same range"),
    "every value": (hot("above = 10\nbelow = 20"), "every value would be a fault"),
    "an end beyond": (hot("above = 85\nends = 90"), "lies beyond the limit"),
    "an end of two": (hot("above = 85\nbelow = 0\nends = 80"), "stands with one of above and below"),
    "no limit": (hot(""), "temperature_c needs a limit"),
    "a limit of yes and no": (BURNT + "above = 1\n", "burnt is yes or no"),
    "not polled": ('[[fault]]\nname = "setting"\nevent = "lamp.failure"\nabove = 1\n', "is not polled"),
    "no type of event": ('[[fault]]\nname = "burnt"\nevent = "Lamp"\n', "event"),
}


@pytest.mark.parametrize(("faults", "words"), WRONG.values(), ids=list(WRONG))
def test_what_is_wrong_is_told_with_its_line(faults: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=words):
        loaded(tmp_path, faults)
    with pytest.raises(ProfileError, match=r"own\.toml:\d+: "):
        loaded(tmp_path, faults)


PLAIN = {"lamp_power_on", "level_limited", "fade_running", "output_on", "relay_on"}
"""Yes and no of which neither is a fault."""

OF_THEIR_OWN = {
    "lamp_failure", "relay_failure", "ballast_failure", "control_gear_failure", "control_gear_comm_failure",
    "power_cycled",
}  # fmt: skip
"""Bits whose names are those of alarms."""


@pytest.mark.parametrize("name", profile.names())
def test_each_fault_that_a_shipped_lamp_tells_becomes_an_alarm(name: str) -> None:
    tables = profile.load(name).tables
    if tables.lamp is None:
        return
    flags = {
        each for key, one in tables.register.items() if one.type in {"bits", "coil"} for each in one.quantities(key)
    }
    assert flags - PLAIN - OF_THEIR_OWN <= {fault.of for fault in tables.fault}
