"""What a probe says of the values of a device."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.diagnostics.values import Asked, digits, values
from drivers.errors import DeviceError, NoAnswer


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1324567.89, "1324567.89"),
        (1e15, "1000000000000000"),
        (0.00001, "0.00001"),
        (40.0, "40"),
        (7, "7"),
        (-3, "-3"),
        (123456789012, "123456789012"),
        (0.10000000149011612, "0.1"),
        (231.60000610351562, "231.6"),
        (1e300, "1" + "0" * 300),
        (0.0, "0"),
    ],
)
def test_every_digit_of_a_value_is_shown_and_none_that_its_representation_adds(value: float, text: str) -> None:
    assert digits(value) == text


PROFILE = """description = "x"
[register.a_w]
function = 3
address = 0
type = "u16"
unit = "W"
[register.b_w]
function = 4
address = 0
type = "u16"
unit = "W"
"""


def test_what_was_read_before_an_error_is_told(tmp_path: Path) -> None:
    class Half:
        async def read(self, device: str, unit: int, function: int, *_: int, **__: Any) -> list[int]:
            if function == 4:
                raise NoAnswer(device, "unit 1 did not answer", "check its power")
            return [42]

    (tmp_path / "x.toml").write_text(PROFILE)
    master: Any = Half()
    with pytest.raises(DeviceError, match="a_w 42, unit 1 did not answer") as caught:
        asyncio.run(values(Asked("m", 1, "x"), master, tmp_path))
    assert caught.value.hint == "check its power"


@pytest.mark.parametrize("doubt", ["", "units 1 and 2 of line rs485 are answered by one device"])
def test_what_the_line_doubts_is_no_answer(tmp_path: Path, doubt: str) -> None:
    class Shared:
        line = SimpleNamespace(doubt=lambda unit: doubt)

        async def read(self, *_: Any, **__: Any) -> list[int]:
            return [42]

    (tmp_path / "x.toml").write_text(PROFILE)
    master: Any = Shared()
    if not doubt:
        assert asyncio.run(values(Asked("m", 1, "x"), master, tmp_path)) == "a_w 42, b_w 42"
        return
    with pytest.raises(DeviceError, match="a_w 42, b_w 42, suspect") as caught:
        asyncio.run(values(Asked("m", 1, "x"), master, tmp_path))
    assert caught.value.hint == doubt


class Says:
    """A device that has the same in each of its registers, but for those named."""

    line = SimpleNamespace(doubt=lambda unit: "")

    def __init__(self, usual: int, others: dict[int, int]) -> None:
        self.usual, self.others = usual, others

    async def read(self, device: str, unit: int, function: int, address: int, count: int, **_: Any) -> list[int]:
        return [self.others.get(function, self.usual)] * count


MARKED = PROFILE.replace('unit = "W"', 'unit = "W"\ninvalid = [0xFFFF]')
FLAGS = """description = "x"
[register.state]
function = 3
address = 0
type = "bits"
bits = { overload = 0 }
"""


@pytest.mark.parametrize(
    ("text", "usual", "others", "said"),
    [
        (MARKED, 0xFFFF, {}, "answers, but none of its values is one: a_w, b_w"),
        (MARKED, 0xFFFF, {3: 42}, "a_w 42, no value: b_w"),
        (MARKED, 42, {}, "a_w 42, b_w 42"),
        (FLAGS, 0, {}, "answers"),
        (FLAGS, 1, {}, "overload"),
    ],
)
def test_a_marker_of_no_value_is_named(
    tmp_path: Path, text: str, usual: int, others: dict[int, int], said: str
) -> None:
    (tmp_path / "x.toml").write_text(text)
    master: Any = Says(usual, others)
    assert asyncio.run(values(Asked("m", 1, "x"), master, tmp_path)) == said


def test_a_value_that_is_none_in_the_state_of_the_device_is_named(tmp_path: Path) -> None:
    state = """[register.state]
function = 3
address = 1
type = "u16"
unit = ""
[[silent]]
register = "state"
is = [1]
silences = ["a_w"]
fault = "warming up"
"""
    (tmp_path / "x.toml").write_text(PROFILE + state)
    master: Any = Says(1, {})
    said = asyncio.run(values(Asked("m", 1, "x"), master, tmp_path))
    assert "warming up" in said and "no value: a_w" in said
