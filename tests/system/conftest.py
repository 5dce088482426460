"""A real mosquitto that can be killed and started again, and a city that listens."""

import asyncio
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from daemon_log import unexpected
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from patience import PATIENCE_S
from ports import free_port
from stored import said

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.session import Timings
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff

BOOT_ID = "/proc/sys/kernel/random/boot_id"
REBOOTED = 'mount --bind "$1" ' + BOOT_ID + ' && shift && exec "$@"'

PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
# A listener that is slower than the events must not be what loses them: QoS 0 to it, and no bounds in the broker.
PLAIN = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"


class Broker:
    """One mosquitto without persistence, on a port that stays the same."""

    def __init__(self, folder: Path, config: str) -> None:
        self.port = free_port()
        self._file = folder / f"mosquitto-{self.port}.conf"
        self._file.write_text(config.format(port=self.port) + "\nuser root\n")
        self._log = folder / f"mosquitto-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("mosquitto", path=PATH)
        assert program, "mosquitto is not installed: apt-get install mosquitto"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(self._file)], stderr=log, stdout=log)
        for _ in range(int(100 * PATIENCE_S)):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.01)
        raise AssertionError("mosquitto does not listen")

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def log(self) -> str:
        return self._log.read_text()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait(PATIENCE_S)
        self._process = None

    def end(self) -> None:
        if self._process is not None:
            self.kill()


class City:
    """Listens to everything in a thread of its own and comes back by itself."""

    def __init__(self, port: int) -> None:
        self.messages: list[paho.MQTTMessage] = []
        self.listens = threading.Event()
        self.connections = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="city", protocol=MQTTProtocolVersion.MQTTv311)
        self._client.reconnect_delay_set(0.05, 0.05)  # type: ignore[arg-type]
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self.listens.set()
        self._client.on_disconnect = lambda *_: self.listens.clear()
        self._client.on_message = lambda _client, _data, message: self.messages.append(message)
        self._client.connect_async("127.0.0.1", port)

    def __enter__(self) -> "City":
        self._client.loop_start()
        assert self.listens.wait(PATIENCE_S)
        return self

    def _subscribe(self, client: paho.Client, *_: object) -> None:
        self.connections += 1
        client.subscribe("lamppost/#", 0)

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, topic: str, payload: bytes | str, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain).wait_for_publish(PATIENCE_S)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(m.payload) for m in list(self.messages) if "/event/" in m.topic]

    def ids(self) -> list[str]:
        return [event["id"] for event in self.events()]

    def statuses(self) -> list[dict[str, Any]]:
        return [json.loads(m.payload) for m in list(self.messages) if m.topic.endswith("/status")]


_TIMINGS = Timings(answer_s=2.0, settle_s=0.01, again_s=0.2, goodbye_s=0.5, states_s=0.01, files_s=0.02)


class Pole:
    """A store and an uplink that runs until the end of the block; pauses between sessions take no time."""

    def __init__(self, folder: Path, options: UplinkOptions, name: str, **more: Any) -> None:
        self.heard: list[Any] = []
        self.states: dict[str, Any] = {}
        self.pauses: list[float] = []
        self.may_connect = asyncio.Event()
        self.may_connect.set()
        self.store = Store(folder / f"{name}.db", max_bytes=1 << 26, boot="b")
        self.on_command: Callable[[Any], Any] = self._hear
        self.on_arrival: Callable[[Any], Any] | None = None
        """What takes a whole arrival, in place of `on_command`."""
        self.uplink = Uplink(
            options,
            "rouen",
            name,
            self.store.position(),
            self._take,
            states=lambda: self.states,
            **{"timings": _TIMINGS} | more,
            backoff=broker_backoff(draw=lambda: 1.0),
            sleep=self._pause,
        )
        self.status = self.uplink.status

    async def _take(self, arrival: Any) -> Any:
        if self.on_arrival is not None:
            return await self.on_arrival(arrival)
        await self.on_command(arrival.heard)
        return None

    async def _hear(self, command: Any) -> None:
        self.heard.append(command)

    async def _pause(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        await asyncio.sleep(0.02)
        await self.may_connect.wait()

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait for something that other processes bring about."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.005)


EVERYWHERE = (r"\[store\] path: .* does not survive a power cut",)
"""The stores of tests lie in a folder for temporary files."""


@pytest.fixture(autouse=True)
def nothing_unexpected_in_the_log(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """The log of each daemon is a file daemon*.log below `tmp_path`. What tells of trouble there must be declared.

    `expects_log` names by regular expressions what must stand there, `may_log` what need not, and
    `expects_traceback` the first line of what carries one. An uplink in the test's own process, whose warnings are
    what such tests are about, is held to its errors and tracebacks.
    """
    yield
    format = logging.Formatter("%(asctime)s %(levelname)s %(message)s").format
    ours = (each for each in caplog.get_records("call") if each.name.startswith(("agent.", "drivers.")))
    own = "\n".join(format(each) for each in ours if each.levelno > logging.WARNING)
    must, may, tracebacks = (
        [pattern for mark in request.node.iter_markers(name) for pattern in mark.args]
        for name in ("expects_log", "may_log", "expects_traceback")
    )
    logs = {str(file): file.read_text(errors="replace") for file in sorted(tmp_path.rglob("daemon*.log"))}
    logs["this process"] = own
    found = {name: unexpected(log, (*must, *may, *EVERYWHERE), tracebacks) for name, log in logs.items()}
    if any(found.values()):
        pytest.fail("\n".join(record for records in found.values() for record in records), pytrace=False)
    missing = [each for each in (*must, *tracebacks) if not any(re.search(each, log) for log in logs.values())]
    assert not missing, f"declared, and not logged: {missing}"


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    brokers: list[Broker] = []

    def start(config: str = PLAIN, running: bool = True) -> Broker:
        brokers.append(Broker(tmp_path, config))
        if running:
            brokers[-1].start()
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.end()


@pytest.fixture
def city() -> Callable[[int], City]:
    return City


@pytest.fixture
def pole(tmp_path: Path) -> Callable[..., Any]:
    @asynccontextmanager
    async def run(
        port: int, host: str = "127.0.0.1", name: str = "p1", more: dict[str, Any] | None = None, **options: Any
    ) -> AsyncIterator[Pole]:
        all_options = UplinkOptions(host=host, port=port, **{"replay_per_second": 100_000} | options)
        here = Pole(tmp_path, all_options, name, **(more or {}))
        async with here.store:
            running = asyncio.create_task(here.uplink.run())
            try:
                yield here
            finally:
                running.cancel()
                await asyncio.wait([running])
            if not running.cancelled():
                running.result()

    return run


@pytest.fixture
def events() -> Callable[..., list[Event]]:
    def make(count: int, first: int = 0, kind: str = "bay.freed") -> list[Event]:
        return [_event(n, kind) for n in range(first, first + count)]

    return make


def _event(n: int, kind: str) -> Event:
    at = Moment(1_770_000_000.5 + n, float(n), "b", True)
    return Event(type=kind, subject=f"bay-{n % 4}", at=at, data=said(n=n), priority=Priority.EVENT)


@pytest.fixture(scope="session")
def libfaketime() -> str:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "faketime is not installed: apt-get install faketime"
    return str(found[0])


@pytest.fixture
def box(libfaketime: str) -> Callable[[list[str], Path, int], list[str]]:
    """How a command runs on a box with clocks of its own.

    The wall clock is libfaketime's, which reads how far it is off from a file again and again. After a reboot the
    process has another boot id, in a mount namespace of its own, and a monotonic clock that begins anew, in a time
    namespace; that takes root.
    """

    def command_of(command: list[str], clock: Path, boots: int) -> list[str]:
        fake = {
            "LD_PRELOAD": libfaketime,
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        command = ["env", *(f"{key}={value}" for key, value in fake.items()), *command]
        if not boots:
            return command
        boot = clock.with_name(f"boot-{boots}")
        boot.write_text(f"{boots:08x}-0000-4000-8000-000000000000\n")
        since_s = 7 - int(time.monotonic())
        spaces = ["unshare", "--mount", "--time", "--fork", "--kill-child", f"--monotonic={since_s}"]
        return [*spaces, "sh", "-c", REBOOTED, "sh", str(boot), *command]

    return command_of


@pytest.fixture(scope="session")
def reboots() -> None:
    """Skips a test where a process cannot be given another boot id and another monotonic clock."""
    command = ["unshare", "--mount", "--time", "--fork", "--monotonic=0", "sh", "-c", REBOOTED, "sh", BOOT_ID, "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"a reboot cannot be played here without root: {tried.stderr.strip()}")


@pytest.fixture
def silent_server() -> Callable[[], Any]:
    """Accepts and never answers; what it was told first is kept."""

    @contextmanager
    def serve() -> Iterator[tuple[int, list[bytes]]]:
        heard: list[bytes] = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.05)  # then it looks whether all is over
            over = threading.Event()

            def accept() -> None:
                held: list[socket.socket] = []
                while not over.is_set():
                    try:
                        connection, _ = server.accept()
                    except TimeoutError:
                        continue
                    connection.settimeout(PATIENCE_S)
                    heard.append(connection.recv(4096))
                    held.append(connection)
                for connection in held:
                    connection.close()

            listening = threading.Thread(target=accept)
            listening.start()
            try:
                yield server.getsockname()[1], heard
            finally:
                over.set()
                listening.join()

    return serve
