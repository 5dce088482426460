"""The daemon and its configuration at a real broker: read anew, set from afar, confirmed, taken back."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from patience import PATIENCE_S, until
from ports import free_port

from agent.app import App
from agent.cli import schema
from agent.clock import SystemClock
from agent.configuration.sources import Sources
from agent.lifecycle.life import Timings

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
status_period = "1s"
socket = "{folder}/l.sock"
[store]
path = "{folder}/l.db"
[uplink]
host = "127.0.0.1"
port = {broker}
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
[sensor.eye]
kind = "a02"
port = "/dev/not-there-either"
"""
pytestmark = pytest.mark.may_log(r"\[sensor.eye\]: no \[bay.NAME\] uses it")
DOWN = pytest.mark.expects_log(r"(ear|eye) is down: serial port /dev/not-there")


def of_type(city: Any, kind: str) -> list[dict[str, Any]]:
    found = [event for event in city.events() if event["type"] == kind]
    for event in found:
        Draft202012Validator(schema.schemas()["events"]()).validate(event)
    return found


@contextmanager
def daemon(folder: Path, *, manager: str = "") -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | ({"NOTIFY_SOCKET": manager} if manager else {})
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, env=environment)
    try:
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)


@DOWN
@pytest.mark.expects_log("the configuration is wrong, and the old one goes on")
def test_promise_a_hangup_applies_what_is_different_and_tells_what_is_wrong(
    tmp_path: Path, start_broker: Any, city: Any
) -> None:
    broker, file = start_broker(), tmp_path / "lamppost.toml"
    text = POLE.format(folder=tmp_path, broker=broker.port)
    file.write_text(text)
    with city(broker.port) as town, daemon(tmp_path) as process:
        until(lambda: town.statuses() and town.statuses()[-1]["online"])
        until(lambda: any(m.topic.endswith("/state/eye") for m in town.messages))
        file.write_text(text.partition("[sensor.eye]")[0])
        process.send_signal(signal.SIGHUP)
        (said,) = until(lambda: of_type(town, "pole.configuration"))
        assert (said["data"]["outcome"], said["data"]["source"]) == ("applied", "file")
        until(lambda: any(m.topic.endswith("/state/eye") and not m.payload for m in town.messages))
        until(lambda: town.statuses()[-1]["sensors"].keys() == {"ear"})
        process.send_signal(signal.SIGHUP)
        until(lambda: "the configuration is the same as before" in (tmp_path / "daemon.log").read_text())
        assert len(of_type(town, "pole.birth")) == 2 and all(status["online"] for status in town.statuses())
        file.write_text(text.replace("latitude = 48.85", "latitude = 48,85"))
        process.send_signal(signal.SIGHUP)
        said = until(lambda: of_type(town, "pole.configuration")[1:])[0]["data"]
        assert (said["outcome"], said["file"], said["line"]) == ("refused", str(file), 5)
        assert process.poll() is None and len(of_type(town, "pole.birth")) == 2


@pytest.mark.may_log("uplink to 127.0.0.1:.* is down")
def test_the_service_manager_is_told_of_a_reload(tmp_path: Path) -> None:
    text = POLE.format(folder=tmp_path, broker=free_port()).partition("[sensor.ear]")[0]
    (tmp_path / "lamppost.toml").write_text(text)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)

        def heard(beginning: str) -> str:
            while not (said := manager.recv(4096).decode()).startswith(beginning):
                continue
            return said

        with daemon(tmp_path, manager=str(tmp_path / "notify")) as process:
            heard("READY=1")
            process.send_signal(signal.SIGHUP)
            assert "\nMONOTONIC_USEC=" in heard("RELOADING=1")
            heard("READY=1")


@pytest.mark.may_log("uplink to 127.0.0.1:.* is down")
def test_one_that_is_hung_up_on_while_it_starts_reads_its_file_when_it_can(tmp_path: Path) -> None:
    text = POLE.format(folder=tmp_path, broker=free_port()).partition("[sensor.ear]")[0]
    (tmp_path / "lamppost.toml").write_text(text)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(PATIENCE_S)
        with daemon(tmp_path, manager=str(tmp_path / "notify")) as process:
            until(lambda: is_blocked(process.pid, signal.SIGHUP))
            process.send_signal(signal.SIGHUP)
            while not manager.recv(4096).startswith(b"RELOADING=1"):
                continue
            until(lambda: not is_blocked(process.pid, signal.SIGHUP))


def is_blocked(pid: int, number: signal.Signals) -> bool:
    """Tells it by proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:"))
    return bool(mask >> number - 1 & 1)


Order = dict[str, Any]


async def play(folder: Path, town: Any, orders: Callable[[], AsyncIterator[Order]], enough: Callable[[], Any]) -> None:
    """A pole in this process, which gets these orders, one after the outcome of the other."""
    sources = Sources(folder / "lamppost.toml")
    found = sources.start()
    timings = Timings(confirm_s=1.5, look_s=0.02)
    app = App(found.config, SystemClock("rtc"), sources=sources, found=found, timings=timings)
    running = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (town.statuses() and town.statuses()[-1]["online"]):
                await asyncio.sleep(0.02)
            async for order in orders():
                await asyncio.to_thread(town.say, "lamppost/town/p1/command", json.dumps(order))
                while not outcome_of(town, order["id"]):
                    await asyncio.sleep(0.02)
            while not enough():
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.wait({running})
    assert running.cancelled(), running.exception()


def outcome_of(town: Any, id: str) -> dict[str, Any] | None:
    return next((e["data"] for e in of_type(town, "command.outcome") if e["data"]["command_id"] == id), None)


def outcomes(town: Any) -> list[str]:
    return [event["data"]["outcome"] for event in of_type(town, "pole.configuration")]


@pytest.mark.expects_log("did not reach the broker within")
def test_promise_what_is_set_from_afar_is_confirmed_by_the_broker_or_taken_back(
    tmp_path: Path, start_broker: Any, city: Any
) -> None:
    broker = start_broker()
    text = POLE.format(folder=tmp_path, broker=broker.port).partition("[sensor.ear]")[0]
    (tmp_path / "lamppost.toml").write_text(text.replace('status_period = "1s"', 'status_period = "1h"'))

    def is_retained(town: Any) -> bool:
        """Whether the status names what pole.configuration told last, long before the next heartbeat."""
        told = of_type(town, "pole.configuration")[-1]["data"]
        last = town.statuses()[-1]
        return (last.get("config_sha256"), last.get("config_source")) == (told["sha256"], told["source"])

    with city(broker.port) as town:

        async def orders() -> AsyncIterator[Order]:
            def order(id: str, action: str, **data: Any) -> Order:
                return {"id": id, "action": f"configuration.{action}", "data": data}

            yield order("c1", "set", patch={"pole": {"latitude": 50.5}})
            while "confirmed" not in outcomes(town) or not is_retained(town):
                await asyncio.sleep(0.02)
            yield order("c2", "get")
            yield order("c3", "set", patch={"pole": {"latitude": 500}})
            yield order("c4", "set", patch={"uplink": {"port": free_port()}})

        asyncio.run(play(tmp_path, town, orders, lambda: "rolled_back" in outcomes(town) and is_retained(town)))
        answers = [outcome_of(town, f"c{at}") for at in range(1, 5)]
    first, second, third, fourth = (each for each in answers if each is not None)
    assert (first["status"], first["data"]["source"]) == ("done", "remote")
    assert second["data"]["configuration"]["pole"]["latitude"] == 50.5
    assert third["status"] == "refused" and "latitude" in third["reason"]
    assert fourth["status"] == "done"
    assert outcomes(town) == ["applied", "confirmed", "applied", "rolled_back"]
    last = of_type(town, "pole.configuration")[-1]["data"]
    assert last["source"] == "remote" and last["sha256"] == first["data"]["sha256"]
    assert Sources(tmp_path / "lamppost.toml").start().config.pole.latitude == 50.5
