"""What lamps are told of a colour temperature, and what they have."""

from pathlib import Path

import pytest

from agent.configuration import ConfigError, load

POLE = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
profiles_dir = "{folder}"
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "/dev/ttyX0"
"""
PROFILE = """\
description = "a lamp"
[register.level]
function = 3
address = 0
type = "u16"
unit = "1"
range = [0, 100]
write = 6
[register.colour_temperature_k]
function = 3
address = 1
type = "u16"
unit = "K"
write = 6
[lamp]
level = "level"
[lamp.colour]
set = "colour_temperature_k"
range = [2200, 5000]
"""
TUNABLE = '[lamp.yard]\nline = "rs485"\nunit = 1\nprofile = "tunable"\n'
DIMMER = '[lamp.yard]\nline = "rs485"\nunit = 1\nprofile = "wb-mdm3"\nchannel = 0\n'
RELAY = '[lamp.yard]\nkind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 5\n'
DEFAULT = "default_colour_temperature_k = 3000\n"
FOLLOWS = 'program = "p"\n'
COLD = "[program.p]\ncolour_temperature_k = 6500\n"
STEP = '[program.p]\nsteps = [{ at = "23:00", level_percent = 0, colour_temperature_k = 2700 }]\n'
NONE = "K is nothing for yard on line 12, which is told no colour temperature; expected a profile with [lamp.colour]"


def errors(folder: Path, more: str) -> tuple[str, ...]:
    (folder / "tunable.toml").write_text(PROFILE)
    (folder / "lamppost.toml").write_text(POLE.format(folder=folder) + more)
    try:
        load(folder / "lamppost.toml")
    except ConfigError as error:
        return error.mistakes
    return ()


@pytest.mark.parametrize("lamp", [DIMMER, RELAY])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (DEFAULT, "[lamp.yard] default_colour_temperature_k: 3000 "),
        (FOLLOWS + COLD, "[program.p] colour_temperature_k: 6500 "),
        (FOLLOWS + STEP, "[program.p] steps entry 1 colour_temperature_k: 2700 "),
        ('[group.g]\nkind = "lighting"\nmembers = ["yard"]\n' + COLD + 'groups = ["g"]\n', "[program.p] colour_"),
    ],
)
def test_a_lamp_without_one_is_told_none(lamp: str, more: str, said: str, tmp_path: Path) -> None:
    (mistake,) = errors(tmp_path, lamp + more)
    assert said in mistake
    assert NONE in mistake


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("default_colour_temperature_k = 2000\n", "[lamp.yard] default_colour_temperature_k: 2000 "),
        (DEFAULT + FOLLOWS + COLD, "[program.p] colour_temperature_k: 6500 "),
    ],
)
def test_one_outside_of_the_profiles_range_is_told_where_it_stands(more: str, said: str, tmp_path: Path) -> None:
    (mistake,) = errors(tmp_path, TUNABLE + more)
    assert said + "K is no colour temperature of yard on line 12; expected 2200 to 5000 K" in mistake


def test_a_program_that_tells_one_asks_for_the_lamps_own(tmp_path: Path) -> None:
    (mistake,) = errors(tmp_path, TUNABLE + FOLLOWS + STEP)
    assert "[lamp.yard] default_colour_temperature_k: is missing: its program tells it a colour temp" in mistake


def test_what_fits_is_right(tmp_path: Path) -> None:
    assert errors(tmp_path, TUNABLE + DEFAULT + FOLLOWS + STEP) == ()
    assert errors(tmp_path, TUNABLE) == ()


def test_a_wrong_profile_is_told_alone(tmp_path: Path) -> None:
    (mistake,) = errors(tmp_path, TUNABLE.replace("tunable", "tunabel") + DEFAULT)
    assert "tunabel" in mistake
