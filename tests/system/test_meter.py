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

from pymodbus.simulator import DataType, SimData, SimDevice

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
"""

SHOWN = {0x00: 231.5, 0x06: 4.25, 0x0C: 950.0, 0x1E: 0.97, 0x46: 50.0, 0x48: 1234.5, 0x156: 1240.0}


def meter() -> SimDevice:
    memory = [0] * 0x160
    for at, value in SHOWN.items():
        memory[at : at + 2] = struct.unpack(">HH", struct.pack(">f", value))
    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    nothing = [SimData(60000, values=[0], datatype=DataType.REGISTERS)]
    return SimDevice(7, simdata=(bits, bits, nothing, [SimData(0, values=memory, datatype=DataType.REGISTERS)]))


async def lamppost(*arguments: str) -> tuple[str, str]:
    """What a command printed, and its errors."""
    process = await start(*arguments)
    out, err = await process.communicate()
    return out.decode(), err.decode()


async def start(*arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "agent", *arguments)
    return await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, env=os.environ)


def told(store: Path) -> dict[str, float]:
    """Every measurement that waits for the broker."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as rows:
        found = rows.execute(
            "SELECT data FROM outbox_telemetry WHERE type = 'telemetry.reading' AND subject = 'feeder'"
        )
        readings = [json.loads(data) for (data,) in found]
    return {each["quantity"]: round(each["value"], 3) for each in readings}


def test_a_meter_is_read_and_told_and_its_line_is_the_daemons(serial_slaves: Any, tmp_path: Path) -> None:
    async def main() -> tuple[dict[str, Any], str]:
        async with serial_slaves(meter()) as port, asyncio.timeout(60):
            file, socket = tmp_path / "lamppost.toml", tmp_path / "lamppost.sock"
            file.write_text(POLE.format(folder=tmp_path, port=port))
            daemon = await start("run", "-c", str(file))
            try:
                while not socket.exists():
                    await asyncio.sleep(0.05)
                while len(told(tmp_path / "lamppost.db")) < len(SHOWN):
                    await asyncio.sleep(0.05)
                status, _ = await lamppost("status", "--json", "--socket", str(socket))
                return json.loads(status), (await lamppost("scan", "rs485", "-c", str(file)))[1]
            finally:
                daemon.terminate()
                await daemon.communicate()

    status, refused = asyncio.run(main())
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
    assert refused == "the daemon holds line rs485; stop it first: systemctl stop lamppost\n"
