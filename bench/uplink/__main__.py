"""The uplink beside mosquitto, and the disk beneath it: one row for each promise, all in one run.

Prints one JSON. Needs mosquitto, valgrind, gcc, pkg-config and libmodbus-dev. --only takes rows alone.

    .venv/bin/python bench/uplink [--quick] [--only drain,chaos]
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import chaos
import cost
import counted
import custody
import damage
import dead_unit
import drain
import fleet
import handshakes
import outage
import power_cut
import wear

sys.path.append(str(Path(__file__).parents[1]))
from rows import asked_for
from standing import stands_on

Row = Callable[[Path, bool], Awaitable[dict[str, Any]]]
"""Measures in a folder of its own, on a real disk; shorter where the second argument is true."""

ROWS: dict[str, tuple[str, Row]] = {
    "chaos": ("agent or broker killed, broker frozen, link cut at any byte, disk full, at 200 events/s", chaos.measure),
    "damage": (
        "random damages to the files of a store that was killed: what is lost, told and saved",
        damage.TRIALS.measure,
    ),
    "power_cuts": ("power cuts, played from a log of writes and flushes", power_cut.TRIALS.measure),
    "cost": ("what the mark and the log cost an event: instructions and bytes to the disk", cost.measure),
    "custody": ("the broker killed again and again at random moments, with a consumer that confirms", custody.measure),
    "outage": ("seven days without a broker at one event a second, in simulated time", outage.measure),
    "wear": ("bytes written to the disk per telemetry reading and per event", wear.measure),
    "dead_unit": (
        "one of 5 Modbus units dead and the broker down: what the rules told and what came",
        dead_unit.measure,
    ),
    "fleet": ("2 000 simulated poles that come back to one broker after its restart", fleet.measure),
    "handshakes": ("what a session costs the broker, plain and with TLS", handshakes.measure),
    "drain": ("stored events drained into mosquitto, beside aiomqtt publishing the same from memory", drain.measure),
    "counted": ("instructions of an event that is drained, and of one that aiomqtt publishes", counted.measure),
}


async def measure(only: list[str], quick: bool) -> dict[str, Any]:
    report: dict[str, Any] = {
        "stands_on": stands_on(tls="half of the rows handshakes, drain and counted, nothing else")
    }
    for name in only:
        what, row = ROWS[name]
        # Beside the sources, not under /tmp: that may be a disk in memory, which wears by nothing.
        with tempfile.TemporaryDirectory(prefix=".bench-", dir=Path(__file__).parent) as folder:
            report[name] = {"what": what} | await row(Path(folder), quick)
    return report


def main() -> None:
    only, quick = asked_for(str(__doc__).splitlines()[0], ROWS)
    print(json.dumps(asyncio.run(measure(only, quick)), indent=2))


if __name__ == "__main__":
    main()
