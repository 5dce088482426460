"""A device's registers are read in few requests, and a refused block is taken apart once."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers import profile
from drivers.errors import DeviceError, NoAnswer, Refused
from drivers.line import Line
from drivers.modbus import Master
from drivers.registers import Registers, poll_forever

PROFILE = """
description = "a device"
max_gap = 3
[register.a]
function = 3
address = 10
type = "u16"
[register.b]
function = 3
address = 11
type = "u16"
[register.c]
function = 3
address = 14
type = "u16"
[register.d]
function = 3
address = 15
type = "u16"
"""

Asked = list[tuple[int, int]]
"""Address and count of each request."""


@pytest.fixture
def device(pty: Any, slave: Any, rtu: Any, fast: Any, tmp_path: Path) -> Callable[..., list[Any]]:
    """Rounds of polling a unit which refuses what `refuses` says; the values of each round, then what was asked."""

    def poll(rounds: int, refuses: Callable[[int, int], int], needed: tuple[str, ...] = ()) -> list[Any]:
        (tmp_path / "own.toml").write_text(PROFILE)
        asked: Asked = []

        def script(request: bytes) -> list[tuple[float, bytes]]:
            address, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
            asked.append((address, count))
            if code := refuses(address, count):
                return [(0, rtu(1, f"83{code:02x}"))]
            values = "".join(f"{at:04x}" for at in range(address, address + count))
            return [(0, rtu(1, f"03{2 * count:02x}{values}"))]

        async def main() -> list[Any]:
            async with Line("rs485", fast(pty.path)) as line:
                with slave(pty, script):
                    bound = profile.load("own", tmp_path).bind()
                    registers = Registers("dev", 1, bound, Master(line), needed)
                    seen: list[Any] = [await one_round(registers) for _ in range(rounds)]
            return [*seen, asked]

        return asyncio.run(main())

    return poll


async def one_round(registers: Registers) -> dict[str, Any]:
    told = {}
    for read in registers.reads:
        for part, words in await registers.answers(read):
            told |= {each.quantity: each.value for each in part.decode(words)}
    return told


ALL = {"a": 10, "b": 11, "c": 14, "d": 15}


def test_one_request_for_all_where_the_device_takes_it(device: Any) -> None:
    first, second, asked = device(2, lambda address, count: 0)
    assert (first, second) == (ALL, ALL)
    assert asked == [(10, 6), (10, 6)]


def test_a_block_refused_for_its_gap_is_split_once_and_remembered(device: Any) -> None:
    first, second, asked = device(2, lambda address, count: 2 if address <= 12 < address + count else 0)
    assert (first, second) == (ALL, ALL)
    assert asked == [(10, 6), (10, 1), (11, 1), (14, 1), (15, 1), (10, 2), (14, 2)]


def test_a_register_that_is_not_there_is_left_out_and_told_once(device: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        first, second, third, asked = device(3, lambda address, count: 2 if address <= 14 < address + count else 0)
    assert first == second == third == {"a": 10, "b": 11, "d": 15}
    # Before, (14, 1) was asked twice: a refusal equal to that of another request may be its copy.
    assert asked[-4:] == [(10, 2), (15, 1), (10, 2), (15, 1)]
    assert [record.getMessage().partition(";")[0] for record in caplog.records] == [
        "dev: unit 1 on line rs485 has no register 14 (Modbus exception 2) (check profile, channel and short address)"
    ]


def test_a_device_that_takes_single_registers_alone_is_asked_so(device: Any) -> None:
    *rounds, asked = device(4, lambda address, count: 3 if count > 1 else 0)
    assert all(told == ALL for told in rounds)
    assert asked[-4:] == [(10, 1), (11, 1), (14, 1), (15, 1)]


def test_what_is_needed_is_not_left_out(device: Any) -> None:
    with pytest.raises(Refused, match="has no register 14"):
        device(1, lambda address, count: 2 if address <= 14 < address + count else 0, needed=("c",))


def test_a_device_that_is_busy_is_not_taken_apart(device: Any) -> None:
    with pytest.raises(Refused, match="busy"):
        device(1, lambda address, count: 6)


def test_three_rounds_that_fail_end_it_and_one_that_does_not_forgives() -> None:
    asked: list[str] = []

    async def ask(name: str) -> None:
        asked.append(name)
        if len(asked) != 2:
            raise NoAnswer("dev", "is silent")

    with pytest.raises(DeviceError):
        asyncio.run(poll_forever({"": 0.001}, ask))
    assert len(asked) == 5
