"""A station in a whole daemon: lines on a serial port become observations, thresholds and faults at a broker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S, until
from stored import conforms

from agent.simulate.wire import Port

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/l.sock"
[store]
path = "{folder}/l.db"
[uplink]
host = "127.0.0.1"
port = {broker}
[sensor.wind]
kind = "uart"
port = "{port}"
profile = "gill-windsonic"
period = "1s"
[station.square.quantity.speed]
device = "wind"
reads = "wind_speed_m_s"
unit = "m/s"
method = "mean"
windows = ["1min"]
stands = "10s"
late = "0s"
coverage = 1
valid = [0, 50]
[[station.square.quantity.speed.threshold]]
name = "gale"
above = 20
ends = 15
"""


class Wind:
    """A Gill WindSonic that says the same each half second."""

    def __init__(self, port: Port) -> None:
        self.m_s, self._port, self._end = 3.5, port, threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)
        self._thread.start()

    def _speak(self) -> None:
        while not self._end.wait(0.5):
            self._port.read()
            said = f"Q,036,{self.m_s:06.2f},M,00,".encode()
            check = reduce(xor, said)
            self._port.write(b"\x02" + said + b"\x03" + f"{check:02X}\r\n".encode())

    def close(self) -> None:
        self._end.set()
        self._thread.join()
        self._port.close()


@pytest.fixture
def wind() -> Iterator[tuple[Wind, str]]:
    port = Port()
    sensor = Wind(port)
    yield sensor, port.path
    sensor.close()


@pytest.fixture
def daemon(tmp_path: Path, box: Any) -> Callable[[], Any]:
    """`lamppost run` where a minute begins ten seconds after the test: its first means come soon."""
    clock = tmp_path / "clock"
    clock.write_text(f"{50.0 - time.time() % 60.0:+.3f}\n")
    command = box([sys.executable, "-m", "agent", "run", "-c", str(tmp_path / "lamppost.toml")], clock, 0)

    @contextmanager
    def run() -> Iterator[subprocess.Popen[bytes]]:
        with (tmp_path / "daemon.log").open("ab") as log:
            process = subprocess.Popen(command, stderr=log, env=os.environ)
        try:
            yield process
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
            process.wait(PATIENCE_S)

    return run


def told(town: Any, kind: str) -> list[dict[str, Any]]:
    found = [event["data"] for event in town.events() if event["type"] == kind]
    for data in found:
        conforms(kind, data)
    return found


def status(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "agent", "status", "--json", "--socket", str(folder / "l.sock")]
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE_S).stdout)
    return dict(answer["stations"]["square"])


def test_promise_what_a_station_tells_outlives_a_reload_and_a_restart(
    tmp_path: Path, wind: tuple[Wind, str], start_broker: Any, city: Any, daemon: Any
) -> None:
    broker, (sensor, port) = start_broker(), wind
    text = POLE.format(folder=tmp_path, broker=broker.port, port=port)
    (tmp_path / "lamppost.toml").write_text(text)
    with city(broker.port) as town:
        with daemon() as process:
            (observed, *_) = until(lambda: told(town, "sensing.observation"))
            assert (observed["value"], observed["unit"], observed["standing"]) == (3.5, "m/s", "sensor")
            sensor.m_s = 25.0
            (begun,) = until(lambda: told(town, "sensing.threshold"))
            assert (begun["active"], begun["value"], begun["limit"]) == (True, 25.0, 20.0)
            assert status(tmp_path)["alarms"] == ["sensing.threshold gale speed"]
            (tmp_path / "lamppost.toml").write_text(text.replace("valid = [0, 50]", "valid = [0, 40]"))
            process.send_signal(signal.SIGHUP)
            until(lambda: told(town, "pole.configuration"))
            sensor.m_s = 45.0
            (fault,) = until(lambda: told(town, "sensor.fault"))
            assert (fault["active"], fault["kind"], fault["quantity"]) == (True, "out_of_range", "speed")
            sensor.m_s = 25.0
            until(lambda: told(town, "sensor.fault")[1:])
        with daemon():
            until(lambda: len(told(town, "pole.birth")) > 2)
            until(lambda: status(tmp_path).get("speed") == "25 m/s")
            assert status(tmp_path)["alarms"] == ["sensing.threshold gale speed"]
            sensor.m_s = 2.0
            until(lambda: told(town, "sensing.threshold")[1:])
        assert [each["active"] for each in told(town, "sensing.threshold")] == [True, False]
        assert [each["active"] for each in told(town, "sensor.fault")] == [True, False]
