"""Polling: 20 units of 50 registers every 100 ms into the rules, and what one dead unit costs the other four."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from pole_tables import pole_tables

from agent.assembly import Builder, Components
from agent.clock import SystemClock
from agent.configuration import Config, load
from agent.store import Store
from agent.supervise import Supervisor
from drivers.base import Reading
from drivers.line import Line
from drivers.modbus import Master
from wire.far import Slave, server, slave

LAMP = """
[lamp.{name}]
line = "{line}"
unit = {unit}
profile = "bench"
period = "{period}"
"""
REGISTER = """
[register.{name}]
function = 3
address = {address}
type = "u16"
unit = "1"
"""
UNITS, VALUES = 20, 50
DEAD, TIMEOUT_S = 5, 3


def head(folder: Path) -> str:
    """A pole without devices, whose own profiles and store lie in a folder."""
    return pole_tables(folder, 'clock = "rtc"', f'profiles_dir = "{folder}"')


def profile(values: int) -> str:
    """One read of that many registers, each a value of its own."""
    text = 'description = "as many registers as are wanted, in one read"\n'
    text += REGISTER.format(name="level_percent", address=0) + "write = 6\n"
    text += "".join(REGISTER.format(name=f"value_{at}", address=at) for at in range(1, values))
    return text + '[lamp]\nlevel = "level_percent"\n'


class Pole:
    """What the daemon runs between its lines and its store: drivers, supervisors and rules.

    Args:
        values: per device, how many readings its rules have taken.
    """

    def __init__(self, components: Components) -> None:
        self.values: Counter[str] = Counter()
        self.polls: Counter[str] = Counter()
        self._parts = components
        self.supervisors = [Supervisor(driver, self._emit) for driver in components.drivers]

    async def _emit(self, reading: Reading) -> None:
        for listen in self._parts.listeners[reading.device]:
            await listen(reading)
        self.values[reading.device] += 1
        if reading.quantity == "level_percent":
            self.polls[reading.device] += 1


@asynccontextmanager
async def pole(
    folder: Path, text: str, values: int, driven: bool = False
) -> AsyncIterator[tuple[Pole, Mapping[str, Master]]]:
    folder.mkdir(exist_ok=True)
    (folder / "bench.toml").write_text(profile(values))
    (folder / "pole.conf").write_text(head(folder) + text)
    config: Config = load(folder / "pole.conf")
    clock = SystemClock(config.pole.clock)
    async with AsyncExitStack() as stack:
        store = Store(folder / "lamppost.db", max_bytes=1 << 28, boot=clock.boot, subject="bench")
        await stack.enter_async_context(store)
        masters = {
            name: Master(await stack.enter_async_context(Line(name, line))) for name, line in config.line.items()
        }
        components = await Builder(config, store, store.commit, clock, clock, masters).build()
        running = Pole(components)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run()) for each in running.supervisors]
            tasks += [group.create_task(each.run()) for each in components.tasks] if driven else []
            yield running, masters
            for task in tasks:
                task.cancel()


async def values_per_s(folder: Path, seconds: float, target_per_s: float, cpu_limit_percent: float) -> dict[str, Any]:
    with server(folder) as port:
        text = f'[line.gateway]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {port}\nin_flight = 4\n'
        for unit in range(1, UNITS + 1):
            text += LAMP.format(name=f"lamp-{unit}", line="gateway", unit=unit, period="100ms")
        async with pole(folder / "load", text, VALUES) as (running, _):
            await asyncio.sleep(3)
            before, begun_s, cpu_s = running.values.total(), time.perf_counter(), time.process_time()
            await asyncio.sleep(seconds)
            elapsed_s = time.perf_counter() - begun_s
            per_s = (running.values.total() - before) / elapsed_s
            cpu_percent = 100 * (time.process_time() - cpu_s) / elapsed_s
    wanted_per_s = UNITS * VALUES * 10
    return {
        "counted": "readings that the rules of their device (lighting and telemetry) have taken, one by one",
        "values_per_s": round(per_s),
        "target_per_s": target_per_s,
        "of_wanted": round(per_s / wanted_per_s, 4),
        "cpu_percent_of_a_core": round(cpu_percent, 1),
        "cpu_limit_percent": cpu_limit_percent,
        "met": per_s >= 0.995 * target_per_s and cpu_percent <= cpu_limit_percent,
        "published_peer": "thingsboard-gateway 3.8.5, measured apart: 767 values/s at 62.5 % of a core",
    }


async def one_driven(folder: Path, baud: int, seconds: float, target: float) -> dict[str, Any]:
    """The same from the first second on, and every lamp is told its level, the dead one too."""
    with slave(folder, "wire", baud, DEAD) as ill, slave(folder, "wire", baud, DEAD) as well:
        async with pole(folder / "driven", _two_lines(ill, well, baud), 10, driven=True) as (running, _):
            await asyncio.sleep(seconds)
            told = _beside(running.polls, target)
    return told | {"seconds": seconds}


def _two_lines(ill: Slave, well: Slave, baud: int) -> str:
    """Tables of a line with a dead unit among five, and of one without it."""
    text = ""
    for line, far, units in (("ill", ill, range(1, DEAD + 1)), ("well", well, range(1, DEAD))):
        text += f'[line.{line}]\nkind = "serial"\nport = "{far.paths[0]}"\nbaud = {baud}\n'
        text += f'timeout = "{TIMEOUT_S}s"\n'
        text += "".join(LAMP.format(name=f"{line}-{unit}", line=line, unit=unit, period="1s") for unit in units)
    return text


def _beside(polls: Counter[str], target: float) -> dict[str, Any]:
    """Polls of the healthy units of both lines."""
    pairs = [(polls[f"ill-{unit}"], polls[f"well-{unit}"]) for unit in range(1, DEAD)]
    ratio = sum(one for one, _ in pairs) / sum(other for _, other in pairs)
    return {
        "polls_with_and_without_it": pairs,
        "ratio": round(ratio, 4),
        "worst_unit": round(min(one / other for one, other in pairs), 4),
        "target": target,
        "met": ratio >= target,
    }


async def one_dead(folder: Path, baud: int, seconds: float, target: float) -> dict[str, Any]:
    """Two lines side by side, one with a dead unit among five, one without it, after the pauses have grown."""
    with slave(folder, "wire", baud, DEAD) as ill, slave(folder, "wire", baud, DEAD) as well:
        async with pole(folder / "dead", _two_lines(ill, well, baud), 10) as (running, masters):
            begun_s = time.monotonic()
            while not (masters["ill"].line.is_unresponsive(DEAD) and _settled(running)):
                await asyncio.sleep(0.2)
            settled_s, before = time.monotonic() - begun_s, running.polls.copy()
            await asyncio.sleep(seconds)
            polls = running.polls - before
    return _beside(polls, target) | {
        "steady_after_s": round(settled_s),
        "peer": "thingsboard-gateway 3.8.5, measured apart: 0",
    }


def _settled(running: Pole) -> bool:
    """The dead device has been down for a minute: its pauses have grown to half a minute and more."""
    dead = next(each for each in running.supervisors if each.name == f"ill-{DEAD}")
    return dead.down_because is not None and min(running.polls.values(), default=0) >= 60
