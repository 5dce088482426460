"""A daemon killed at each step of the two handshakes of a command with QoS 2: it has exactly one outcome."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from patience import PATIENCE_S

Make = Callable[..., Any]
PUBLISH, PUBREC, PUBREL, PUBCOMP = 3, 5, 6, 7
STEPS = [(PUBLISH, True), (PUBREC, False), (PUBREC, True), (PUBREL, True), (PUBCOMP, False)]
"""The packet at which the daemon is killed, and whether the other side still gets it."""
TOPIC = "lamppost/rouen/p1/command"
POLE = """
[pole]
id = "p1"
site = "rouen"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
protocol = "{protocol}"
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = 1
[lamp.l1]
line = "cabinet"
unit = 1
profile = "wb-mdm3"
channel = 0
"""


class Wire:
    """Stands between daemon and broker: it hands on whole packets, and kills the daemon at one of the command's."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._at: tuple[int, bool] | None = None
        self._kill: Callable[[], None] = lambda: None
        self._links: set[asyncio.Task[Any]] = set()
        self.killed = asyncio.Event()

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    def kill_at(self, kind: int, passes: bool, kill: Callable[[], None]) -> None:
        self.killed.clear()
        self._at, self._kill = (kind, passes), kill

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.add(asyncio.get_running_loop().create_task(self._link(reader, writer)))

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self._broker_port)
        pumps = [self._pump(reader, to_broker), self._pump(from_broker, writer, is_down=True)]
        tasks = [asyncio.create_task(each) for each in pumps]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in (writer, to_broker):
                end.close()
                with contextlib.suppress(ConnectionError):
                    await end.wait_closed()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_down: bool = False) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while packet := await _packet(reader):
                kind = packet[0] >> 4
                if self._at is not None and self._at[0] == kind and (kind != PUBLISH or is_down):
                    passes, self._at = self._at[1], None
                    if passes:
                        writer.write(packet)
                        await writer.drain()
                    self._kill()
                    self.killed.set()
                    return
                writer.write(packet)
                await writer.drain()


async def _packet(reader: asyncio.StreamReader) -> bytes:
    packet = await reader.readexactly(2)
    while packet[-1] >= 0x80:
        packet += await reader.readexactly(1)
    length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(packet[1:]))
    return packet + await reader.readexactly(length)


@asynccontextmanager
async def daemon(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with (folder / "daemon.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stderr=log, env=os.environ)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.may_log(r"cabinet|l1 is down", r"is down: .* events are kept")
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_promise_a_command_of_qos_2_has_one_outcome_at_whatever_step_the_daemon_is_killed(
    start_broker: Make, city: Make, tmp_path: Path, protocol: str
) -> None:
    broker = start_broker()

    async def main(listener: Any) -> None:
        async with Wire(broker.port) as wire:
            text = POLE.format(folder=tmp_path, port=wire.port, protocol=protocol)
            (tmp_path / "lamppost.toml").write_text(text)
            for kind, passes in STEPS:
                online = len(listener.statuses())
                async with daemon(tmp_path) as process:
                    await until(lambda since=online: any(each["online"] for each in listener.statuses()[since:]))
                    wire.kill_at(kind, passes, process.kill)
                    publish(broker.port, order(f"c-{kind}-{passes}"))
                    await asyncio.wait_for(wire.killed.wait(), PATIENCE_S)
            async with daemon(tmp_path):
                publish(broker.port, order("last"))
                await until(lambda: outcomes(listener)["last"] and len(outcomes(listener)) > len(STEPS))
                await asyncio.sleep(0.5)

    with city(broker.port) as listener:
        asyncio.run(main(listener))
        told = outcomes(listener)
    assert told == Counter({id: 1 for id in (*(f"c-{kind}-{passes}" for kind, passes in STEPS), "last")})


def outcomes(listener: Any) -> Counter[str]:
    """How many outcomes each command has, told again or not."""
    told = {each["id"]: each["data"] for each in listener.events() if each["type"] == "command.outcome"}
    return Counter(data["command_id"] for data in told.values())


def order(id: str) -> str:
    data = {"kind": "lighting-exception", "name": id, "content": {"level_percent": 50}}
    data["valid_until"] = "2099-01-01T00:00:00Z"
    return json.dumps({"id": id, "action": "document.set", "data": data})


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.02)


def publish(port: int, payload: str) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(TOPIC, payload, 2).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()
