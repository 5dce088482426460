"""The daemon beside its limits: start to first event at the broker, memory and CPU in an ordinary minute.

Real process, real protocols: four A02 sensors on pseudo-terminals (10 frames a second each, a few cars a minute),
three lamps behind a DALI gateway on an RTU line, one on TCP, all polled once a second, mosquitto as the broker.
Prints JSON.

    .venv/bin/python bench/daemon.py [--seconds 60] [--starts 5]
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiomqtt
import psutil

from agent.simulate import child
from agent.simulate.street import Addresses

LIMIT_RSS_MB = 40.0
LIMIT_CPU_PERCENT = 1.5

POLE = """
[pole]
id = "bench"
site = "bench"
latitude = 48.8566
longitude = 2.3522
socket = "{folder}/lamppost.sock"
clock = "rtc"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
[line.rs485]
kind = "serial"
port = "{gateway}"
baud = 19200
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {dimmer_port}
"""
LAMP = """
[lamp.lamp-{n}]
line = "{line}"
unit = {unit}
profile = "{profile}"
channel = 0
period = "1s"
"""
BAY = """
[sensor.ear-{n}]
kind = "a02"
port = "{port}"
[bay.bay-{n}]
sensor = "ear-{n}"
"""


def configuration(street: Addresses, folder: Path, port: int) -> str:
    text = POLE.format(folder=folder, port=port, gateway=street.gateway, dimmer_port=street.dimmer_port)
    for n in range(3):
        text += LAMP.format(n=n, line="rs485", unit=1, profile="intesis-inmbsdal") + f"short_address = {n}\n"
    text += LAMP.format(n=3, line="cabinet", unit=2, profile="wb-mdm3")
    return text + "".join(BAY.format(n=n, port=port) for n, port in enumerate(street.ears.values()))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[int]:
    port = free_port()
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    server = subprocess.Popen(["/usr/sbin/mosquitto", "-c", settings], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            await asyncio.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(5)


@asynccontextmanager
async def daemon(config: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "run", "-c", str(config)]
    with (config.parent / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


async def start_to_first_event_s(config: Path, port: int) -> float:
    async with aiomqtt.Client("127.0.0.1", port) as city:
        await city.subscribe("lamppost/bench/bench/event/#", qos=1)
        began_s = time.monotonic()
        async with daemon(config):
            async with asyncio.timeout(30):
                await anext(aiter(city.messages))
            return time.monotonic() - began_s


async def idle(config: Path, seconds: float) -> dict[str, float]:
    async with daemon(config) as process:
        await asyncio.sleep(5)
        watched = psutil.Process(process.pid)
        before, began_s = sum(watched.cpu_times()[:2]), time.monotonic()
        await asyncio.sleep(seconds)
        spent_s = sum(watched.cpu_times()[:2]) - before
        return {
            "rss_mb": round(watched.memory_info().rss / 1e6, 1),
            "cpu_percent": round(100 * spent_s / (time.monotonic() - began_s), 2),
            "threads": watched.num_threads(),
        }


async def measure(seconds: float, starts: int) -> dict[str, object]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lamppost-bench-")))
        street = await stack.enter_async_context(child.street(folder / "street.log"))
        port = await stack.enter_async_context(mosquitto(folder))
        config = folder / "lamppost.toml"
        config.write_text(configuration(street, folder, port))
        firsts_s = []
        for _ in range(starts):
            (folder / "lamppost.db").unlink(missing_ok=True)
            firsts_s.append(await start_to_first_event_s(config, port))
        return {
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
            "start_to_first_event_s": {"median": round(statistics.median(firsts_s), 3), "max": round(max(firsts_s), 3)},
            "idle": await idle(config, seconds),
            "limit": {"rss_mb": LIMIT_RSS_MB, "cpu_percent": LIMIT_CPU_PERCENT},
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--starts", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(asyncio.run(measure(arguments.seconds, arguments.starts)), indent=2))


if __name__ == "__main__":
    main()
