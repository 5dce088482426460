"""Does the memory of the daemon grow? Half an hour at ten times the usual rates. Prints JSON.

The scene of bench/daemon.py, but all lamps and sensors ten times a second, and a city that has a lamp dimmed twice a
second: commands, outcomes, levels. RSS is read each minute; what counts is that of the end beside that of the second
minute. It is the wheel with Debian's own Python, started as the service is, all byte code there.

With --trace the daemon runs under tracemalloc, which takes memory itself: where that was allocated which has come since
the second minute is told, and RSS is not judged.

    .venv/bin/python bench/soak [--minutes 30] [--link plain] [--trace] [--root /] [--python PYTHON]
"""

import argparse
import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import aiomqtt
import psutil

sys.path.append(str(Path(__file__).parents[1]))
import installed
from daemon import LINKS, STANDING, Scene, prepared
from installed import Interpreter
from ports import free_port
from uplink.broker import TLS, mosquitto, self_signed

from agent.simulate import child
from agent.simulate.city import override

TRACED = Path(__file__).with_name("traced.py")
LIMIT_GROWTH_MB = 0.3
SETTLED_MINUTES = 2
PERIOD = "100ms"
COMMAND_S = 0.5
LAMPS = 4
SNAPSHOT_S = 600.0
TOPIC = "lamppost/bench/bench"


class City:
    """What the pole told, and whoever commands it."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.commands = self.events = 0

    async def listen(self) -> None:
        async for _ in self._client.messages:
            self.events += 1

    async def command(self) -> None:
        """A level that is another one each time, so that each command has its outcome and changes a lamp."""
        for number in count():
            level_percent = 20.0 + number // LAMPS % 8 * 10
            order = override(f"soak-{number}", f"lamp-{number % LAMPS}", level_percent, "1min", datetime.now(UTC))
            await self._client.publish(f"{TOPIC}/command", json.dumps(order), qos=1)
            self.commands += 1
            await asyncio.sleep(COMMAND_S)


@asynccontextmanager
async def city(port: int) -> AsyncIterator[City]:
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(f"{TOPIC}/event/#", qos=0)
        city = City(client)
        tasks = [asyncio.create_task(city.listen()), asyncio.create_task(city.command())]
        try:
            yield city
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def memory(pid: int) -> dict[str, float]:
    info = psutil.Process(pid).memory_info()
    return {"rss_mb": round(info.rss / 1e6, 2), "of_it_files_mb": round(info.shared / 1e6, 2)}


async def soak(scene: Scene, interpreter: Interpreter, link: str, minutes: int) -> dict[str, Any]:
    """RSS each minute, and how much it has grown since the second."""
    async with scene.daemon(interpreter, link) as process, city(scene.port) as there:
        each = []
        for _ in range(minutes):
            await asyncio.sleep(60)
            each.append(memory(process.pid))
        grown = each[-1]["rss_mb"] - each[SETTLED_MINUTES - 1]["rss_mb"]
        return {
            "grown_mb": round(grown, 2),
            "within_limit": grown <= LIMIT_GROWTH_MB,
            "minutes": each,
            "commands": there.commands,
            "events": there.events,
        }


async def trace(scene: Scene, interpreter: Interpreter, link: str, minutes: int) -> list[dict[str, Any]]:
    """What of that which is there at the end has come since the second minute, the most first."""
    told = scene.folder / "traced.json"
    program = (shutil.copy(TRACED, scene.folder), str(told))
    async with scene.daemon(interpreter, link, program) as process, city(scene.port):
        await asyncio.sleep(60 * SETTLED_MINUTES)
        process.send_signal(signal.SIGUSR1)
        await asyncio.sleep(60 * (minutes - SETTLED_MINUTES))
        process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(SNAPSHOT_S):
            while not told.exists():
                await asyncio.sleep(0.5)
    grown: list[dict[str, Any]] = json.loads(told.read_text())
    return grown


async def measure(
    folder: Path, interpreters: list[Interpreter], link: str, minutes: int, traced: bool
) -> dict[str, Any]:
    report: dict[str, Any] = {"limit": {"grown_mb": LIMIT_GROWTH_MB}, "period": PERIOD, "command_s": COMMAND_S}
    async with child.street(folder / "street.log") as street:
        self_signed(folder)
        tls_port = free_port()
        with mosquitto(folder, f"listener {tls_port} 127.0.0.1\n{TLS.format(folder)}") as broker:
            scene = Scene(folder, street, broker, tls_port, PERIOD)
            for each in interpreters:
                tls = "all" if link == "tls" else "none"
                report[each.name] = {"stands_on": json.loads(each.asked(STANDING, tls))}
                run = trace if traced else soak
                report[each.name]["grown" if traced else "memory"] = await run(scene, each, link, minutes)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--minutes", type=int, default=30, help=f"more than {SETTLED_MINUTES}")
    parser.add_argument("--link", choices=LINKS, default="plain")
    parser.add_argument("--trace", action="store_true", help="name what grows")
    parser.add_argument("--root", type=Path, default=installed.HERE, help="where Debian lies")
    parser.add_argument("--python", nargs="+", default=[], help="interpreters that have lamppost, as they stand")
    arguments = parser.parse_args()
    if arguments.minutes <= SETTLED_MINUTES:
        parser.error(f"--minutes {arguments.minutes}: growth is told from minute {SETTLED_MINUTES} on")
    if arguments.root != installed.HERE:
        installed.in_own_mounts()
    with prepared([arguments.root], [], arguments.python) as (folder, interpreters):
        chosen = interpreters if arguments.python else interpreters[:1]
        report = asyncio.run(measure(folder, chosen, arguments.link, arguments.minutes, arguments.trace))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
