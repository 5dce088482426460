"""How fast: RTU beside what the wire can carry, TCP beside pymodbus's client, and how long a command waits."""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from drivers.line import Line, SerialLine, TcpLine
from drivers.modbus import Master
from wire.far import Slave, half_a_processor, server, slave

COUNT = 10
WINDOWS = 5
REQUEST_BYTES, ANSWER_BYTES = 8, 5 + 2 * COUNT
UNITS = (1, 2, 3, 4)
Read = Callable[[], Awaitable[object]]


def gap_s(baud: int) -> float:
    return 0.00175 if baud >= 19200 else 3.5 * 10 / baud


def exchange_s(baud: int) -> float:
    """What one exchange takes on the wire: request, silence, answer, silence; 10 bits a character."""
    return (REQUEST_BYTES + ANSWER_BYTES) * 10 / baud + 2 * gap_s(baud)


async def _per_s(read: Read, seconds: float) -> float:
    begun_s, done = time.perf_counter(), 0
    while time.perf_counter() - begun_s < seconds:
        await read()
        done += 1
    return done / (time.perf_counter() - begun_s)


async def rtu(folder: Path, baud: int, target: float, seconds: float, slow: bool = False) -> dict[str, Any]:
    """The median of five windows of that many seconds. pymodbus's client does not keep the silence between frames.

    Args:
        slow: on half a processor, both sides alike.
    """
    limit_per_s = 1 / exchange_s(baud)
    ours, cpu_us = await _windows(folder, baud, seconds, slow)
    peer = await _peer_per_s(folder, baud, seconds, slow)
    ratio = statistics.median(ours) / limit_per_s
    return {
        "exchanges_per_s": round(statistics.median(ours), 2),
        "wire_limit_per_s": round(limit_per_s, 2),
        "ratio": round(ratio, 4),
        "ratio_worst_and_best_window": [round(each / limit_per_s, 4) for each in (min(ours), max(ours))],
        "cpu_us_an_exchange": round(cpu_us),
        "target": target,
        "met": ratio >= target,
        "pymodbus_ratio_without_the_gap": round(peer / limit_per_s, 4),
    }


async def _windows(folder: Path, baud: int, seconds: float, slow: bool) -> tuple[list[float], float]:
    """Exchanges a second in each window, and the processor's time that one took, us."""
    with slave(folder, "wire", baud, 0) as far, _speed(folder, far, slow):
        async with Line("rs485", SerialLine(port=far.paths[0], baud=baud)) as line:  # type: ignore[arg-type]
            master, cpu_s = Master(line), time.process_time()
            windows = [await _per_s(lambda: master.read("meter", 1, 3, 100, COUNT), seconds) for _ in range(WINDOWS)]
            took_s = time.process_time() - cpu_s
    return windows, 1e6 * took_s / (sum(windows) * seconds)


async def _peer_per_s(folder: Path, baud: int, seconds: float, slow: bool) -> float:
    with slave(folder, "wire", baud, 0) as far, _speed(folder, far, slow):
        client = AsyncModbusSerialClient(far.paths[0], framer=FramerType.RTU, baudrate=baud, retries=0)
        await client.connect()
        peer = await _per_s(lambda: _good(client.read_holding_registers(100, count=COUNT, device_id=1)), seconds)
        client.close()
    return peer


def _speed(folder: Path, far: Slave, slow: bool) -> AbstractContextManager[None]:
    return half_a_processor(folder, far) if slow else nullcontext()


async def _good(answer: Awaitable[Any]) -> object:
    got = await answer
    if got.isError():
        raise SystemExit(f"pymodbus: {got}")
    return got


async def tcp(folder: Path, target: float, rounds: int, seconds: float) -> dict[str, Any]:
    """Measures both in turn, so that what else the machine does strikes both."""
    with server(folder) as port:
        client = AsyncModbusTcpClient("127.0.0.1", port=port, retries=0)
        await client.connect()
        async with Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line:
            master = Master(line)
            pairs = []
            for _ in range(rounds):
                ours = await _per_s(lambda: master.read("meter", 1, 3, 100, COUNT), seconds)
                peer = await _per_s(
                    lambda: _good(client.read_holding_registers(100, count=COUNT, device_id=1)), seconds
                )
                pairs.append((ours, peer))
        client.close()
    ratio = statistics.median(ours / peer for ours, peer in pairs)
    return {
        "reads_per_s": round(statistics.median(ours for ours, _ in pairs)),
        "pymodbus_reads_per_s": round(statistics.median(peer for _, peer in pairs)),
        "ratio": round(ratio, 3),
        "target": target,
        "met": ratio >= target,
    }


async def write_wait(folder: Path, baud: int, writes: int) -> dict[str, Any]:
    """Four units polled without a pause; a command at random moments. From its call to its first byte on the wire."""
    with slave(folder, "wire", baud, 0) as far:
        async with Line("rs485", SerialLine(port=far.paths[0], baud=baud)) as line:  # type: ignore[arg-type]
            master = Master(line)
            called_s = await _command_amid_polls(
                lambda unit: master.read("meter", unit, 3, 100, COUNT),
                lambda value: master.write_register("lamp", 1, 15, value),
                writes,
            )
        ours = _p99_ms(called_s, far.writes_s())
    with slave(folder, "wire", baud, 0) as far:
        client = AsyncModbusSerialClient(far.paths[0], framer=FramerType.RTU, baudrate=baud, retries=0)
        await client.connect()
        called_s = await _command_amid_polls(
            lambda unit: _good(client.read_holding_registers(100, count=COUNT, device_id=unit)),
            lambda value: _good(client.write_register(15, value, device_id=1)),
            writes // 4,
        )
        client.close()
        peer = _p99_ms(called_s, far.writes_s())
    limit_ms = 1000 * (exchange_s(baud) + gap_s(baud))
    return {
        "p99_ms": round(ours, 2),
        "target_ms": round(limit_ms, 2),
        "met": ours <= limit_ms,
        "writes": writes,
        "pymodbus_p99_ms": round(peer, 2),
    }


async def _command_amid_polls(
    read: Callable[[int], Awaitable[object]], write: Callable[[int], Awaitable[object]], writes: int
) -> list[float]:
    chance, called_s = random.Random(7), list[float]()

    async def poll(unit: int) -> None:
        while True:
            await read(unit)

    async with asyncio.TaskGroup() as group:
        polls = [group.create_task(poll(unit)) for unit in UNITS]
        await asyncio.sleep(0.5)
        for value in range(writes):
            await asyncio.sleep(chance.uniform(0.05, 0.15))
            called_s.append(time.monotonic())
            await write(value % 101)
        for task in polls:
            task.cancel()
    return called_s


def _p99_ms(called_s: list[float], came_s: list[float]) -> float:
    assert len(called_s) == len(came_s), "each write came once"
    waits = [came - called for called, came in zip(called_s, came_s, strict=True)]
    return 1000 * statistics.quantiles(waits, n=100, method="inclusive")[98]
