"""A pole for the rows of this bench: A02 sensors on pseudo-terminals, a lamp over Modbus TCP, `lamppost run` itself.

What is started is the command, so that any checkout of the past can be measured that has it: nothing here knows the
names inside of the agent.
"""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from installed import socket_of
from pole_tables import pole_tables

from agent.simulate.bays import ROAD_MM, ROOF_MM, frame
from agent.simulate.wire import Port

COMMAND_TOPIC = "lamppost/bench/house/command"
NEAR, FAR = frame(ROOF_MM), frame(ROAD_MM)
"""Frames of a sensor above a car, and above the road."""

BAY = """
[sensor.ear-{n}]
kind = "a02"
port = "{port}"
period = "{period_s}s"
silence = "1h"
[bay.bay-{n}]
sensor = "ear-{n}"
dwell = "{dwell_s}s"
silence = "1h"
"""
LAMP = """
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {dimmer_port}
[lamp.lamp-0]
line = "cabinet"
unit = 2
profile = "wb-mdm3"
channel = 0
period = "1s"
"""


@contextmanager
def ports(count: int) -> Iterator[list[Port]]:
    opened = [Port() for _ in range(count)]
    try:
        yield opened
    finally:
        for port in opened:
            port.close()


def configuration(
    folder: Path, heard: Sequence[Port], period_s: float, broker_port: int, dimmer_port: int | None = None
) -> Path:
    """The file of a pole.

    Args:
        period_s: between two frames as between two readings: each frame is a reading of its own.
    """
    keys = f'socket = "{socket_of(folder)}"', 'clock = "rtc"'
    text = pole_tables(folder, *keys, name="house", port=broker_port)
    for n, port in enumerate(heard):
        text += BAY.format(n=n, port=port.path, period_s=period_s, dwell_s=round(3 * period_s, 3))
    file = folder / "lamppost.toml"
    file.write_text(text if dimmer_port is None else text + LAMP.format(dimmer_port=dimmer_port))
    return file


@asynccontextmanager
async def running(
    command: Sequence[str], root: Path, folder: Path, more: Mapping[str, str] = {}
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A command that imports the `agent` of a checkout, ended by SIGTERM at the end of the block."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(root), "PYTHONPYCACHEPREFIX": str(folder / "pycache"), "PYTHONHASHSEED": "0"}
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment | more, cwd="/", stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 60)


def log_of(folder: Path) -> str:
    return (folder / "daemon.log").read_text()[-4000:]


async def status(folder: Path) -> dict[str, Any]:
    """What the daemon says of itself on its local socket."""
    reader, writer = await asyncio.open_unix_connection(socket_of(folder))
    try:
        writer.write(b'{"ask": "status"}\n')
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer
    finally:
        writer.close()


async def started(folder: Path, process: subprocess.Popen[bytes], patience_s: float) -> None:
    """Waits until the daemon answers. If it ends, or never answers, this process ends with its last words."""
    try:
        async with asyncio.timeout(patience_s):
            while not socket_of(folder).exists():
                if process.poll() is not None:
                    raise SystemExit(f"the daemon ended:\n{log_of(folder)}")
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise SystemExit(f"the daemon did not start in {patience_s:g} s:\n{log_of(folder)}") from None
