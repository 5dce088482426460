"""The daemon as a process with a defect in the rule of one bay: everything else goes on, and who asks is told."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import built_pole
import pytest
from jsonschema import Draft202012Validator
from patience import PATIENCE_S
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import SimDevice

from agent.cli import schema
from agent.console import Ask, ask_daemon
from agent.simulate.lamps import DIMMER_UNIT, dimmer, tcp_port

DEFECTIVE = """
import asyncio, logging, sys
from pathlib import Path

from agent.daemon import run

sys.path.append(sys.argv[3])
from built_pole import defective

def spoil(key, step):
    def fails_while_there_is_the_file(*given):
        if key == "bay/b1" and Path(sys.argv[2]).exists():
            raise KeyError("ear")
        return step(*given)
    return fails_while_there_is_the_file

logging.basicConfig(format="%(message)s")
sys.exit(asyncio.run(run(Path(sys.argv[1]), defective(spoil))))
"""

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
status_period = "1s"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {broker}
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {lamp}
[lamp.l1]
line = "cabinet"
unit = {unit}
profile = "wb-mdm3"
channel = 0
[sensor.ear]
kind = "a02"
port = "{ear}"
period = "200ms"
[sensor.eye]
kind = "a02"
port = "{eye}"
period = "200ms"
[bay.b1]
sensor = "ear"
dwell = "300ms"
[bay.b2]
sensor = "eye"
dwell = "300ms"
"""
OCCUPIED = bytes((0xFF, 1, 0x90, (0xFF + 1 + 0x90) & 0xFF))


class Sensor:
    """The far end of a serial port."""

    def __init__(self) -> None:
        self._far, self._near = os.openpty()
        os.set_blocking(self._far, False)
        self.port = os.ttyname(self._near)

    def say(self) -> None:
        try:
            os.write(self._far, OCCUPIED)
        except BlockingIOError:
            return

    def close(self) -> None:
        os.close(self._far)
        os.close(self._near)


@contextmanager
def lamp() -> Iterator[int]:
    """A dimmer on TCP; its port."""
    port: list[int] = []
    listens, over = threading.Event(), threading.Event()

    async def serve() -> None:
        server = ModbusTcpServer(SimDevice(DIMMER_UNIT, simdata=dimmer().simdata), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        port.append(tcp_port(server))
        listens.set()
        while not over.is_set():
            await asyncio.sleep(0.02)
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert listens.wait(PATIENCE_S)
        yield port[0]
    finally:
        over.set()
        thread.join()


class Daemon:
    """The process, and its sensors, which speak whenever something is waited for."""

    def __init__(self, folder: Path, broker_port: int, lamp_port: int) -> None:
        self.folder, self.defect = folder, folder / "defect"
        self.sensors = Sensor(), Sensor()
        ear, eye = (sensor.port for sensor in self.sensors)
        config = folder / "lamppost.toml"
        config.write_text(
            POLE.format(folder=folder, broker=broker_port, lamp=lamp_port, unit=DIMMER_UNIT, ear=ear, eye=eye)
        )
        self._log = folder / "daemon.log"
        command = [
            sys.executable,
            "-c",
            DEFECTIVE,
            str(config),
            str(self.defect),
            str(Path(built_pole.__file__).parent),
        ]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, stderr=log)

    def log(self) -> str:
        return self._log.read_text()

    def until(self, true: Callable[[], Any]) -> Any:
        end_s = time.monotonic() + PATIENCE_S
        while not (found := true()):
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end_s, self.log()
            for sensor in self.sensors:
                sensor.say()
            time.sleep(0.05)
        return found

    def status(self) -> dict[str, Any]:
        """Empty while it does not answer."""

        async def ask() -> dict[str, Any]:
            try:
                async for answer in ask_daemon(self.folder / "lamppost.sock", Ask("status")):
                    return answer
            except OSError:
                return {}
            return {}

        return asyncio.run(ask())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0, self.log()


@contextmanager
def running(folder: Path, broker_port: int) -> Iterator[Daemon]:
    with lamp() as lamp_port:
        (folder / "defect").touch()
        daemon = Daemon(folder, broker_port, lamp_port)
        try:
            yield daemon
        finally:
            daemon.process.kill()
            daemon.process.wait(PATIENCE_S)
            for sensor in daemon.sensors:
                sensor.close()


def of_type(city: Any, kind: str) -> list[dict[str, Any]]:
    return [event for event in city.events() if event["type"] == kind]


@pytest.mark.may_log(
    "(ear|eye) is down: no valid frame", "(ear|eye) is back"
)  # they speak while something is waited for
@pytest.mark.expects_traceback("^bay/b1 failed by a defect: it is begun anew")
def test_promise_a_defect_in_one_bay_darkens_no_pole(
    start_broker: Callable[..., Any], city: Callable[[int], Any], tmp_path: Path
) -> None:
    broker = start_broker()
    with city(broker.port) as hears, running(tmp_path, broker.port) as daemon:
        (failed,) = daemon.until(lambda: of_type(hears, "pole.part_failed"))
        assert (failed["subject"], failed["data"]["part"], failed["data"]["error"]) == ("p1", "bay/b1", "KeyError")
        assert "ear" not in json.dumps(failed["data"]["message"])
        assert Draft202012Validator(schema.events()).is_valid(failed)
        daemon.until(lambda: [e["subject"] for e in of_type(hears, "bay.occupied")] == ["b2"])
        order = {"id": "c1", "device": "l1", "action": "override", "value": 40}
        hears.say("lamppost/town/p1/command", json.dumps(order))
        (outcome,) = daemon.until(lambda: of_type(hears, "command.outcome"))
        assert (outcome["data"]["status"], outcome["data"]["observed"]) == ("done", 40.0)
        daemon.until(lambda: any(e["data"]["parts_failed"] == ["bay/b1"] for e in of_type(hears, "pole.status")))
        daemon.until(lambda: daemon.status()["parts"][0]["count"] > 2)
        answer = daemon.status()
        assert [part["part"] for part in answer["parts"]] == ["bay/b1"]
        assert (answer["bays"]["b1"]["state"], answer["bays"]["b2"]["state"]) == ("unknown", "occupied")
        assert {name: device["state"] for name, device in answer["devices"].items()} == dict.fromkeys(
            ("ear", "eye", "l1"), "up"
        )
        command = [sys.executable, "-m", "agent", "status", "--socket", tmp_path / "lamppost.sock"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        assert told.returncode == 1
        assert "FAILED   bay/b1: KeyError" in told.stdout

        daemon.defect.unlink()
        daemon.until(lambda: daemon.status()["bays"]["b1"]["state"] == "occupied")
        daemon.until(lambda: [e["subject"] for e in of_type(hears, "bay.occupied")] == ["b2", "b1"])
        assert len(of_type(hears, "pole.part_failed")) == len(of_type(hears, "pole.birth")) == 1
        assert of_type(hears, "line.device_down") == []
        assert daemon.log().count("Traceback") == daemon.log().count("bay/b1 failed by a defect") == 1
        daemon.stop()
