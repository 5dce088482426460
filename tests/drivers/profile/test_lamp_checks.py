"""What is wrong with [lamp.colour] is named with its line."""

from pathlib import Path

import pytest

from drivers import profile
from drivers.profile import ProfileError

TUNABLE = """\
description = "a lamp"
[register.level]
function = 3
address = 0
type = "u16"
write = 6
[register.colour_temperature_k]
function = 3
address = 1
type = "u16"
write = 6
[lamp]
level = "level"
[lamp.colour]
set = "colour_temperature_k"
range = [2200, 5000]
"""


def load(folder: Path, text: str) -> profile.Profile:
    (folder / "own.toml").write_text(text)
    return profile.load("own", folder)


def test_one_register_may_take_it_and_tell_it(tmp_path: Path) -> None:
    lamp = load(tmp_path, TUNABLE).bind().lamp
    assert lamp is not None
    assert lamp.colour is not None
    assert lamp.colour.set == lamp.colour.told
    assert lamp.colour.range_k == (2200.0, 5000.0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[2200, 5000]", "[5000, 2200]", "own.toml:16: [lamp.colour] range: the first number must be lower"),
        (
            "[2200, 5000]",
            "[220, 5000]",
            "own.toml:12: [lamp] colour: range: [220, 5000] is not allowed here; expected a li",
        ),
        (
            'set = "colour_temperature_k"',
            'set = "colour"',
            "own.toml:15: [lamp.colour] set: there is no [register.colo",
        ),
        ('set = "colour_temperature_k"\n', "", "own.toml:12: [lamp] colour: set: is missing"),
        ("address = 1\n", "address = 1\nscale = 0.05\n", "own.toml:16: [lamp.colour] set: colour_temperature_k: "),
        (
            "address = 1\n",
            "address = 1\npoll = false\n",
            "own.toml:15: [lamp.colour]: colour_temperature_k is not poll",
        ),
        (
            "[register.colour_temperature_k]",
            "[register.colour_k]",
            "[lamp.colour]: there is no [register.colour_temper",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in TUNABLE
    with pytest.raises(ProfileError) as caught:
        load(tmp_path, TUNABLE.replace(old, new, 1))
    assert said in str(caught.value)
