"""A reload disturbs what it touches alone; a kill at any moment leaves one of two configurations, whole. Prints JSON.

Fifty devices hang on five simulated gateways (Modbus TCP) of a real daemon: thirty distance sensors with a bay each,
and twenty lamps, all polled once a second. One device after the other is given another period and the daemon a SIGHUP.
A bay or a lamp is disturbed when anything is told of it, its lamp is written to, its gateway gets another connection,
or a poll comes later than two periods after the last. The device that is changed is left out of its own round.

Then a daemon with a broker that is never reached lives through reloads between two files and through settings from afar
that are taken back, and is killed in the midst. What the next start would run by must be one of the two, whole.

    .venv/bin/python bench/reload.py [--rounds 20] [--kills 200]
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import multiprocessing
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ports import free_port
from standing import stands_on

from agent.app import App
from agent.clock import SystemClock
from agent.config.problems import ConfigError
from agent.config.schema import Config
from agent.configuration import stored
from agent.configuration.last_good import NAME as LAST_GOOD
from agent.configuration.remote import NAME as REMOTE
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted
from agent.console import Ask, ask_daemon
from agent.lifecycle.life import Refused, Timings

GATEWAYS, SENSORS, LAMPS = 5, 30, 20
PERIOD_S = 1.0
WRITES = frozenset({5, 6, 15, 16})
LATEST_S = 2 * PERIOD_S

POLE = """
[pole]
id = "bench"
site = "bench"
latitude = {latitude}
longitude = 2.3522
socket = "{folder}/l.sock"
clock = "rtc"
profiles_dir = "{folder}"
[store]
path = "{folder}/l.db"
[uplink]
host = "127.0.0.1"
port = {broker}
"""
LINE = '[line.gateway-{n}]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {port}\n'
SENSOR = """
[sensor.sensor-{n}]
kind = "modbus"
line = "gateway-{gateway}"
unit = {unit}
profile = "eye"
period = "{period}"
[bay.bay-{n}]
sensor = "sensor-{n}"
dwell = "0s"
"""
LAMP = """
[lamp.lamp-{n}]
line = "gateway-{gateway}"
unit = {unit}
profile = "relay"
period = "{period}"
"""
EYE = 'description = "an eye"\n[register.distance_mm]\nfunction = 4\naddress = 0\ntype = "u16"\nunit = "mm"\n'
RELAY = """
description = "a dimmer"
[register.level_percent]
function = 3
address = 0
type = "u16"
unit = "%"
write = 6
[lamp]
level = "level_percent"
"""


class Poll(NamedTuple):
    at_s: float
    writes: bool


class Gateway:
    """Answers any unit: distances that say that a bay is occupied, and the level that was written last."""

    def __init__(self, name: str) -> None:
        self.name, self.port, self.connections = name, free_port(), 0
        self.polls: dict[int, list[Poll]] = {}
        self._levels: Counter[int] = Counter()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                number, _, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                answer = self._answer(unit, await reader.readexactly(length - 1))
                writer.write(struct.pack(">HHHB", number, 0, len(answer) + 1, unit) + answer)
        writer.close()

    def _answer(self, unit: int, pdu: bytes) -> bytes:
        function, _, value = struct.unpack(">BHH", pdu[:5])
        self.polls.setdefault(unit, []).append(Poll(time.monotonic(), function in WRITES))
        if function == 6:
            self._levels[unit] = value
            return pdu
        values = [500 if function == 4 else self._levels[unit]] * value
        return struct.pack(f">BB{value}H", function, 2 * value, *values)


class Device(NamedTuple):
    """
    Args:
        told_of: names that the city knows it by.
    """

    name: str
    gateway: int
    unit: int
    told_of: frozenset[str]


def devices() -> list[Device]:
    found = [(f"sensor-{n}", frozenset({f"sensor-{n}", f"bay-{n}"})) for n in range(SENSORS)]
    found += [(f"lamp-{n}", frozenset({f"lamp-{n}"})) for n in range(LAMPS)]
    return [Device(name, at % GATEWAYS, 1 + at // GATEWAYS, names) for at, (name, names) in enumerate(found)]


def configuration(folder: Path, gateways: list[Gateway], changed: str = "") -> str:
    text = POLE.format(folder=folder, broker=free_port(), latitude=48.8566)
    text += "".join(LINE.format(n=n, port=gateway.port) for n, gateway in enumerate(gateways))
    for device in devices():
        kind, _, n = device.name.partition("-")
        period = "1100ms" if device.name == changed else "1s"
        table = SENSOR if kind == "sensor" else LAMP
        text += table.format(n=n, gateway=device.gateway, unit=device.unit, period=period)
    return text


@contextmanager
def daemon(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with (folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@asynccontextmanager
async def tail(socket: Path) -> AsyncIterator[list[dict[str, Any]]]:
    """Events, as they are told."""
    events: list[dict[str, Any]] = []

    async def listen() -> None:
        async for event in ask_daemon(socket, Ask("tail")):
            events.append(event)

    listening = asyncio.create_task(listen())
    try:
        yield events
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def until(true: Any, limit_s: float = 60.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():
            await asyncio.sleep(0.05)


async def disturbed(folder: Path, rounds: int) -> dict[str, Any]:
    (folder / "eye.toml").write_text(EYE)
    (folder / "relay.toml").write_text(RELAY)
    gateways = [Gateway(f"gateway-{n}") for n in range(GATEWAYS)]
    file, all_devices = folder / "lamppost.toml", devices()
    file.write_text(configuration(folder, gateways))
    servers = [await asyncio.start_server(each.talk, "127.0.0.1", each.port) for each in gateways]
    found: list[str] = []
    slowest_s = worst_s = 0.0
    try:
        with daemon(folder) as process:
            await until((folder / "l.sock").exists)
            await until(lambda: sum(len(each.polls) for each in gateways) == len(all_devices))
            async with tail(folder / "l.sock") as events:
                await asyncio.sleep(5)
                for changed in random.Random(1).sample(all_devices, rounds):
                    seen, connections = len(events), [each.connections for each in gateways]
                    begun_s = time.monotonic()
                    file.write_text(configuration(folder, gateways, changed.name))
                    process.send_signal(signal.SIGHUP)
                    await until(lambda seen=seen: any(e["type"] == "pole.configuration" for e in events[seen:]))
                    slowest_s = max(slowest_s, time.monotonic() - begun_s)
                    await asyncio.sleep(3 * PERIOD_S)
                    others = [each for each in all_devices if each.name != changed.name]
                    told = {event["subject"] for event in events[seen:]}
                    for device in others:
                        polls = gateways[device.gateway].polls[device.unit]
                        recent = [poll for poll in polls if poll.at_s >= begun_s - PERIOD_S]
                        gap_s = max((b.at_s - a.at_s for a, b in itertools.pairwise(recent)), default=9.0)
                        worst_s = max(worst_s, gap_s)
                        if told & device.told_of or gap_s > LATEST_S or any(poll.writes for poll in recent):
                            found.append(device.name)
                    found += [e.name for e, n in zip(gateways, connections, strict=True) if e.connections != n]
                    await back(file, folder, gateways, process)
    finally:
        for server in servers:
            server.close()
        await asyncio.sleep(0.2)  # the gateways see that the daemon has hung up
    return {
        "devices": len(all_devices),
        "reloads": rounds,
        "disturbed": sorted(found),
        "longest_gap_s": round(worst_s, 2),
        "reload_s_at_worst": round(slowest_s, 2),
        "met": not found,
    }


async def back(file: Path, folder: Path, gateways: list[Gateway], process: subprocess.Popen[bytes]) -> None:
    """The device that was changed is as it was, before the next one is."""
    file.write_text(configuration(folder, gateways))
    process.send_signal(signal.SIGHUP)
    await asyncio.sleep(3 * PERIOD_S)


async def live(file: Path) -> None:
    """A daemon in a process of its own that reloads and is set from afar again and again."""
    sources = Sources(file)
    found = sources.start()
    app = App(
        found.config,
        SystemClock("rtc"),
        sources=sources,
        found=found,
        timings=Timings(confirm_s=0.05, look_s=0.01),
    )
    running = asyncio.create_task(app.run())
    draw = random.Random()
    assert app.life is not None
    await app.reload()  # once it works
    (file.parent / WORKS).touch()
    while not running.done():
        await asyncio.sleep(0.01)
        write(file, draw.choice(LATITUDES))
        if draw.random() < 0.5:
            await app.reload()
        else:
            with contextlib.suppress(Refused):
                await app.life.set(Wanted(patch={"pole": {"longitude": 3.0 + draw.random()}}), "c")
    running.result()


def _live(file: Path) -> None:
    logging.disable()
    asyncio.run(live(file))


LATITUDES = (48.0, 49.0)
WORKS = "works"


def write(file: Path, latitude: float) -> None:
    """Writes as editors do: whole, or not at all."""
    new = file.with_suffix(".new")
    new.write_text(POLE.format(folder=file.parent, broker=9, latitude=latitude))
    new.replace(file)


def killed(folder: Path, kills: int) -> dict[str, Any]:
    file, draw = folder / "lamppost.toml", random.Random(2)
    expected: list[Config] = []
    for latitude in LATITUDES:
        write(file, latitude)
        expected.append(Sources(file).start().config)
    wrong: list[str] = []
    trials = taken_back = 0
    for at in range(kills):
        process = multiprocessing.get_context("fork").Process(target=_live, args=(file,))
        (folder / WORKS).unlink(missing_ok=True)
        process.start()
        while not (folder / WORKS).exists() and process.is_alive():
            time.sleep(0.005)
        time.sleep(draw.uniform(0.0, 0.4))
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            raise SystemExit(f"the daemon ended by itself with {process.exitcode}")
        state = stored.folder_of(str(folder / "l.db"))
        trials += (state / REMOTE).exists()
        try:
            for name in (REMOTE, LAST_GOOD):
                if (state / name).exists():
                    json.loads((state / name).read_bytes())
            found = Sources(file).start()
        except (ConfigError, OSError, ValueError) as error:
            wrong.append(f"{at}: {error}")
            continue
        taken_back += found.rolled_back
        if found.config not in expected:
            wrong.append(f"{at}: neither of both")
    return {
        "kills": kills,
        "in_a_trial": trials,
        "taken_back_at_the_start": taken_back,
        "wrong": wrong,
        "met": not wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reload-") as one, tempfile.TemporaryDirectory(prefix="reload-") as other:
        rows = {
            "one_of_fifty_changed": asyncio.run(disturbed(Path(one), given.rounds)),
            "kills_around_reload_and_roll_back": killed(Path(other), given.kills),
        }
    print(json.dumps({"stands_on": stands_on()} | rows, indent=2))


if __name__ == "__main__":
    main()
