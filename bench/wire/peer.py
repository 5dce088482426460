"""Values that a subscriber gets from 20 units x 50 changing registers: lamppost beside thingsboard-gateway.

One after the other, with the same server of registers and the same broker, each a process of its own that polls as
often. Every answer holds other values than the one before, and both are told to pass on each: lamppost, which saves a
city what is no news, by a heartbeat of half the period. Lamppost sends a message for each value, which waits in its
store until it is acknowledged; the other reads a unit as one range and sends its values together, from memory.
"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiomqtt
import installed
import psutil
from pole_tables import pole_tables
from uplink.broker import mosquitto

from wire.far import server
from wire.load import UNITS, VALUES

PERIODS_MS = (1000, 100)
SETTLED_S = 15.0
VERSION = "3.8.5"
NONE = "skipped: no thingsboard-gateway was named: --thingsboard VENV/bin/thingsboard-gateway (PyPI, 3.8.5)"

LINE = """
[line.gateway]
kind = "tcp"
host = "127.0.0.1"
port = {server}
in_flight = 4
"""
SENSOR = """
[sensor.unit-{unit}]
kind = "modbus"
line = "gateway"
unit = {unit}
profile = "changing"
period = "{period_ms}ms"
"""
REGISTER = """
[register.value_{address}]
function = 3
address = {address}
type = "u16"
unit = "1"
dead_band = 0
heartbeat = "{heartbeat_ms}ms"
"""
DISTANCE = f"""
[register.distance_mm]
function = 3
address = {VALUES}
type = "u16"
unit = "mm"
"""
"""A register without which a profile is none of a sensor; it does not count."""
LIMITS = {"maxPayloadSize": 65536, "maxInflightMessages": 1000, "rateLimits": {}, "gatewayRateLimits": {}}
"""Limits of a session, as the city's side of thingsboard-gateway tells it: none."""
ASKED, ANSWERED = "v1/devices/me/rpc/request/", "v1/devices/me/rpc/response/"

Count = Callable[[str], int]
"""The values in one message that came."""


async def measure(folder: Path, programs: Sequence[Path], seconds: int) -> dict[str, Any]:
    if not programs:
        return {"skipped": NONE}
    rows = {f"each {ms} ms": await _beside(folder / f"each-{ms}", programs[0], ms, seconds) for ms in PERIODS_MS}
    return {"seconds": seconds} | rows


async def _beside(folder: Path, program: Path, period_ms: int, seconds: int) -> dict[str, Any]:
    folder.mkdir()
    with server(folder.parent, "changing") as port, mosquitto(folder) as broker:
        with _ours(folder / "ours", port, broker.port, period_ms) as process:
            ours = await _watched(process, broker.port, "lamppost/#", values_of_ours, seconds)
        with _theirs(folder / "theirs", program, port, broker.port, period_ms) as process:
            async with _session_limits(broker.port):
                theirs = await _watched(process, broker.port, "v1/gateway/telemetry", values_of_theirs, seconds)
    due_per_s = UNITS * VALUES * 1000 // period_ms
    return {"due_per_s": due_per_s, "lamppost": ours, f"thingsboard_gateway_{VERSION}": theirs}


def values_of_ours(payload: str) -> int:
    told = json.loads(payload)
    return int(told.get("type") == "telemetry.reading" and told["data"]["quantity"].startswith("value_"))


def values_of_theirs(payload: str) -> int:
    """A message has several devices, each of which has several moments with several values."""
    return sum(len(moment["values"]) for moments in json.loads(payload).values() for moment in moments)


async def _watched(
    process: "subprocess.Popen[bytes]", broker: int, topic: str, count: Count, seconds: int
) -> dict[str, Any]:
    """What comes under a topic in so many seconds, once it has settled, and what the process takes for it."""
    await asyncio.sleep(SETTLED_S)
    if process.poll() is not None:
        return {"values_per_s": 0.0}
    before_s = _cpu_s(process.pid)
    heard = await _heard(broker, topic, seconds)
    cpu_s = _cpu_s(process.pid) - before_s
    values = sum(map(count, heard))
    return {
        "values_per_s": round(values / seconds, 1),
        "messages_per_s": round(len(heard) / seconds, 1),
        "cpu_percent_of_a_core": round(100 * cpu_s / seconds, 1),
        "cpu_us_a_value": round(1e6 * cpu_s / values) if values else None,
    }


async def _heard(broker: int, topic: str, seconds: int) -> list[str]:
    """Payloads, by a process that does nothing else."""
    program = shutil.which("mosquitto_sub")
    if program is None:
        raise SystemExit("mosquitto_sub is not installed: apt-get install mosquitto-clients")
    words = [program, "-p", str(broker), "-t", topic, "-q", "1", "-R", "-W", str(seconds)]
    process = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    said, _ = await process.communicate()
    return said.decode().splitlines()


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process and of its children."""
    one = psutil.Process(pid)
    times = [each.cpu_times() for each in (one, *one.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


@contextlib.contextmanager
def _ours(folder: Path, port: int, broker: int, period_ms: int) -> Iterator["subprocess.Popen[bytes]"]:
    folder.mkdir()
    registers = (REGISTER.format(address=address, heartbeat_ms=period_ms // 2) for address in range(VALUES))
    (folder / "changing.toml").write_text('description = "registers that change"\n' + "".join(registers) + DISTANCE)
    keys = f'socket = "{installed.socket_of(folder)}"', 'clock = "rtc"', f'profiles_dir = "{folder}"'
    text = pole_tables(folder, *keys, port=broker) + LINE.format(server=port)
    text += "".join(SENSOR.format(unit=unit, period_ms=period_ms) for unit in range(1, UNITS + 1))
    (folder / "pole.toml").write_text(text)
    command = [sys.executable, "-P", "-m", "agent", "run", "-c", str(folder / "pole.toml")]
    with _running(command, folder, installed.of_service()) as process:
        yield process


@contextlib.contextmanager
def _theirs(folder: Path, program: Path, port: int, broker: int, period_ms: int) -> Iterator["subprocess.Popen[bytes]"]:
    (folder / "logs").mkdir(parents=True)
    for name, content in configuration_of_theirs(port, broker, period_ms).items():
        (folder / name).write_text(json.dumps(content))
    with _running([str(program)], folder, {"TB_GW_CONFIG_DIR": str(folder), "PIP_NO_INDEX": "1"}) as process:
        yield process


@contextlib.contextmanager
def _running(command: list[str], folder: Path, more: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "said.log").open("wb") as said:
        process = subprocess.Popen(command, cwd=folder, env=os.environ | more, stdout=said, stderr=said)
    try:
        yield process
        if process.poll() is not None:
            raise SystemExit((folder / "said.log").read_text()[-2000:])
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def configuration_of_theirs(port: int, broker: int, period_ms: int) -> dict[str, Any]:
    """The files of its configuration: each value in a message as it comes, nothing else that would take time."""
    slaves = [_slave_of_theirs(unit, port, period_ms) for unit in range(1, UNITS + 1)]
    security = {"type": "accessToken", "accessToken": "bench"}
    city = {"host": "127.0.0.1", "port": broker, "security": security, "qos": 1, "remoteConfiguration": False}
    city |= {"statistics": {"enable": False}, "reportStrategy": {"type": "ON_RECEIVED"}}
    connector = {"name": "modbus", "type": "modbus", "configuration": "modbus.json"}
    return {
        "tb_gateway.json": {"thingsboard": city, "storage": {"type": "memory"}, "connectors": [connector]},
        "modbus.json": {"master": {"slaves": slaves}},
        "logs.json": {"version": 1, "root": {"level": "WARNING"}},
    }


def _slave_of_theirs(unit: int, port: int, period_ms: int) -> dict[str, Any]:
    """All registers of a unit in one read, as the pole reads them."""
    block = {"address": f"0-{VALUES - 1}", "maxRegistersPerRequest": VALUES, "objectsCount": 1}
    slave = {"host": "127.0.0.1", "port": port, "type": "tcp", "method": "socket", "unitId": unit}
    slave |= {"deviceName": f"unit-{unit}", "deviceType": "default", "pollPeriod": period_ms, "timeout": 3}
    value = {"tag": "value_${address}", "type": "16uint", "functionCode": 3}
    return slave | {"timeseries": [value | block], "attributes": [], "attributeUpdates": [], "rpc": []}


@contextlib.asynccontextmanager
async def _session_limits(broker: int) -> AsyncIterator[None]:
    """Stands in for the city's side, which the gateway asks for the limits of its session before it sends anything."""
    async with aiomqtt.Client("127.0.0.1", broker) as city:
        await city.subscribe(f"{ASKED}+", qos=1)
        answering = asyncio.create_task(_answer(city))
        try:
            yield
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)


async def _answer(city: aiomqtt.Client) -> None:
    async for message in city.messages:
        number = message.topic.value.removeprefix(ASKED)
        await city.publish(ANSWERED + number, json.dumps(LIMITS), qos=1)
