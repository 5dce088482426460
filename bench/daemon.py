"""The daemon beside its limits: start to first event at the broker, memory and CPU in an ordinary minute. Prints JSON.

Real process, real protocols: two A02 sensors on pseudo-terminals (10 frames a second each, a few cars a minute), three
lamps behind a DALI gateway on an RTU line, one on TCP, all polled once a second, mosquitto as the broker. All
interpreters start in turn, without and with TLS, after one start of each that does not count; then each runs a while.

The daemon is started as the service is: `run -c FILE`, and with the environment that the unit of systemd gives it.
What is measured is a wheel of this checkout that Debian's own Python runs, all byte code there; beside it the same
Python on a copy of the checkout that is compiled anew at each start. --root names file systems with other releases of
Debian (bench/installed.py), / among them if it is to be measured as well; that takes root. --beside measures wheels of
other checkouts too, with the libraries of this one's lock. --python measures interpreters that have lamppost, as they
stand, and nothing else.

    .venv/bin/python bench/daemon.py [--seconds 30] [--starts 9] [--root / /srv/trixie] [--beside CHECKOUT ...]
    .venv/bin/python bench/daemon.py [--seconds 30] [--starts 9] --python PYTHON ...
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiomqtt
import installed
import psutil
from installed import Interpreter
from pole_tables import pole_tables
from ports import free_port
from uplink.broker import TLS, Broker, mosquitto, self_signed

from agent.simulate import child
from agent.simulate.street import Addresses

STANDING = Path(__file__).with_name("standing.py")
LIMIT_RSS_MB = {"3.11": 34.0, "3.13": 36.0}
"""The limit of the wheel without TLS, by the Python of Debian 12 and of Debian 13."""
LIMIT_FIRST_EVENT_S = 0.4
LIMIT_CPU_PERCENT = 1.5
LINKS = ("plain", "tls")
SETTLED_S = 5.0

LINES = """
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
period = "{period}"
"""
BAY = """
[sensor.ear-{n}]
kind = "a02"
port = "{port}"
period = "{period}"
[bay.bay-{n}]
sensor = "ear-{n}"
"""


class Scene:
    """A folder with the configurations of one daemon that differ in their link, beside the broker that hears both."""

    def __init__(self, folder: Path, street: Addresses, broker: Broker, tls_port: int, period: str = "1s") -> None:
        self.folder, self.port = folder, broker.port
        links = {"plain": (broker.port, ""), "tls": (tls_port, f'[uplink.tls]\nca_file = "{folder}/broker.pem"')}
        self.config = {link: folder / f"{link}.toml" for link in LINKS}
        for link, (port, tls) in links.items():
            self.config[link].write_text(configuration(street, folder, port, tls, period))

    @asynccontextmanager
    async def daemon(
        self, interpreter: Interpreter, link: str, program: Sequence[str] = ("-m", "agent")
    ) -> AsyncIterator[subprocess.Popen[bytes]]:
        """Runs with an empty store until the end of the block.

        Args:
            program: what Python is given before the arguments of the command.
        """
        for file in self.folder.glob("lamppost.db*"):
            file.unlink()
        command = [*interpreter.command, "-P", *program, "run", "-c", str(self.config[link])]
        with (self.folder / "daemon.log").open("wb") as log:
            process = subprocess.Popen(command, env=interpreter.environment, cwd="/", stderr=log, stdout=log)
        try:
            yield process
        except TimeoutError:
            raise SystemExit(f"{interpreter.name}: no event came:\n{log_of(self.folder)}") from None
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def log_of(folder: Path) -> str:
    return (folder / "daemon.log").read_text()[-4000:]


def configuration(street: Addresses, folder: Path, port: int, tls: str, period: str) -> str:
    """Args: period: of lamps and sensors, as the file writes it."""
    text = pole_tables(folder, f'socket = "{installed.socket_of(folder)}"', 'clock = "rtc"', port=port) + tls
    text += LINES.format(gateway=street.gateway, dimmer_port=street.dimmer_port)
    for n in range(3):
        text += LAMP.format(n=n, line="rs485", unit=1, profile="intesis-inmbsdal", period=period)
        text += f"short_address = {n}\n"
    text += LAMP.format(n=3, line="cabinet", unit=2, profile="wb-mdm3", period=period)
    return text + "".join(BAY.format(n=n, port=port, period=period) for n, port in enumerate(street.ears.values()))


class Start(NamedTuple):
    """How long the first event took to come, and how much of that the processor worked for the daemon."""

    first_event_s: float
    cpu_s: float


async def start(scene: Scene, interpreter: Interpreter, link: str) -> Start:
    async with aiomqtt.Client("127.0.0.1", scene.port) as city:
        await city.subscribe("lamppost/bench/bench/event/#", qos=1)
        began_s = time.monotonic()
        async with scene.daemon(interpreter, link) as process, asyncio.timeout(30):
            await anext(aiter(city.messages))
            return Start(time.monotonic() - began_s, _cpu_s(psutil.Process(process.pid)))


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def idle(scene: Scene, interpreter: Interpreter, link: str, seconds: float) -> dict[str, float]:
    async with scene.daemon(interpreter, link) as process:
        await asyncio.sleep(SETTLED_S)
        watched = psutil.Process(process.pid)
        before_s, began_s = _cpu_s(watched), time.monotonic()
        await asyncio.sleep(seconds)
        spent_s = _cpu_s(watched) - before_s
        memory = watched.memory_info()
        return {
            "rss_mb": round(memory.rss / 1e6, 1),
            "of_it_files_mb": round(memory.shared / 1e6, 1),
            "pss_mb": round(watched.memory_full_info().pss / 1e6, 1),
            "cpu_percent": round(100 * spent_s / (time.monotonic() - began_s), 2),
            "threads": watched.num_threads(),
        }


async def daemons(
    scene: Scene, interpreters: Sequence[Interpreter], seconds: float, starts: int
) -> dict[str, dict[str, Any]]:
    """The starts of all in turn, since the machine is another one every minute."""
    report: dict[str, dict[str, Any]] = {
        each.name: {"stands_on": json.loads(each.asked(STANDING, "the figures named tls"))} for each in interpreters
    }
    ways = [(each, link) for each in interpreters for link in LINKS]
    rounds = [[await start(scene, *way) for way in ways] for _ in range(1 + starts)]
    for (interpreter, link), of_way in zip(ways, zip(*rounds[1:], strict=True), strict=True):
        report[interpreter.name][link] = {
            "start_to_first_event_s": _spread([each.first_event_s for each in of_way]),
            "cpu_s_until_then": _spread([each.cpu_s for each in of_way]),
            "idle": await idle(scene, interpreter, link, seconds),
        }
    return report


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "max": round(max(values), 3)}


async def measure(folder: Path, interpreters: list[Interpreter], seconds: float, starts: int) -> dict[str, Any]:
    async with child.street(folder / "street.log") as street:
        self_signed(folder)
        tls_port = free_port()
        listener = f"listener {tls_port} 127.0.0.1\n{TLS.format(folder)}"
        with mosquitto(folder, listener) as broker:
            scene = Scene(folder, street, broker, tls_port)
            report: dict[str, Any] = {
                "limit": {
                    "rss_mb": LIMIT_RSS_MB,
                    "start_to_first_event_s": LIMIT_FIRST_EVENT_S,
                    "cpu_percent": LIMIT_CPU_PERCENT,
                },
                "sensors": len(street.ears),
                "starts": starts,
                "idle_s": seconds,
            }
            report |= await daemons(scene, interpreters, seconds, starts)
            return report | {"load_after": round(os.getloadavg()[0], 2)}


@contextmanager
def prepared(roots: list[Path], beside: list[Path], pythons: list[str]) -> Iterator[tuple[Path, list[Interpreter]]]:
    """A folder that all of them see, and the interpreters to measure."""
    # Beside the sources: on the disk where they lie, and as near to them as a service's environment is.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".bench-", dir=installed.CHECKOUT)))
        if pythons:
            yield folder, [installed.as_it_stands(python) for python in pythons]
            return
        checkout = installed.copied(folder)
        file = installed.wheel(checkout)
        for root in roots:
            stack.enter_context(installed.opened(root, folder))
        yield (
            folder,
            [
                *(each for root in roots for each in installed.debian(root, checkout, file)),
                *(installed.other(root, checkout, each) for root in roots for each in beside),
            ],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--root", type=Path, nargs="+", default=[installed.HERE], help="where Debian lies")
    parser.add_argument("--beside", type=Path, nargs="+", default=[], help="other checkouts of lamppost")
    parser.add_argument("--python", nargs="+", default=[], help="interpreters that have lamppost, as they stand")
    arguments = parser.parse_args()
    for root in arguments.root:
        if not (root / installed.PYTHON.lstrip("/")).exists():
            parser.error(f"{root} has no {installed.PYTHON}: debootstrap(8) fills it, then install python3-venv in it")
    if any(root != installed.HERE for root in arguments.root):
        installed.in_own_mounts()
    with prepared(arguments.root, arguments.beside, arguments.python) as (folder, interpreters):
        report = asyncio.run(measure(folder, interpreters, arguments.seconds, arguments.starts))
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
