"""What forty quantities cost a whole daemon: four of them at the same time, of which three measure and one does not.

All have a device on Modbus TCP that is asked each second, as any pole has. One has besides a device with forty
registers in one block, asked each second, and a station that reckons all of them; another one forty devices with a
register each, asked each minute, and such a station; the last one these forty each six seconds, whose means of a minute
are of ten readings, as those of ten minutes are of the third one: what it writes is counted, what it takes is not. The
peer is pymodbus's own server, a process of its own; its values move within their dead bands, as those of the air do. A
broker acknowledges what the city is told.

    .venv/bin/python bench/sensing.py --only daemon
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil
from installed import CHECKOUT, of_service
from pole_tables import pole_tables
from ports import free_port
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from uplink.broker import mosquitto

QUANTITIES = 40
EVER = QUANTITIES + 2
"""Unit of the device that all have; the others are below."""
SETTLED_S, SECONDS, LOOK_S = 20.0, 120.0, 5.0
WRITES = "bytes_a_reading"
LIMIT = {"rss_mb": 2.0, "cpu_percent": 1.0, WRITES: 400}
"""The last is what a telemetry reading costs the disk with the broker away: "Wear" in docs/benchmarks.md."""

LINE = '[line.cabinet]\nkind = "tcp"\nhost = "127.0.0.1"\nport = {port}\n'
SENSOR = """
[sensor.{name}]
kind = "modbus"
line = "cabinet"
unit = {unit}
profile = "{profile}"
period = "{period}"
"""
STATION = "\n[station.square]\n"
QUANTITY = """
[station.square.quantity.q{n}]
device = "{device}"
reads = "q{reads}_ug_m3"
unit = "ug/m3"
method = "mean"
windows = {windows}
stands = "{period}"
"""
REGISTER = """
[register.q{n}_ug_m3]
function = 3
address = {n}
type = "u16"
scale = 0.1
unit = "µg/m³"
"""
SHORT, LONG = '["1min", "10min", "1h"]', '["10min", "1h"]'
"""A mean of a minute needs more than a reading each minute."""

ONE, BLOCK, APART, FASTER = "one", "block", "apart", "faster"


class Kind(NamedTuple):
    """
    Args:
        text: tables beside those of all.
        readings_per_s: of the quantities that its station reckons.
        told: what is told of it.
    """

    text: str
    readings_per_s: float
    told: frozenset[str]


def kinds() -> dict[str, Kind]:
    block = SENSOR.format(name="block", unit=1, profile="block", period="1s") + STATION
    block += "".join(
        QUANTITY.format(n=n, reads=n, device="block", period="1s", windows=SHORT) for n in range(QUANTITIES)
    )
    return {
        ONE: Kind("", 0.0, frozenset()),
        BLOCK: Kind(block, float(QUANTITIES), frozenset(LIMIT)),
        APART: Kind(_apart("1min", LONG), QUANTITIES / 60, frozenset(LIMIT) - {WRITES}),
        FASTER: Kind(_apart("6s", '["1min"]'), QUANTITIES / 6, frozenset({WRITES})),
    }


def _apart(period: str, windows: str) -> str:
    numbers = range(QUANTITIES)
    sensors = (SENSOR.format(name=f"air-{n}", unit=1 + n, profile="single", period=period) for n in numbers)
    quantities = (QUANTITY.format(n=n, reads=0, device=f"air-{n}", period=period, windows=windows) for n in numbers)
    return "".join(sensors) + STATION + "".join(quantities)


def measure(quick: bool) -> dict[str, Any]:
    """Two and a half minutes; in short half a minute, in which hardly a window closes."""
    seconds = 15.0 if quick else SECONDS
    # Beside the sources: on the disk where they lie.
    with TemporaryDirectory(prefix=".bench-", dir=CHECKOUT) as path, ExitStack() as stack:
        folder, port = Path(path), free_port()
        stack.enter_context(_ended([sys.executable, __file__, str(port)], folder / "peer.log"))
        broker = stack.enter_context(mosquitto(folder))
        processes = {
            name: stack.enter_context(_daemon(folder / name, kind.text, port, broker.port))
            for name, kind in kinds().items()
        }
        while not all(
            _socket(broker.port, name).exists() or each.poll() is not None for name, each in processes.items()
        ):
            time.sleep(0.5)
        time.sleep(SETTLED_S)
        found = _watched(processes, seconds)
    return {"seconds": seconds, "limit": LIMIT, "load_after": round(os.getloadavg()[0], 1)} | _beside(found, seconds)


def _beside(found: dict[str, dict[str, float]], seconds: float) -> dict[str, Any]:
    """What each takes, and what those that measure add to what the other one takes."""
    report: dict[str, Any] = {
        name: {key: round(value, 3) for key, value in each.items()} for name, each in found.items()
    }
    for name, kind in kinds().items():
        more = {key: found[name][key] - found[ONE][key] for key in found[name]}
        more |= {WRITES: more["written"] / (kind.readings_per_s * seconds)} if kind.readings_per_s else {}
        if kind.told:
            report[f"{name}_adds"] = {key: round(more[key], 3) for key in LIMIT if key in kind.told}
    return report


def _watched(processes: dict[str, "subprocess.Popen[bytes]"], seconds: float) -> dict[str, dict[str, float]]:
    """All of them in the same seconds, since the machine is another one every minute."""
    watched = {name: psutil.Process(process.pid) for name, process in processes.items()}
    before = {name: (_cpu_s(each), _written(each)) for name, each in watched.items()}
    began_s, memory = time.monotonic(), {name: list[tuple[float, float]]() for name in watched}
    while time.monotonic() - began_s < seconds:
        time.sleep(min(LOOK_S, seconds))
        for name, each in watched.items():
            info = each.memory_info()
            memory[name].append((info.rss / 1e6, info.shared / 1e6))
    took_s = time.monotonic() - began_s
    return {
        name: {
            "rss_mb": median(rss for rss, _files in memory[name]),
            "files_mb": median(files for _rss, files in memory[name]),
            "cpu_percent": 100 * (_cpu_s(each) - before[name][0]) / took_s,
            "written": float(_written(each) - before[name][1]),
        }
        for name, each in watched.items()
    }


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _written(process: psutil.Process) -> int:
    """Bytes of pages that the kernel has to write for it."""
    return int(process.io_counters().write_bytes)


def _socket(broker: int, name: str) -> Path:
    """It is there once the daemon runs."""
    return Path("/dev/shm", f"lamppost-{broker}-{name}.sock")


@contextmanager
def _daemon(folder: Path, text: str, port: int, broker: int) -> "Iterator[subprocess.Popen[bytes]]":
    folder.mkdir()
    for name, count in (("single", 1), ("block", QUANTITIES)):
        registers = "".join(REGISTER.format(n=n) for n in range(count))
        (folder / f"{name}.toml").write_text(f'description = "{name}"\n{registers}')
    keys = (f'profiles_dir = "{folder}"', 'clock = "rtc"', f'socket = "{_socket(broker, folder.name)}"')
    base = pole_tables(folder, *keys, name=f"pole-{folder.name}", port=broker) + LINE.format(port=port)
    base += SENSOR.format(name="ever", unit=EVER, profile="single", period="1s")
    (folder / "lamppost.toml").write_text(base + text)
    command = [sys.executable, "-P", "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with _ended(command, folder / "daemon.log") as process:
        yield process
        if process.poll() is not None:
            raise SystemExit(f"the daemon is gone:\n{(folder / 'daemon.log').read_text()[-4000:]}")


@contextmanager
def _ended(command: list[str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that leaves with the block."""
    with log.open("wb") as words:
        own = dict(os.environ) | of_service()
        process = subprocess.Popen(command, cwd=CHECKOUT, env=own, stdout=words, stderr=words)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(90)


async def _peer(port: int) -> None:
    """Any unit, whose registers move by a few tenths."""

    async def access(function: int, start: int, address: int, count: int, registers: list[int], values: object) -> None:
        now = int(time.monotonic())
        registers[:] = [400 + (7 * now + 13 * n) % 7 for n in range(len(registers))]

    bits = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    words = [SimData(0, values=[0] * QUANTITIES, datatype=DataType.REGISTERS)]
    devices = [SimDevice(unit, simdata=(bits, bits, words, words), action=access) for unit in range(1, EVER + 1)]
    await ModbusTcpServer(devices, address=("127.0.0.1", port)).serve_forever()


if __name__ == "__main__":
    asyncio.run(_peer(int(sys.argv[1])))
