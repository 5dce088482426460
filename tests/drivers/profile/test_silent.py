"""States of a device in which its values are no measurements: register maps that tell them, and what is told then."""

from pathlib import Path

import pytest

from drivers import profile
from drivers.profile import BoundProfile, Measured, ProfileError, single_read

MAP = """description = "T"
max_gap = 2
[register.meter_status]
function = 4
address = 0
type = "u16"
kind = "state"
[register.co2_ppm]
function = 4
address = 3
type = "i16"
unit = "ppm"
[register.temperature_c]
function = 4
address = 4
type = "i16"
unit = "°C"
[[silent]]
register = "meter_status"
bit_field = [0, 3]
silences = ["co2_ppm"]
flags = { "fatal error" = 0, "out of range" = 2 }
[[silent]]
register = "meter_status"
bit_field = [8, 11]
is = [1, 4]
"""


def bound(folder: Path, text: str = MAP) -> BoundProfile:
    (folder / "t.toml").write_text(text)
    return profile.load("t", folder).bind()


def told(of: BoundProfile, *words: int) -> dict[str, object]:
    (read,) = of.reads
    return {each.quantity: each.value for each in of.told(read, words)}


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (0x0000, {"meter_status": 0, "co2_ppm": 457, "temperature_c": 21, "sensor_fault": ""}),
        (0x0001, {"meter_status": 1, "temperature_c": 21, "sensor_fault": "fatal error"}),
        (0x0005, {"meter_status": 5, "temperature_c": 21, "sensor_fault": "fatal error, out of range"}),
        (0x0008, {"meter_status": 8, "temperature_c": 21, "sensor_fault": "code 8"}),
        (0x0010, {"meter_status": 16, "co2_ppm": 457, "temperature_c": 21, "sensor_fault": ""}),
        (0x0100, {"meter_status": 256, "sensor_fault": ""}),
        (0x0200, {"meter_status": 512, "co2_ppm": 457, "temperature_c": 21, "sensor_fault": ""}),
        (0x0401, {"meter_status": 1025, "sensor_fault": "fatal error"}),
    ],
)
def test_a_value_is_none_in_the_states_that_say_so(status: int, says: dict[str, object], tmp_path: Path) -> None:
    assert told(bound(tmp_path), status, 0, 0, 457, 21) == says


def test_a_device_that_tells_its_state_apart_is_doubted(tmp_path: Path) -> None:
    of = bound(tmp_path)
    (heard,) = of.told(single_read(of.registers["co2_ppm"]), [457])
    assert heard.value == 457
    assert "meter_status in the same answer" in heard.doubt
    assert [*of.told(single_read(of.registers["meter_status"]), [1])] == [
        Measured("meter_status", 1),
        Measured("sensor_fault", "fatal error"),
    ]


def test_a_bit_that_is_an_alarm_silences_nothing_and_may_stand_anywhere(tmp_path: Path) -> None:
    alarm = MAP.partition("[[silent]]")[0].replace("max_gap = 2", "") + (
        '[[silent]]\nregister = "meter_status"\nsilences = false\nflags = { "mast leans" = 3 }\n'
    )
    of = bound(tmp_path, alarm)
    state, values = of.reads
    assert [(each.quantity, each.value) for each in of.told(state, [8])][1:] == [("sensor_fault", "mast leans")]
    assert [(each.value, each.doubt) for each in of.told(values, [457, 21])] == [(457, ""), (21, "")]


def test_what_is_broken_is_one_of_its_quantities(tmp_path: Path) -> None:
    bound(tmp_path)
    assert "sensor_fault" in profile.load("t", tmp_path).quantities


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("max_gap = 2", "", r"\[silent\] register: co2_ppm and meter_status are not in one read: .*max_gap"),
        ('register = "meter_status"\nbit', 'register = "meter"\nbit', r"register: there is no \[register.meter\]"),
        ('silences = ["co2_ppm"]', 'silences = ["co2"]', r"\[silent\] silences: there is no \[register.co2\]"),
        ("bit_field = [0, 3]", "bit_field = [3, 0]", r"bit_field: are the lowest and the highest"),
        ("is = [1, 4]", "is = [16]", r"\[silent\] is: expected numbers of 0 to 15"),
        ("range\" = 2", "range\" = 4", r"flags: a bit beyond the 4 that count"),
        ("is = [1, 4]", 'is = [1]\nfault = "x"\nflags = { y = 0 }', r"expected fault or flags, not both"),
        ('type = "u16"', 'type = "i16"', r"register: expected one of type bits, u16, u32"),
        ("is = [1, 4]", "silences = false", r"silences: is nothing, and neither fault nor flags"),
        ("temperature_c]", "sensor_fault]", r"says what is broken, and so does a register"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(before: str, after: str, wanted: str, tmp_path: Path) -> None:
    assert before in MAP
    with pytest.raises(ProfileError, match=wanted):
        bound(tmp_path, MAP.replace(before, after))


def test_a_senseair_s8_that_reports_an_error_has_no_co2() -> None:
    of = profile.load("senseair-s8").bind()
    assert told(of, 0, 0, 0, 457) == {"meter_status": 0, "co2_ppm": 457, "sensor_fault": ""}
    assert told(of, 0x20, 0, 0, 457) == {"meter_status": 0x20, "sensor_fault": "out of range"}
