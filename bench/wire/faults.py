"""Reads on lines whose answers come late, twice, cut, corrupted or from somebody else: how many wrong values come out.

The slave says in every answer to which request it belongs, so that not only another register but also an old value
of the right one counts as wrong.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from pymodbus import FramerType, pymodbus_apply_logging_config
from pymodbus.client import AsyncModbusSerialClient
from pymodbus.exceptions import ModbusException

from drivers.errors import DeviceError
from drivers.line import Line, SerialLine, Told
from drivers.modbus import Master
from drivers.options import Seconds
from wire.far import Slave, slave, word

MIX = {
    "right": 34,
    "late, 1-2 time-outs": 12,
    "very late, 2-4 time-outs": 8,
    "twice, the copy up to 1.5 time-outs later": 12,
    "late, and twice": 8,
    "cut short": 5,
    "1-3 bits flipped": 5,
    "from another unit": 4,
    "of another length": 3,
    "from another unit, then the right one": 4,
    "noise, then the right one": 3,
    "none": 2,
}
"""Shares in per cent, in the order of slave.c."""
AGES = {**dict.fromkeys(MIX, 0), "right": 70, "4-16 time-outs late": 30}
"""What no master can tell apart that asks a unit again before the answer of old has come."""
TIMEOUT_S = 0.025
LINES, UNITS, COUNT = 12, (1, 2, 3), 2


class Answer(NamedTuple):
    """
    Args:
        suspect: whether the line says so of it: then it decides nothing.
    """

    registers: list[int]
    suspect: bool = False


Read = Callable[[int, int], Awaitable[Answer | None]]
"""unit, address -> registers, or None for an error that the master reported."""


async def ours(folder: Path, exchanges: int, mix: dict[str, int], seed: int = 1) -> dict[str, Any]:
    with slave(folder, "faults", round(TIMEOUT_S * 1e6), seed, LINES, *mix.values()) as far:
        return await all_lines(far, exchanges, our_line)


async def pymodbus(folder: Path, exchanges: int, mix: dict[str, int], seed: int = 1) -> dict[str, Any]:
    pymodbus_apply_logging_config(level=100)
    with slave(folder, "faults", round(TIMEOUT_S * 1e6), seed, LINES, *mix.values()) as far:
        return await all_lines(far, exchanges, _their_line)


Work = Callable[[Read], Awaitable[None]]


async def our_line(path: str, work: Work) -> tuple[Told, ...]:
    """What was heard on it beside the answers."""
    async with Line("rs485", SerialLine(port=path, baud=115200, timeout_s=Seconds(TIMEOUT_S))) as line:
        await work(reading_from(line))
        return line.told()


def reading_from(line: Line) -> Read:
    master = Master(line)

    async def read(unit: int, address: int) -> Answer | None:
        try:
            registers = await master.read("meter", unit, 3, address, COUNT)
        except DeviceError:
            return None
        return Answer(list(registers), bool(line.doubt(unit)))

    return read


async def _their_line(path: str, work: Work) -> None:
    client = AsyncModbusSerialClient(path, framer=FramerType.RTU, baudrate=115200, timeout=TIMEOUT_S)
    await client.connect()

    async def read(unit: int, address: int) -> Answer | None:
        try:
            answer = await client.read_holding_registers(address, count=COUNT, device_id=unit)
        except ModbusException:
            return await _connected(client)
        return None if answer.isError() else Answer(list(answer.registers))

    await work(read)
    client.close()


async def _connected(client: AsyncModbusSerialClient) -> None:
    """It closes its port after some time-outs, and comes back by itself only after a while."""
    if not client.connected:
        await client.connect()


async def all_lines(far: Slave, exchanges: int, line_of: Callable[[str, Work], Awaitable[object]]) -> dict[str, Any]:
    tally: Counter[str] = Counter()
    begun_s, left = time.monotonic(), iter(range(exchanges))

    async def line(at: int) -> None:
        async def work(read: Read) -> None:
            async with asyncio.TaskGroup() as group:
                for unit in UNITS:
                    group.create_task(one(read, unit, random.Random(100 * at + unit)))

        async def one(read: Read, unit: int, chance: random.Random) -> None:
            for _ in left:
                address, before = chance.randrange(1000), far.requests(at)
                answer = await read(unit, address)
                tally[verdict(unit, address, answer, range(before + 1, far.requests(at) + 1))] += 1

        await line_of(far.paths[at], work)

    await asyncio.gather(*(line(at) for at in range(len(far.paths))))
    asked = sum(far.requests(at) for at in range(len(far.paths)))
    counted = {name: tally[name] for name in VERDICTS if tally[name] or "suspect" not in name}
    return {"exchanges": exchanges, "requests_sent": asked} | counted | {"seconds": round(time.monotonic() - begun_s)}


VERDICTS = ("right", "error_reported", "wrong", "right_but_suspect", "wrong_but_suspect")


def verdict(unit: int, address: int, answer: Answer | None, numbers: range) -> str:
    """An answer counts as right only when it answers a request that was sent within this very call."""
    if answer is None:
        return "error_reported"
    possible = ([word(unit, address + n, number) for n in range(COUNT)] for number in numbers)
    return ("right" if answer.registers in possible else "wrong") + ("_but_suspect" if answer.suspect else "")


async def measure(folder: Path, exchanges: int) -> dict[str, Any]:
    report: dict[str, Any] = {"mix_percent": MIX, "timeout_ms": TIMEOUT_S * 1000, "lines": LINES, "seed": 1}
    report["lamppost"] = await ours(folder, exchanges, MIX)
    report["pymodbus_client"] = await pymodbus(folder, exchanges, MIX)
    report["target_wrong"] = 0
    report["met"] = report["lamppost"]["wrong"] == 0
    report["later_than_any_master_waits"] = {
        "mix_percent": {fault: share for fault, share in AGES.items() if share},
        "lamppost": await ours(folder, exchanges // 10, AGES),
        "pymodbus_client": await pymodbus(folder, exchanges // 10, AGES),
    }
    return report
