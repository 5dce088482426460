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
        (FRAME, "b1", "b2", r":13: \[vector\] hex: is no frame .*: by sum8 its b.* 2 sum up to b1, and it says b2"),
        (FRAME, "aa 00 07 b1", "ab 00 07 b1", r"hex: .*: it begins with ab 00 07 b1, and not with aa$"),
        (FRAME, "aa 00 07 b1", "aa 07 b1", r"hex: is .*: it has 3 bytes, where \[message.NAME\] has 4$"),
        (FRAME, "length = 4", 'length = 4\nbegins = "aa 01"', r"hex: .*: it does not begin as a \[message.NAME\]"),
        (FRAME, 'start = "aa"', 'start = "aa"\nlength_at = { byte = 2 }', r"by length_at it has 7 bytes, and it has 4"),
        (FRAME, 'start = "aa"', 'start = "aa"\nend = "b2"', r"hex: .*: it ends with aa 00 07 b1, and not with b2"),
        (FRAME, "[[value]]", '[command]\nask = ["R"]\n[[value]]', r":8: \[command\] ask: .*; lines of text need end"),
        (FRAME, "[[value]]", '[[silent]]\nin = "data"\nabove = [3, 9]\n[[value]]', r":9: \[silent\] above: is not in"),
        (FRAME, "c = 7 }", "c = 8 }", r":14: \[vector\] says: temperature_c comes out as 7, and the vector says 8"),
        (FRAME, "[[vector]]", '[message.other]\nlength = 4\n[[vector]]', r"nothing tells it from \[message.data\]"),
        (FRAME, 'type = "sum8"', 'type = "sum"', r":4: \[frame\] check: type: 'sum' is none of sum8, sum16, negative8"),
        (LINE, r"\d+", "(?:[0-9]+)+", r":3: \[line\] pattern: repeats a group that repeats something itself"),
        (LINE, "(?P<temperature_c>", "(?P<temperature>", r"has a group temperature, which no \[\[value\]\] says"),
        (FRAME, "byte = 1", "byte = 1\nscale = nan", r":11: \[value\] scale: nan is no number"),
        (FRAME, "byte = 1", "byte = 1\ninvalid = [inf]", r":11: \[value\] invalid: inf is no number"),
        (LINE, "T=21", "T=x", r":8: \[vector\] text: is no line of this profile: its pattern is of the"),
        (LINE, 'text = "T=21"', 'hex = "aa"', r"is no line"),
        (LINE, "[line]", "longest = 9\n[line]", r":2: longest: unknown key"),
        (LINE, "[line]", "[frame]\nstart = 'aa'\ncheck = { type = 'sum8' }\n[line]", "expected either"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_line(text: str, before: str, after: str, wanted: str, tmp_path: Path) -> None:
    assert before in text
    with pytest.raises(ProfileError, match=wanted):
        load(tmp_path, text.replace(before, after))


def test_what_is_said_to_it_is_bytes_or_lines(tmp_path: Path) -> None:
    of_bytes = load(tmp_path, LINE.replace("[[value]]", '[command]\nask = ["52 0a"]\n[[value]]'))
    of_lines = load(tmp_path, LINE.replace("[[value]]", '[command]\nend = "LF"\nask = ["R"]\n[[value]]'))
    assert of_bytes.commands("ask") == of_lines.commands("ask") == (b"R\n",)
    both = load(tmp_path, LINE.replace("[[value]]", '[command]\nend = "CRLF"\nbegin = ["P", "M"]\n[[value]]'))
    assert (both.commands("begin"), both.commands("ask")) == ((b"P\r\n", b"M\r\n"), ())


def test_there_is_none_of_that_name(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r'there is no profile "x"; there are .*plantower-pms5003'):
        profile.load("x", tmp_path)


RANGED = """description = "T"
order = "little"
[frame]
start = "59 59"
check = { type = "sum16", order = "little" }
[message.data]
length = 8
[[silent]]
in = "data"
above = [4, 65534]
[[silent]]
in = "data"
below = [4, 100]
fault = "the echo is weak"
[[value]]
quantity = "distance_cm"
in = "data"
byte = 2
unit = "cm"
[[vector]]
hex = "5959 7b00 6400 9101"
says = { distance_cm = 123, sensor_fault = "" }
[[vector]]
hex = "5959 7b00 ffff 2b03"
instead = "nothing"
[[vector]]
hex = "5959 7b00 6300 9001"
says = { sensor_fault = "the echo is weak" }
"""


def test_a_number_beside_its_values_says_whether_they_count(tmp_path: Path) -> None:
    assert load(tmp_path, RANGED).tables.quantities == {"distance_cm", "sensor_fault"}
    with pytest.raises(ProfileError, match=r":25: \[vector\] instead: comes out as distance_cm 123"):
        load(tmp_path, RANGED.replace("above = [4, 65534]", "above = [2, 65534]"))
    with pytest.raises(ProfileError, match="by sum16 its bytes 0 to 5 sum up to 01 91, and it says 91 01"):
        load(tmp_path, RANGED.replace(', order = "little" }', " }"))
