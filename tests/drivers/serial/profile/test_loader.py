"""Profiles of serial sensors as files: their mistakes, each with its line."""

from pathlib import Path

import pytest

from drivers.mistakes import ProfileError
from drivers.serial import profile

FRAME = """description = "T"
[frame]
start = "aa"
check = { type = "sum8" }
[message.data]
length = 4
[[value]]
quantity = "temperature_c"
in = "data"
byte = 1
unit = "°C"
[[vector]]
hex = "aa 00 07 b1"
says = { temperature_c = 7 }
"""
LINE = r"""description = "T"
[line]
pattern = 'T=(?P<temperature_c>\d+)'
[[value]]
quantity = "temperature_c"
unit = "°C"
[[vector]]
text = "T=21"
says = { temperature_c = 21 }
"""


def load(folder: Path, text: str) -> profile.SerialProfile:
    (folder / "serial").mkdir(exist_ok=True)
    (folder / "serial" / "t.toml").write_text(text)
    return profile.load("t", folder)


@pytest.mark.parametrize("text", [FRAME, LINE])
def test_the_least_profile(text: str, tmp_path: Path) -> None:
    found = load(tmp_path, text)
    assert found.tables.quantities == {"temperature_c"}
    assert found.quantity("temperature_c").unit == "°C"


@pytest.mark.parametrize(
    ("text", "before", "after", "wanted"),
    [
        (FRAME, 'start = "aa"', 'length_at = { byte = 1 }', r":2: \[frame\] start: is missing"),
        (FRAME, "length = 4", "length = 1", r"length: "),
        (FRAME, "byte = 1", "byte = 3", r":10: \[value\] byte: is not in the message, which has 4 bytes"),
        (FRAME, 'in = "data"', 'in = "date"', r":9: \[value\] in: there is no \[message.date\]"),
        (FRAME, "b1", "b2", r":13: \[vector\] hex: is no frame or line of this profile"),
        (FRAME, "c = 7 }", "c = 8 }", r":14: \[vector\] says: temperature_c comes out as 7, and the vector says 8"),
        (FRAME, "[[vector]]", '[message.other]\nlength = 4\n[[vector]]', r"nothing tells it from \[message.data\]"),
        (FRAME, 'type = "sum8"', 'type = "sum"', r":4: \[frame\] check: type: 'sum' is none of sum8, sum16, negative8"),
        (LINE, r"\d+", "(?:[0-9]+)+", r":3: \[line\] pattern: repeats a group that repeats something itself"),
        (LINE, "(?P<temperature_c>", "(?P<temperature>", r"has a group temperature, which no \[\[value\]\] says"),
        (FRAME, "byte = 1", "byte = 1\nscale = nan", r":11: \[value\] scale: nan is no number"),
        (FRAME, "byte = 1", "byte = 1\ninvalid = [inf]", r":11: \[value\] invalid: inf is no number"),
        (LINE, "T=21", "T=x", r":8: \[vector\] text: is no frame or line"),
        (LINE, 'text = "T=21"', 'hex = "aa"', r"is no frame or line"),
        (LINE, "[line]", "longest = 9\n[line]", r":2: longest: unknown key"),
        (LINE, "[line]", "[frame]\nstart = 'aa'\ncheck = { type = 'sum8' }\n[line]", "expected either"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(text: str, before: str, after: str, wanted: str, tmp_path: Path) -> None:
    assert before in text
    with pytest.raises(ProfileError, match=wanted):
        load(tmp_path, text.replace(before, after))


def test_there_is_none_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r'there is no profile "x"; there are .*plantower-pms5003'):
        profile.load("x", tmp_path)
