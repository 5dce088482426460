"""The daemon as a process, among real far ends: pseudo-terminals, Modbus slaves and mosquitto."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from installed import of_service
from patience import PATIENCE_S
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import SimDevice

from agent.console import Ask, ask_daemon
from agent.simulate.clip import draw
from agent.simulate.lamps import DIMMER_UNIT, dimmer, tcp_port
from agent.simulate.scenery import BUS_STOP, HEIGHT, WIDTH
from drivers.camera.fetch import fetch
from drivers.camera.process import SOCKET

# The sensor speaks only while something is waited for.
pytestmark = pytest.mark.may_log("ear is down: no valid frame", "ear is back")

FREE_MM, OCCUPIED_MM = 2000, 400


def frame(distance_mm: int) -> bytes:
    """One frame of the A02 family."""
    high, low = divmod(distance_mm, 256)
    return bytes((0xFF, high, low, (0xFF + high + low) & 0xFF))


class Street:
    """Files and addresses of one pole, and its sensors' far ends."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        self.folder, self.broker_port = folder, broker_port
        self.socket = folder / "lamppost.sock"
        self.store = folder / "lamppost.db"
        self.config = folder / "lamppost.toml"
        self._far, self._near = os.openpty()
        os.set_blocking(self._far, False)
        self.port = os.ttyname(self._near)
        self.distance_mm = FREE_MM
        self.config.write_text(self.text())

    def text(self, extra: str = "") -> str:
        return f"""
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{self.socket}"
models_dir = "{self.folder}/models"
[store]
path = "{self.store}"
[uplink]
host = "127.0.0.1"
port = {self.broker_port}
[sensor.ear]
kind = "a02"
port = "{self.port}"
period = "200ms"
silence = "2s"
[bay.b1]
sensor = "ear"
dwell = "300ms"
limit = "1s"
{extra}
"""

    def play(self) -> None:
        """What the sensor sends in a tenth of a second."""
        try:
            os.write(self._far, frame(self.distance_mm))
        except BlockingIOError:
            return

    def close(self) -> None:
        os.close(self._far)
        os.close(self._near)


class Daemon:
    def __init__(self, street: Street) -> None:
        self._log = street.folder / "daemon.log"
        self._log.touch()
        self._street = street
        command = [sys.executable, "-m", "agent", "run", "-c", str(street.config)]
        environment = os.environ | {key: value for key, value in of_service().items() if key != SOCKET}
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stderr=log)

    def log(self) -> str:
        return self._log.read_text()

    def until(self, true: Callable[[], Any]) -> Any:
        """Play the street until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        while not (found := true()):
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end_s, self.log()
            self._street.play()
            time.sleep(0.05)
        return found

    def stop(self) -> None:
        """SIGTERM. Exit code 0 is demanded."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE_S) == 0, self.log()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)


@pytest.fixture
def broker(start_broker: Callable[..., Any]) -> Any:
    return start_broker()


@pytest.fixture
def street(tmp_path: Path, broker: Any) -> Iterator[Street]:
    here = Street(tmp_path, broker.port)
    yield here
    here.close()


@contextmanager
def running(street: Street) -> Iterator[Daemon]:
    daemon = Daemon(street)
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.kill()


def status(street: Street) -> dict[str, Any] | None:
    """Returns the daemon's status; None while it does not answer."""

    async def ask() -> dict[str, Any] | None:
        try:
            async for answer in ask_daemon(street.socket, Ask("status")):
                return answer
        except OSError:
            return None
        return None

    return asyncio.run(ask())


def of_type(city: Any, kind: str) -> list[dict[str, Any]]:
    return [event for event in city.events() if event["type"] == kind]


def test_a_car_comes_stays_too_long_and_goes(street: Street, city: Callable[[int], Any]) -> None:
    with city(street.broker_port) as hears, running(street) as daemon:
        daemon.until(lambda: (status(street) or {}).get("bays", {}).get("b1", {}).get("state") == "free")
        street.distance_mm = OCCUPIED_MM
        daemon.until(lambda: of_type(hears, "bay.overstay"))
        street.distance_mm = FREE_MM
        freed = daemon.until(lambda: of_type(hears, "bay.freed"))[0]
        assert of_type(hears, "bay.occupied")[0]["subject"] == freed["subject"] == "b1"
        assert freed["data"]["duration_s"] >= 1.0
        daemon.stop()


def test_promise_a_stay_is_a_stay_across_sigterm_and_kill(street: Street, city: Callable[[int], Any]) -> None:
    """It goes on where it was: the car that stands there does not come a second time."""
    with city(street.broker_port) as hears:
        street.distance_mm = OCCUPIED_MM
        with running(street) as daemon:
            daemon.until(lambda: of_type(hears, "bay.occupied"))
            daemon.stop()
            assert not street.socket.exists()
            wal = street.store.with_name(street.store.name + "-wal")
            assert not wal.exists(), "the store was not closed"
        with running(street) as daemon:
            daemon.until(lambda: (status(street) or {}).get("bays", {}).get("b1", {}).get("state") == "occupied")
            daemon.kill()
        with running(street) as daemon:
            street.distance_mm = FREE_MM
            freed = daemon.until(lambda: of_type(hears, "bay.freed"))[0]
        assert freed["data"]["continuity"] == "presumed"
        assert len({event["id"] for event in of_type(hears, "bay.occupied")}) == 1
        assert len({event["id"] for event in of_type(hears, "pole.birth")}) == 3


def test_promise_a_stay_and_an_identity_go_on_under_another_name(street: Street, city: Callable[[int], Any]) -> None:
    """The bay is renamed while a car stands in it: it does not come twice, and nothing is left under the old."""

    def births() -> list[dict[str, Any]]:
        return list({event["id"]: event for event in of_type(hears, "pole.birth")}.values())

    def retained(bay: str) -> bytes | None:
        told = [each.payload for each in list(hears.messages) if each.topic == f"lamppost/town/p1/state/{bay}"]
        return told[-1] if told else None

    with city(street.broker_port) as hears:
        street.distance_mm = OCCUPIED_MM
        with running(street) as daemon:
            daemon.until(lambda: of_type(hears, "bay.occupied") and retained("b1"))
            daemon.kill()
        renamed = street.text('label = "bakery"\nformerly = "b1"').replace("[bay.b1]", "[bay.baker]")
        group = '[group.market]\nkind = "parking"\nmembers = ["baker"]\n'
        street.config.write_text(renamed + group)
        with running(street) as daemon:
            daemon.until(lambda: retained("baker") and retained("b1") == b"")
            street.distance_mm = FREE_MM
            freed = daemon.until(lambda: of_type(hears, "bay.freed"))[0]
            before, after = (birth["data"] for birth in births())
        assert (freed["subject"], freed["data"]["continuity"]) == ("baker", "presumed")
        assert len({event["id"] for event in of_type(hears, "bay.occupied")}) == 1
        assert after["places"]["baker"] == {**before["places"]["b1"], "label": "bakery"}
        assert after["places"]["p1"] == before["places"]["p1"]
        assert after["groups"]["market"]["members"] == ["baker"]


def test_the_day_of_a_bay_survives_a_kill_and_is_drawn(street: Street) -> None:
    def group() -> dict[str, Any]:
        return ((status(street) or {}).get("groups") or [{}])[0]

    street.distance_mm = OCCUPIED_MM
    with running(street) as daemon:
        daemon.until(lambda: group().get("occupied") == 1)
        daemon.kill()
    with running(street) as daemon:
        daemon.until(lambda: group().get("occupied") == 1)
        street.distance_mm = FREE_MM
        daemon.until(lambda: group().get("free") == 1)
        today = group()["today"]
        assert (today["arrivals"], today["departures"], today["stays"]) == (1, 1, 1)
        for number, source in enumerate((("--socket", street.socket), ("--store", street.store))):
            out = street.folder / f"day-{number}.svg"
            command = [sys.executable, "-m", "agent", "report", "bays", "--out", out, *source]
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
            assert done.returncode == 0, done.stderr
            assert "came 1, left 1" in out.read_text()


@pytest.mark.expects_log(r"uplink to 127.0.0.1:\d+ is (down|back)")
def test_promise_no_committed_event_is_lost_when_the_broker_dies(
    street: Street, broker: Any, city: Callable[[int], Any]
) -> None:
    with running(street) as daemon:
        with city(street.broker_port) as hears:
            daemon.until(lambda: of_type(hears, "pole.birth"))
        broker.kill()
        for distance_mm, state in [(OCCUPIED_MM, "occupied"), (FREE_MM, "free")] * 2:
            street.distance_mm = distance_mm
            daemon.until(lambda s=state: (status(street) or {}).get("bays", {}).get("b1", {}).get("state") == s)
        rows = sqlite3.connect(f"file:{street.store}?mode=ro", uri=True)
        committed = rows.execute("SELECT count(*) FROM outbox").fetchone()[0]
        rows.close()
        assert committed >= 4
        with city_of(broker, city) as hears:
            daemon.until(lambda: len(of_type(hears, "bay.freed")) == 2)
            daemon.until(lambda: (status(street) or {}).get("store", {}).get("events") == 0)
            by_id = {event["id"]: (event["type"], event["time"]) for event in hears.events()}
        assert len(set(by_id.values())) == len(by_id), "one event came under two ids"


@contextmanager
def city_of(broker: Any, city: Callable[[int], Any]) -> Iterator[Any]:
    """A city that listens before the pole is back."""
    broker.start()
    with city(broker.port) as hears:
        yield hears


@pytest.mark.expects_log(r"\[camera.cam\] model: .* is not there", "(deaf|cam|l1) is down: ")
def test_promise_one_dead_device_never_slows_the_others(street: Street, city: Callable[[int], Any]) -> None:
    """A missing model, a camera that is not there, a port that is not there, a lamp that nobody answers for."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        extra = f"""
[sensor.deaf]
kind = "a02"
port = "{street.folder}/ttyNONE"
[bay.b2]
sensor = "deaf"
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {nobody.getsockname()[1]}
timeout = "200ms"
[lamp.l1]
line = "cabinet"
unit = 1
profile = "wb-mdm3"
channel = 0
[camera.cam]
source = "{street.folder}/none.mp4"
[zone.z1]
camera = "cam"
polygon = [[0, 0], [100, 0], [100, 100]]
category = "bus_lane"
"""
        street.config.write_text(street.text(extra))
        with city(street.broker_port) as hears, running(street) as daemon:
            down = daemon.until(
                lambda: (
                    {e["subject"]: e for e in of_type(hears, "line.device_down")}.keys() >= {"deaf", "l1", "cam"}
                    and of_type(hears, "line.device_down")
                ),
            )
            reasons = {event["subject"]: event["data"]["reason"] for event in down}
            assert "ttyNONE" in reasons["deaf"]
            assert "cabinet" in reasons["l1"]
            assert "lamppost models fetch" in reasons["cam"]
            street.distance_mm = OCCUPIED_MM
            daemon.until(lambda: of_type(hears, "bay.occupied"))
            assert daemon.log().count("deaf is down") == 1
            daemon.stop()


class Dimmer:
    """A dimmer as a Modbus slave on TCP, in a thread of its own. `polls` counts reads, `writes` is what was written."""

    def __init__(self) -> None:
        self.port = self.polls = 0
        self.writes: list[list[int] | list[bool]] = []
        self._listens, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> "Dimmer":
        self._thread.start()
        assert self._listens.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _access(
        self, function: int, _start: int, _address: int, _count: int, _memory: list[int], values: Any
    ) -> ExcCodes | None:
        if values:
            self.writes.append(values)
        elif function in {1, 3}:
            self.polls += 1
        return None

    async def _serve(self) -> None:
        made = dimmer()
        server = ModbusTcpServer(
            SimDevice(DIMMER_UNIT, simdata=made.simdata, action=self._access), address=("127.0.0.1", 0)
        )
        await server.serve_forever(background=True)
        self.port = tcp_port(server)
        self._listens.set()
        while not self._over.is_set():
            await asyncio.sleep(0.05)
        await server.shutdown()


def camera_process(daemon: Daemon) -> psutil.Process | None:
    children = psutil.Process(daemon.process.pid).children()
    return next((each for each in children if "drivers.camera" in each.cmdline()), None)


@pytest.mark.expects_log("cam is down: the camera process was ended by signal 9", "cam is back")
def test_promise_one_crashed_camera_never_darkens_a_lamp(street: Street, city: Callable[[int], Any]) -> None:
    """kill -9 of the camera process: the lamp burns on, is polled and obeys; the camera comes back by itself."""
    models_dir, clip = Path(__file__).parents[2] / "models", street.folder / "street.avi"
    fetch(models_dir, lambda step: None)
    draw(clip)
    with Dimmer() as lamp:
        extra = f"""
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {lamp.port}
timeout = "10s"
[lamp.l1]
line = "cabinet"
unit = {DIMMER_UNIT}
profile = "wb-mdm3"
channel = 0
default_level_percent = 60
period = "100ms"
[camera.cam]
source = "{clip}"
picture = [{WIDTH}, {HEIGHT}]
loop = true
[zone.z1]
camera = "cam"
polygon = {[list(point) for point in BUS_STOP]}
category = "bus_lane"
"""
        street.config.write_text(street.text(extra).replace(f"{street.folder}/models", str(models_dir)))
        with city(street.broker_port) as hears, running(street) as daemon:

            def now(part: str, name: str) -> dict[str, Any]:
                found: dict[str, Any] = (status(street) or {}).get(part, {}).get(name, {})
                return found

            daemon.until(lambda: now("devices", "cam").get("condition") == "ok")
            daemon.until(lambda: now("lamps", "l1").get("level_percent") == 60)
            before = list(lamp.writes)
            camera = camera_process(daemon)
            assert camera is not None
            camera.kill()
            daemon.until(lambda: of_type(hears, "line.device_down"))
            polls = lamp.polls
            order = {"id": "c-1", "device": "l1", "action": "override", "value": 30}
            hears.say("lamppost/town/p1/command", json.dumps(order))
            outcome = daemon.until(lambda: of_type(hears, "command.outcome"))[0]["data"]
            daemon.until(lambda: of_type(hears, "line.device_up"))
            again = camera_process(daemon)
            daemon.until(lambda: now("lamps", "l1").get("level_percent") == 30)
            down, up = of_type(hears, "line.device_down"), of_type(hears, "line.device_up")
            daemon.stop()
    assert {event["subject"] for event in (*down, *up)} == {"cam"}
    assert "signal 9" in down[0]["data"]["reason"]
    assert again is not None
    assert again.pid != camera.pid
    assert lamp.polls > polls
    assert (outcome["status"], outcome["observed"]) == ("done", 30)
    after = lamp.writes[len(before) :]
    assert [30] in after
    assert all(value in ([30], [True]) for value in after), "the lamp was told something else"


def test_commands_are_answered_each_with_its_outcome(street: Street, city: Callable[[int], Any]) -> None:
    topic = "lamppost/town/p1/command"
    with city(street.broker_port) as hears, running(street) as daemon:
        daemon.until(lambda: (status(street) or {}).get("uplink", {}).get("connected"))
        hears.say(topic, b"\x00 not JSON")
        hears.say(topic, json.dumps({"id": "c-1", "device": "b1", "action": "explode"}))
        hears.say(topic, json.dumps({"id": "c-2", "device": "nobody", "action": "override", "value": 40}))
        old = {"id": "c-3", "device": "b1", "action": "override", "value": 40, "expires": "2020-01-01T00:00:00Z"}
        hears.say(topic, json.dumps(old))
        daemon.until(lambda: len(of_type(hears, "command.outcome")) == 4)
        outcomes = {event["data"]["command_id"]: event["data"] for event in of_type(hears, "command.outcome")}
    assert {key: outcome["status"] for key, outcome in outcomes.items()} == {
        None: "refused",
        "c-1": "refused",
        "c-2": "refused",
        "c-3": "expired",
    }
    assert all(outcome["reason"] for outcome in outcomes.values())


def test_garbage_on_the_wire_is_dropped_and_the_next_frame_counts(street: Street, city: Callable[[int], Any]) -> None:
    real_play = street.play

    def noisy() -> None:
        os.write(street._far, b"\xff\x00\x13garbage\xff\x02")
        real_play()

    street.play = noisy  # type: ignore[method-assign]
    with city(street.broker_port) as hears, running(street) as daemon:
        street.distance_mm = OCCUPIED_MM
        daemon.until(lambda: of_type(hears, "bay.occupied"))
        counted = daemon.until(lambda: (status(street) or {}).get("devices", {}).get("ear", {}).get("dropped_bytes"))
        assert counted >= 10


def test_a_wrong_configuration_starts_nothing(street: Street) -> None:
    street.config.write_text(street.text("[lamp.l1]\nlien = 'x'\nunit = 900\n"))
    with running(street) as daemon:
        assert daemon.process.wait(PATIENCE_S) == 78
        assert "lien" in daemon.log()
        assert "900" in daemon.log()
    assert not street.store.exists()
    assert not street.socket.exists()


@pytest.mark.expects_log(r"ERROR store .* another lamppost \(process \d+\) uses it")
def test_a_second_daemon_on_one_store_is_refused(street: Street) -> None:
    with running(street) as daemon:
        daemon.until(lambda: status(street))
        with running(street) as second:
            assert second.process.wait(PATIENCE_S) == 1
        assert "store" in daemon.log()
        assert status(street) is not None, "the first one lost its socket"


def test_the_daemon_imports_no_vision(street: Street) -> None:
    """numpy and OpenCV belong to the camera process."""
    code = "import agent.daemon, agent.config, sys; print([m for m in ('numpy', 'cv2', 'rich') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_systemd_hears_ready_then_watchdog(street: Street) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(street.folder / "notify"))
        manager.settimeout(PATIENCE_S)
        environment = os.environ | {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "600000"}
        command = [sys.executable, "-m", "agent", "run", "-c", str(street.config)]
        log = street.folder / "daemon.log"
        with log.open("ab") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as process:
            try:
                heard = [manager.recv(4096).decode() for _ in range(3)]
            finally:
                process.terminate()
    assert heard[0] == "READY=1"
    assert all(message.startswith("WATCHDOG=1\nSTATUS=") for message in heard[1:])
