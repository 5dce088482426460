"""Test vectors of register maps."""

from pathlib import Path

import pytest

from drivers import profile
from drivers.mistakes import ProfileError

MAP = """description = "T"
[register.temperature_c]
function = 4
address = 31
type = "i16"
unit = "°C"
scale = 0.1
invalid = [0x7FFF]
[register.status]
function = 4
address = 32
type = "bits"
bits = { hot = 3 }
[[vector]]
function = 4
address = 31
registers = "ff9c 0008"
says = { temperature_c = -10.0, hot = true }
[[vector]]
function = 4
address = 31
registers = "7FFF"
"""


@pytest.mark.parametrize("name", profile.names())
def test_every_shipped_vector_comes_out_as_it_says(name: str) -> None:
    assert profile.load(name).name == name


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        ("", "", ""),
        ("-10.0", "10.0", r":18: \[vector\] says: temperature_c comes out as -10.0, and the vector says 10.0"),
        (", hot = true", "", r":18: \[vector\] says: the registers say hot True, and the vector does not"),
        ("hot = true", "hot = 1", r"hot comes out as True, and the vector says 1"),
        ('"ff9c 0008"', '"ff9c"', r"the registers do not say hot, and the vector does"),
        ('"7FFF"', '"7FF"', r":22: \[vector\] registers: "),
        ("says =", "say =", r"did you mean says"),
    ],
)
def test_each_mistake_has_its_line(before: str, after: str, wanted: str, tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(MAP.replace(before, after) if before else MAP)
    if not wanted:
        assert profile.load("t", tmp_path).quantities == {"temperature_c", "status", "hot"}
        return
    with pytest.raises(ProfileError, match=wanted):
        profile.load("t", tmp_path)
