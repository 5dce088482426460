"""A device's registers are read in few requests, and a refused block is taken apart once."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drivers import profile
from drivers.base import Quality
from drivers.errors import DeviceError, NoAnswer, Refused
from drivers.line import Line
from drivers.modbus import Master
from drivers.profile import Measured
from drivers.registers import Registers, poll_forever, reading

PROFILE = """
description = "a device"
max_gap = 3
[register.a]
function = 3
address = 10
type = "u16"
unit = "1"
[register.b]
function = 3
address = 11
type = "u16"
unit = "1"
[register.c]
function = 3
address = 14
type = "u16"
unit = "1"
[register.d]
function = 3
address = 15
type = "u16"
unit = "1"
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
    told: dict[str, Any] = {}
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
    assert [record.getMessage().partition("; what")[0] for record in caplog.records] == [
        "dev: unit 1 on line rs485 has no register 14 for function 3 (Modbus exception 2) "
        "(check profile, channel and short address; a manual's 40001 is register 0 of function 3, its 30001 of 4)"
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


MANY = 'description = "a device"\n' + "".join(
    f'[register.v{at}]\nfunction = 3\naddress = {at}\ntype = "u16"\nunit = "1"\n' for at in range(12)
)
EVERYTHING = {f"v{at}": 1000 + at for at in range(12)}


class Unit:
    """One unit, without a line: what it does with each request, and what it was asked."""

    def __init__(self, says: Callable[[int, int], DeviceError | None]) -> None:
        self.says, self.asked = says, list[tuple[int, int]]()

    async def read(self, device: str, unit: int, function: int, address: int, count: int, **_: Any) -> list[int]:
        self.asked.append((address, count))
        if (error := self.says(address, count)) is not None:
            raise error
        return [1000 + at for at in range(address, address + count)]

    def requests(self) -> Asked:
        """What was asked since this was called last."""
        asked, self.asked = self.asked, []
        return asked


class Clock:
    at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def illegal(address: int = 0) -> Refused:
    return Refused("dev", f"has no register {address}", code=2)


def silent() -> NoAnswer:
    return NoAnswer("dev", "is silent")


@pytest.fixture
def many(tmp_path: Path) -> Callable[[Unit, Clock], Registers]:
    def made(unit: Unit, clock: Clock) -> Registers:
        (tmp_path / "own.toml").write_text(MANY)
        return Registers("dev", 1, profile.load("own", tmp_path).bind(), unit, clock=clock)  # type: ignore[arg-type]

    return made


def polled(registers: Registers) -> dict[str, Any]:
    return asyncio.run(one_round(registers))


def test_a_register_that_was_refused_is_asked_for_again_after_a_time_that_grows(
    many: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    unit, clock = Unit(lambda address, count: illegal() if address <= 3 < address + count else None), Clock()
    registers = many(unit, clock)
    assert polled(registers) == {name: value for name, value in EVERYTHING.items() if name != "v3"}
    pauses = []
    for _ in range(12):
        unit.requests()
        since_s = clock.at_s
        while (0, 12) not in unit.requests():
            clock.at_s += 5
            polled(registers)
        pauses.append(clock.at_s - since_s)
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert len(caplog.records) == 1
    unit.says = lambda address, count: None
    clock.at_s += 3600
    assert polled(registers) == EVERYTHING
    unit.requests()
    polled(registers)
    assert unit.requests() == [(0, 12)]
    assert caplog.records[-1].getMessage() == "dev: v3 answers again"


def test_a_device_that_refuses_everything_is_not_left_without_questions(many: Any) -> None:
    unit = Unit(lambda address, count: illegal(address))
    registers = many(unit, Clock())
    for _ in range(3):
        with pytest.raises(Refused):
            polled(registers)
    unit.says = lambda address, count: None
    assert polled(registers) == EVERYTHING


@pytest.mark.parametrize("silence", [silent(), Refused("dev", "did not answer the gateway", code=11)])
def test_a_block_refused_by_silence_is_halved_and_that_is_remembered(many: Any, silence: DeviceError) -> None:
    unit, clock = Unit(lambda address, count: silence if count > 8 else None), Clock()
    registers = many(unit, clock)
    assert polled(registers) == EVERYTHING
    assert unit.requests() == [(0, 12), (1, 1), (0, 12), (0, 6), (6, 6)]
    assert polled(registers) == EVERYTHING
    assert unit.requests() == [(0, 6), (6, 6)]
    clock.at_s += 10
    unit.says = lambda address, count: None
    assert polled(registers) == EVERYTHING
    assert unit.requests()[0] == (0, 12)


def test_a_register_that_makes_its_block_silent_is_left_out(many: Any) -> None:
    unit = Unit(lambda address, count: silent() if address <= 8 < address + count else None)
    registers = many(unit, Clock())
    assert polled(registers) == {name: value for name, value in EVERYTHING.items() if name != "v8"}


def test_one_answer_that_was_lost_takes_nothing_apart(many: Any) -> None:
    lost = [silent()]
    unit = Unit(lambda address, count: lost.pop() if lost else None)
    registers = many(unit, Clock())
    assert polled(registers) == EVERYTHING
    assert polled(registers) == EVERYTHING
    assert unit.requests() == [(0, 12), (1, 1), (0, 12), (0, 12)]


def test_a_silent_device_costs_hardly_more_requests_than_rounds_and_is_found_when_it_comes(many: Any) -> None:
    unit = Unit(lambda address, count: silent())
    registers = many(unit, Clock())
    for _ in range(9):
        with pytest.raises(NoAnswer):
            polled(registers)
    assert unit.requests() == [(0, 12), (1, 1), *[(0, 12)] * 8, (2, 1)]
    unit.says = lambda address, count: silent() if count > 8 else None
    for _ in range(7):
        with pytest.raises(NoAnswer):
            polled(registers)
    assert polled(registers) == EVERYTHING


def test_a_block_that_was_answered_once_is_not_looked_into_when_it_is_silent(many: Any) -> None:
    unit = Unit(lambda address, count: None)
    registers = many(unit, Clock())
    polled(registers)
    unit.says = lambda address, count: silent()
    with pytest.raises(NoAnswer):
        polled(registers)
    assert unit.requests() == [(0, 12), (0, 12)]


def test_a_device_that_dies_while_its_block_is_halved_is_silent_and_no_register_left_out(many: Any) -> None:
    unit = Unit(lambda address, count: silent() if count > 1 or len(unit.asked) > 3 else None)
    registers = many(unit, Clock())
    with pytest.raises(NoAnswer):
        polled(registers)
    unit.says = lambda address, count: None
    assert polled(registers) == EVERYTHING


@pytest.mark.parametrize(
    ("own", "of_line", "doubt"),
    [("", "", ""), ("outside", "", "outside"), ("", "mixed", "mixed"), ("outside", "mixed", "outside")],
)
def test_what_the_profile_or_the_line_doubts_is_suspect(own: str, of_line: str, doubt: str) -> None:
    told = reading("m", Measured("a_w", 7, own), 1.0, of_line)
    assert (told.quality, told.detail) == (Quality.SUSPECT if doubt else Quality.GOOD, doubt)
