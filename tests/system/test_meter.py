"""A cabinet meter in a whole daemon: what it reads leaves the pole as telemetry."""

import asyncio
import contextlib
import json
import os
import sqlite3
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.event_catalogue import EVENT_TYPES

POLE = """
[pole]
id = "pole-1"
site = "exampletown"
latitude = 45.7640
longitude = 4.8357
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
gather = "200ms"
[uplink]
host = "127.0.0.1"
port = 1
[line.rs485]
kind = "serial"
port = "{port}"
[meter.feeder]
line = "rs485"
unit = 7
profile = "eastron-sdm230"
period = "100ms"
alarm_after = "200ms"
"""

SHOWN = {0x00: 231.5, 0x06: 4.25, 0x0C: 950.0, 0x1E: 0.97, 0x46: 50.0, 0x48: 1234.5, 0x156: 1240.0}


def words(value: float) -> tuple[int, ...]:
    return struct.unpack(">HH", struct.pack(">f", value))


def meter(shown: dict[int, float]) -> SimDevice:
    """What it shows may change."""

    async def look(function: int, start: int, address: int, count: int, registers: list[int], values: object) -> None:
        for at, value in shown.items():
            registers[at : at + 2] = words(value)

    memory = [0] * 0x160
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
    inputs = [SimData(0, values=memory, datatype=DataType.REGISTERS)]
    return SimDevice(7, simdata=(bits, bits, nothing, inputs), action=look)


async def lamppost(*arguments: str) -> tuple[str, str]:
    """What a command printed, and its errors."""
    process = await start(*arguments)
    out, err = await process.communicate()
    return out.decode(), err.decode()


async def start(*arguments: str, stderr: Any = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "agent", *arguments)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=stderr, env=os.environ)


async def start_daemon(file: Path) -> asyncio.subprocess.Process:
    with (file.parent / "daemon.log").open("ab") as log:
        return await start("run", "-c", str(file), stderr=log)


def waiting(store: Path, kind: str) -> list[dict[str, Any]]:
    """Every event of the meter and of that type that waits for the broker."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as rows:
        table = f"outbox_{EVENT_TYPES[kind].priority.name.lower()}"
        found = rows.execute(f"SELECT data FROM {table} WHERE type = ? AND subject = 'feeder' ORDER BY seq", (kind,))
        return [json.loads(data) for (data,) in found]


def told(store: Path) -> dict[str, float]:
    """Every measurement."""
    readings = waiting(store, "telemetry.reading")
    return {each["quantity"]: round(each["value"], 3) for each in readings}


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_a_meter_is_read_and_told_and_its_line_is_the_daemons(serial_slaves: Any, tmp_path: Path) -> None:
    async def main() -> tuple[dict[str, Any], str, str]:
        async with serial_slaves(meter(SHOWN)) as port, asyncio.timeout(PATIENCE_S):
            file, socket = tmp_path / "lamppost.toml", tmp_path / "lamppost.sock"
            file.write_text(POLE.format(folder=tmp_path, port=port))
            daemon = await start_daemon(file)
            try:
                while not socket.exists():
                    await asyncio.sleep(0.05)
                while len(told(tmp_path / "lamppost.db")) < len(SHOWN):
                    await asyncio.sleep(0.05)
                status, _ = await lamppost("status", "--json", "--socket", str(socket))
                found, _ = await lamppost("scan", "rs485", "--units", "7", "-c", str(file))
                _, refused = await lamppost("scan", "rs485", "--bauds", "19200", "-c", str(file))
                return json.loads(status), found, refused
            finally:
                daemon.terminate()
                await daemon.communicate()

    status, found, refused = asyncio.run(main())
    assert told(tmp_path / "lamppost.db") == {
        "supply_voltage_v": 231.5,
        "supply_current_a": 4.25,
        "active_power_w": 950.0,
        "power_factor": 0.97,
        "frequency_hz": 50.0,
        "active_energy_kwh": 1234.5,
        "total_energy_kwh": 1240.0,
    }
    assert status["devices"]["feeder"]["state"] == "up"
    assert "eastron" in found
    assert refused == (
        "the daemon holds line rs485 at its own baud; for others stop it first: systemctl stop lamppost\n"
    )


@pytest.mark.expects_log("uplink to 127.0.0.1:1 is down: connection refused")
def test_a_voltage_that_goes_astray_is_an_alarm_and_its_end_is_told(serial_slaves: Any, tmp_path: Path) -> None:
    shown = dict(SHOWN)
    high, low, loss = (f"meter.supply_{what}" for what in ("voltage_too_high", "voltage_too_low", "loss"))

    async def main() -> list[dict[str, Any]]:
        store, socket = tmp_path / "lamppost.db", tmp_path / "lamppost.sock"

        async def until(kind: str, active: bool) -> None:
            while not any(data["active"] is active for data in waiting(store, kind)):
                await asyncio.sleep(0.05)

        async with serial_slaves(meter(shown)) as port, asyncio.timeout(PATIENCE_S):
            file = tmp_path / "lamppost.toml"
            file.write_text(POLE.format(folder=tmp_path, port=port))
            daemon = await start_daemon(file)
            try:
                while not socket.exists() or not told(store):
                    await asyncio.sleep(0.05)
                said = []
                for kind, voltage_v in ((high, 260.0), (low, 200.5), (loss, 0.0)):
                    shown[0] = voltage_v
                    await until(kind, True)
                    said.append(json.loads((await lamppost("status", "--json", "--socket", str(socket)))[0]))
                shown[0] = 229.0
                for kind in (high, low, loss):
                    await until(kind, False)
                said.append(json.loads((await lamppost("status", "--json", "--socket", str(socket)))[0]))
                return [each["meters"]["feeder"] for each in said]
            finally:
                daemon.terminate()
                await daemon.communicate()

    astray = asyncio.run(main())
    first = [waiting(tmp_path / "lamppost.db", kind)[0] for kind in (high, low, loss)]
    assert [(data["phase"], data["voltage_v"], data["nominal_v"]) for data in first] == [
        (None, 260.0, 230.0),
        (None, 200.5, 230.0),
        (None, 0.0, 230.0),
    ]
    assert first[1]["detail"] == "200.5 V: below 90 % of 230 V"
    assert f"{loss} supply_voltage_v" in astray[2]["alarms"]
    assert astray[3] == {"supply_voltage_v": 229.0, "alarms": []}
