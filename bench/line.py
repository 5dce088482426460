"""The line beside the limit of its wire and beside pymodbus's client, each in the same run.

The far ends are C programs in processes of their own (bench/wire/*.c, built here): Modbus RTU units on
pseudo-terminals that answer at the speed of a wire, or with faults, and libmodbus's server on TCP.
Prints one JSON. Needs gcc, pkg-config and libmodbus-dev. Takes about eight minutes; --only takes rows alone.

    .venv/bin/python bench/line.py [--quick] [--only rtu,tcp,values,dead,write,faults]
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rows import asked_for
from standing import stands_on
from wire import faults, load, speed
from wire.far import built

RTU = {9600: 0.97, 19200: 0.97, 115200: 0.90}
TCP = 1.1
VALUES_PER_S, CPU_PERCENT = 10_000, 40.0
HEALTHY = 0.98
EXCHANGES = 10_000

Row = Callable[[Path, bool], Awaitable[dict[str, Any]]]


async def rtu(folder: Path, quick: bool) -> dict[str, Any]:
    rows = {baud: await speed.rtu(folder, baud, target, 1 if quick else 4) for baud, target in RTU.items()}
    return {f"{baud} baud": row for baud, row in rows.items()}


async def tcp(folder: Path, quick: bool) -> dict[str, Any]:
    return await speed.tcp(folder, TCP, rounds=5 if quick else 11, seconds=1.0)


async def values(folder: Path, quick: bool) -> dict[str, Any]:
    return await load.values_per_s(folder, 5 if quick else 20, VALUES_PER_S, CPU_PERCENT)


async def dead(folder: Path, quick: bool) -> dict[str, Any]:
    return await load.one_dead(folder, 19200, 30 if quick else 120, HEALTHY)


async def write(folder: Path, quick: bool) -> dict[str, Any]:
    return await speed.write_wait(folder, 9600, 100 if quick else 500)


async def wrong_values(folder: Path, quick: bool) -> dict[str, Any]:
    return await faults.measure(folder, EXCHANGES // 10 if quick else EXCHANGES)


ROWS: dict[str, tuple[str, Row]] = {
    "rtu": ("exchanges of 10 registers per second, RTU, beside the limit of the wire", rtu),
    "tcp": ("reads of 10 registers per second, TCP, beside pymodbus's asynchronous client", tcp),
    "values": ("20 units x 50 registers every 100 ms over TCP, into the rules", values),
    "dead": ("four healthy units beside a dead one, 1 s poll, 3 s time-out, steady state", dead),
    "write": ("a write amid saturated polling at 9600 baud: wait before its first byte", write),
    "faults": ("wrong values among reads with faults", wrong_values),
}


def _go_first() -> None:
    """Ahead of what else this machine does, where that is allowed: a pole does nothing else. For both sides alike."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


async def measure(only: list[str], quick: bool) -> dict[str, Any]:
    _go_first()
    report: dict[str, Any] = {"stands_on": stands_on()}
    with built() as folder:
        for name in only:
            what, row = ROWS[name]
            report[name] = {"what": what} | await row(folder, quick)
    return report


def main() -> None:
    only, quick = asked_for(str(__doc__).splitlines()[0], ROWS)
    print(json.dumps(asyncio.run(measure(only, quick)), indent=2))


if __name__ == "__main__":
    main()
