"""A lamp that only switches, and what it is to follow."""

from pathlib import Path

import pytest

from agent.configuration import ConfigError, load

POLE = """\
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[line.rs485]
kind = "serial"
port = "/dev/ttyX0"
[lamp.circuit]
line = "rs485"
unit = 1
profile = "waveshare-modbus-relay-8"
channel = 0
"""
ONLY_SWITCHES = (
    "% is no level of circuit on line 11, which only switches; expected 0 or 100 %, or another program for this lamp"
)


def errors(folder: Path, more: str) -> tuple[str, ...]:
    (folder / "lamppost.toml").write_text(POLE + more)
    try:
        load(folder / "lamppost.toml")
    except ConfigError as error:
        return error.mistakes
    return ()


@pytest.mark.parametrize(
    ("lamp", "tables", "key"),
    [
        ("default_level_percent = 40\n", "", "default_level_percent: 40 %"),
        ("floor_percent = 50\n", "", "floor_percent: 50 %"),
        ("failsafe_level_percent = 40\n", "", "failsafe_level_percent: 40 %"),
        ('program = "p"\n', "[program.p]\nlevel_percent = 60\n", "[program.p] level_percent: 60 %"),
        (
            'program = "p"\n',
            '[program.p]\nsteps = [{ at = "23:00", level_percent = 40 }]\n',
            "[program.p] steps entry 1 level_percent: 40 %",
        ),
        (
            'calendar = "c"\n',
            '[calendar.c]\nprogram = "p"\n[program.p]\nlevel_percent = 30\n',
            "[program.p] level_percent: 30 %",
        ),
        (
            "",
            '[group.g]\nkind = "lighting"\nmembers = ["circuit"]\n[program.p]\ngroups = ["g"]\nlevel_percent = 30\n',
            "[program.p] level_percent: 30 %",
        ),
    ],
)
def test_a_level_between_is_told_where_it_stands(tmp_path: Path, lamp: str, tables: str, key: str) -> None:
    (said,) = errors(tmp_path, lamp + tables)
    assert key in said, said
    assert ONLY_SWITCHES in said, said


def test_a_lamp_on_a_line_of_a_chip_follows_what_only_switches(tmp_path: Path) -> None:
    lamp = '[lamp.yard]\nkind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 5\nprogram = "p"\n'
    (said,) = errors(tmp_path, lamp + "[program.p]\nlevel_percent = 60\n")
    assert "[program.p] level_percent: 60 % is no level of yard on line 16, which only switches" in said
    assert errors(tmp_path, lamp + "[program.p]\nlevel_percent = 100\n") == ()


def test_a_line_of_a_lamp_is_taken_by_nothing_else(tmp_path: Path) -> None:
    lamp = '[lamp.yard]\nkind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 5\ncontact_offset = {contact}\n'
    (said,) = errors(tmp_path, lamp.format(contact=5))
    assert "contact_offset: 5 is the line that switches the lamp; expected another line of the chip" in said
    assert errors(tmp_path, lamp.format(contact=6)) == ()
    other = '[sensor.loop]\nkind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 6\n[bay.b]\nsensor = "loop"\n'
    (said,) = errors(tmp_path, lamp.format(contact=6) + other)
    assert "has this offset on /dev/gpiochip0 already; expected a line of its own for each contact and lamp" in said


def test_a_lamp_of_no_known_kind_and_keys_of_the_other_one(tmp_path: Path) -> None:
    (said,) = errors(tmp_path, '[lamp.yard]\nkind = "dmx"\n')
    assert '"dmx" is not a known kind; expected one of "modbus", "gpio"' in said
    (said,) = errors(tmp_path, '[lamp.yard]\nkind = "gpio"\nchip = "/dev/gpiochip0"\noffset = 5\nunit = 1\n')
    assert "unit: unknown key" in said


def test_constant_light_output_asks_for_a_level(tmp_path: Path) -> None:
    (said,) = errors(tmp_path, "lumen_depreciation_curve = [[0, 80], [20000, 100]]\n")
    assert "circuit only switches: it has no level to correct" in said


def test_what_is_on_and_off_is_right_with_a_ramp_too(tmp_path: Path) -> None:
    program = '[program.p]\nramp = "5min"\nsteps = [{ at = "23:00", level_percent = 0 }]\n'
    assert errors(tmp_path, 'program = "p"\n' + program) == ()
