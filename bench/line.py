"""The line beside the limit of its wire and beside pymodbus's client, each in the same run.

The far ends are C programs in processes of their own (bench/wire/*.c, built here): Modbus RTU units on
pseudo-terminals that answer at the speed of a wire, or with faults, and libmodbus's server on TCP.
Prints one JSON. Needs gcc, pkg-config and libmodbus-dev. Takes about twelve minutes; --only takes rows alone.

Two rows need other people's programs, each in an environment of its own, and are left out with a sentence where none is
named: a gateway from Modbus TCP to RTU (mbtcp-tcp2rtu of PyPI's pymodbustcp-cli, mbusd), and thingsboard-gateway 3.8.5.

    .venv/bin/python bench/line.py [--quick] [--only rtu,half,tcp,values,dead,driven,write,faults,second,...]
        [--gateway VENV/bin/mbtcp-tcp2rtu MBUSD] [--thingsboard VENV/bin/thingsboard-gateway]
"""

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rows import asked_with
from standing import stands_on
from wire import faults, gateways, load, peer, second, speed
from wire.far import built

RTU = {9600: 0.97, 19200: 0.97, 115200: 0.90}
TCP = 1.1
VALUES_PER_S, CPU_PERCENT = 10_000, 40.0
HEALTHY = 0.98
FROM_THE_FIRST_MINUTE = 0.95
EXCHANGES = 10_000
RIGHT_AT_LEAST = 5_000


class Asked(NamedTuple):
    """
    Args:
        folder: with the far ends.
        quick: for a look.
        gateways, thingsboard: other people's programs.
    """

    folder: Path
    quick: bool
    gateways: Sequence[Path] = ()
    thingsboard: Sequence[Path] = ()


Row = Callable[[Asked], Awaitable[dict[str, Any]]]


async def rtu(asked: Asked) -> dict[str, Any]:
    return await _at_each_speed(asked, slow=False)


async def half(asked: Asked) -> dict[str, Any]:
    return await _at_each_speed(asked, slow=True)


async def _at_each_speed(asked: Asked, slow: bool) -> dict[str, Any]:
    seconds = 1 if asked.quick else 4
    return {
        f"{baud} baud": await speed.rtu(asked.folder, baud, target, seconds, slow=slow) for baud, target in RTU.items()
    }


async def tcp(asked: Asked) -> dict[str, Any]:
    return await speed.tcp(asked.folder, TCP, rounds=5 if asked.quick else 11, seconds=1.0)


async def values(asked: Asked) -> dict[str, Any]:
    return await load.values_per_s(asked.folder, 5 if asked.quick else 20, VALUES_PER_S, CPU_PERCENT)


async def dead(asked: Asked) -> dict[str, Any]:
    return await load.one_dead(asked.folder, 19200, 30 if asked.quick else 120, HEALTHY)


async def driven(asked: Asked) -> dict[str, Any]:
    return await load.one_driven(asked.folder, 19200, 60, FROM_THE_FIRST_MINUTE)


async def write(asked: Asked) -> dict[str, Any]:
    return await speed.write_wait(asked.folder, 9600, 100 if asked.quick else 500)


async def wrong_values(asked: Asked) -> dict[str, Any]:
    return await faults.measure(asked.folder, EXCHANGES // 10 if asked.quick else EXCHANGES)


async def second_master(asked: Asked) -> dict[str, Any]:
    return await second.measure(asked.folder, RIGHT_AT_LEAST // (10 if asked.quick else 1))


async def late_gateway(asked: Asked) -> dict[str, Any]:
    return await gateways.measure(asked.folder, asked.gateways, RIGHT_AT_LEAST // (10 if asked.quick else 1))


async def beside_peer(asked: Asked) -> dict[str, Any]:
    return await peer.measure(asked.folder, asked.thingsboard, 10 if asked.quick else 30)


ROWS: dict[str, tuple[str, Row]] = {
    "rtu": ("exchanges of 10 registers per second, RTU, beside the limit of the wire", rtu),
    "half": ("the same on half a processor: a real-time process takes 40 of each 100 us (needs root)", half),
    "tcp": ("reads of 10 registers per second, TCP, beside pymodbus's asynchronous client", tcp),
    "values": ("20 units x 50 registers every 100 ms over TCP, into the rules", values),
    "dead": ("four healthy units beside a dead one, 1 s poll, 3 s time-out, steady state", dead),
    "driven": ("the same in the first minute, and all lamps are told a level, the dead one too", driven),
    "write": ("a write amid saturated polling at 9600 baud: wait before its first byte", write),
    "faults": ("wrong values among reads with faults", wrong_values),
    "second": ("wrong values where a second master asks the same units", second_master),
    "late-gateway": ("wrong values through another maker's gateway whose units answer late", late_gateway),
    "peer": ("values at a subscriber from 20 units x 50 changing registers, beside thingsboard-gateway", beside_peer),
}

PROGRAMS = {
    "gateway": "gateways from Modbus TCP to RTU: " + ", ".join(gateways.KNOWN),
    "thingsboard": "thingsboard-gateway of an environment of its own",
}


def _go_first() -> None:
    """Ahead of what else this machine does, where that is allowed: a pole does nothing else. For both sides alike."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


async def measure(only: list[str], quick: bool, theirs: Sequence[Path], thingsboard: Sequence[Path]) -> dict[str, Any]:
    _go_first()
    report: dict[str, Any] = {"stands_on": stands_on()}
    with built() as folder:
        for name in only:
            what, row = ROWS[name]
            load_before = round(os.getloadavg()[0], 1)
            report[name] = {"what": what, "load_before": load_before} | await row(
                Asked(folder, quick, theirs, thingsboard)
            )
    return report


def main() -> None:
    asked = asked_with(str(__doc__).splitlines()[0], ROWS, PROGRAMS)
    report = asyncio.run(measure(asked.only, asked.quick, asked.gateway, asked.thingsboard))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
