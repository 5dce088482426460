"""Commands between a real broker and the store: kept by the broker until they are written, and answered once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from patience import PATIENCE_S
from stored import said

from agent.clock import Moment
from agent.events import Event, Priority

Make = Callable[..., Any]
pytestmark = pytest.mark.may_log(r"ear is down", r"no \[bay\.NAME\] uses it", r"is down: .* events are kept")
ROOT = Path(__file__).parents[2]
TOPIC = "lamppost/rouen/p1/command"
# All that waits is handed over at once, as mosquitto may do it.
EAGER = "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 1000\nmax_queued_messages 1000\n"


def order(id: str) -> str:
    return json.dumps({"id": id, "device": "lamp-1", "action": "release"})


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [1, 2])
def test_the_broker_keeps_a_command_until_it_is_written(
    start_broker: Make, pole: Make, protocol: str, qos: int
) -> None:
    """The pole is gone while it writes: the next connection brings it again, and says that it does."""
    broker = start_broker()
    arrivals: list[Any] = []

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            written = asyncio.Event()

            async def write(arrival: Any) -> None:
                arrivals.append(arrival)
                await written.wait()

            here.on_arrival = write
            await here.until(lambda: here.status.connected)
            publish(broker.port, order("c-1"), qos)
            await here.until(lambda: arrivals)
        async with pole(broker.port, protocol=protocol) as here:
            await here.until(lambda: here.heard)
            publish(broker.port, order("c-2"), qos)
            await here.until(lambda: len(here.heard) == 2)
            assert [heard.id for heard in here.heard] == ["c-1", "c-2"]
        async with pole(broker.port, protocol=protocol) as here:
            publish(broker.port, order("c-3"), qos)
            await here.until(lambda: here.heard)
            assert [heard.id for heard in here.heard] == ["c-3"], "what was acknowledged does not come again"

    asyncio.run(main())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_command_that_asks_for_no_acknowledgement_gets_none(start_broker: Make, pole: Make, protocol: str) -> None:
    """An acknowledgement of what bears no number is a protocol error: the broker would end the connection."""
    broker = start_broker()

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            await here.until(lambda: here.status.connected)
            for n in range(3):
                publish(broker.port, order(f"c-{n}"), 0)
                await here.until(lambda n=n: len(here.heard) == n + 1)
            publish(broker.port, order("c-last"), 1)
            await here.until(lambda: here.heard[-1].id == "c-last")
            assert here.status.connected

    asyncio.run(main())
    assert "protocol error" not in broker.log()


def test_a_pole_that_was_away_greets_its_broker_whatever_waits_there(start_broker: Make, pole: Make) -> None:
    broker = start_broker(EAGER)

    async def main() -> None:
        async with pole(broker.port, protocol="3.1.1") as here:
            await here.until(lambda: here.status.connected)
        for n in range(90):
            publish(broker.port, order(f"c-{n}"), 1)
        async with pole(broker.port, protocol="3.1.1") as here:
            await here.until(lambda: len(here.heard) == 90)
            assert here.pauses == [], "no attempt failed"

    asyncio.run(main())


@pytest.mark.parametrize(("protocol", "heard"), [("5", ["c-2"]), ("3.1.1", [None, "c-2"])])
def test_a_command_of_ten_megabytes_is_refused_and_the_connection_goes_on(
    start_broker: Make, pole: Make, protocol: str, heard: list[str | None]
) -> None:
    """The broker keeps it back with MQTT 5: the pole has told it how much it takes."""
    broker = start_broker()
    long = json.dumps({"id": "c-1", "action": "configuration.set", "data": {"file": "# " + "x" * 10_000_000}})

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            await here.until(lambda: here.status.connected)
            await asyncio.to_thread(publish, broker.port, long, 1)
            publish(broker.port, order("c-2"), 1)
            await here.until(lambda: here.heard and here.heard[-1].id == "c-2")
            assert [each.id for each in here.heard] == heard
            assert heard == ["c-2"] or "at most" in here.heard[0].reason
            assert here.pauses == [], "no attempt failed"

    asyncio.run(main())


def test_a_command_that_no_disk_takes_is_answered_all_the_same(start_broker: Make, city: Make, pole: Make) -> None:
    broker = start_broker()
    at = Moment(1.8e9, 0.0, "b", True)
    data = {"command_id": "c-1", "status": "failed", "reason": "the disk is full", "observed": None}
    outcome = Event(type="command.outcome", subject="p1", at=at, data=said(**data), priority=Priority.ALARM)

    async def main() -> None:
        async with pole(broker.port) as here:
            with city(broker.port) as listener:

                async def refuse(arrival: Any) -> Event:
                    return outcome

                here.on_arrival = refuse
                await here.until(lambda: here.status.connected)
                listener.say(TOPIC, order("c-1"))
                await here.until(listener.events)
                assert listener.events()[0]["data"] == data and listener.events()[0]["id"] == outcome.id
                assert here.store.depth() == 0
        async with pole(broker.port) as here:
            await here.until(lambda: here.status.connected)
            await asyncio.sleep(0.3)
            assert here.heard == [], "it was answered, and does not come again"

    asyncio.run(main())


def test_promise_whatever_a_kill_interrupts_a_command_has_one_outcome(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "bench/commands.py"), "--kills", "4", "--seed", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["kills"] == 4 and report["commands"] >= 13
    assert (report["without_outcome"], report["with_two_outcomes"], report["without_reply"]) == (0, 0, 0)
    assert (report["documents"], report["half_applied"]) == (report["lives"] - 1, 0)


def publish(port: int, payload: str, qos: int) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.publish(TOPIC, payload, qos).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


POLE = """
[pole]
id = "{pole}"
site = "{site}"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {port}
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
"""
MINE_ALONE = """listener {port} 127.0.0.1
allow_anonymous true
acl_file FOLDER/acl
"""


@contextmanager
def daemon(folder: Path, port: int, site: str, name: str, **environment: str) -> "Iterator[subprocess.Popen[bytes]]":
    (folder / "lamppost.toml").write_text(POLE.format(folder=folder, port=port, site=site, pole=name))
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, env=os.environ | environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def topics(listener: Any, name: str, payload: bytes | None = None) -> list[str]:
    found = [m for m in list(listener.messages) if f"/{name}/" in m.topic]
    return [m.topic.partition(f"/{name}/")[2] for m in found if payload is None or m.payload == payload]


def wait(true: Callable[[], Any]) -> None:
    async def until() -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.02)

    asyncio.run(until())


@pytest.mark.expects_log(r"the store is of rouen/p17", r"what was left of rouen/p17 is at the broker")
def test_what_waited_under_an_old_name_is_told_under_it_and_nothing_is_left_there(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    broker = start_broker()
    with city(broker.port) as listener, daemon(tmp_path, broker.port, "rouen", "p17"):
        wait(lambda: "state/ear" in topics(listener, "p17"))
    broker.kill()
    with daemon(tmp_path, broker.port, "rouen", "p17"):
        wait(lambda: b"events are kept" in (tmp_path / "daemon.log").read_bytes())
    broker.start()
    with city(broker.port) as listener, daemon(tmp_path, broker.port, "evreux", "p9"):
        wait(lambda: "status" in topics(listener, "p17", b""))
        assert topics(listener, "p17", b"") == ["state/ear", "status"]
        of_rouen = [event for event in listener.events() if event["source"] == "lamppost://rouen/p17"]
        assert "pole.birth" in {event["type"] for event in of_rouen}
        assert topics(listener, "p17").index("status") > topics(listener, "p17").index("event/pole.birth")
        wait(lambda: b"what was left of rouen/p17" in (tmp_path / "daemon.log").read_bytes())
        assert not list(tmp_path.glob("lamppost.db.of-*"))
        assert all(event["subject"] in {"p9", "ear"} for event in listener.events() if event not in of_rouen)


@pytest.mark.expects_log(
    r"the store is of rouen/p17", r"the broker takes nothing of rouen/p17", r"the broker refused .*rouen"
)
def test_what_the_broker_takes_under_no_old_name_is_archived_and_told(
    start_broker: Make, city: Make, tmp_path: Path
) -> None:
    (tmp_path / "acl").write_text("topic readwrite lamppost/evreux/#\n")
    broker = start_broker(MINE_ALONE.replace("FOLDER", str(tmp_path)), running=False)
    with daemon(tmp_path, broker.port, "rouen", "p17"):
        wait(lambda: b"events are kept" in (tmp_path / "daemon.log").read_bytes())
    broker.start()
    with city(broker.port) as listener, daemon(tmp_path, broker.port, "evreux", "p9"):
        wait(lambda: any(event["type"] == "store.gap" for event in listener.events()))
        (gap,) = [event["data"] for event in listener.events() if event["type"] == "store.gap"]
        assert (gap["reason"], gap["site"], gap["pole"]) == ("other_pole", "rouen", "p17")
        assert gap["events"] >= 1 and (tmp_path / gap["kept_as"]).exists()
    assert [file.name for file in tmp_path.glob("lamppost.db.of-*")] == ["lamppost.db.of-rouen.p17.archived"]


@pytest.mark.expects_log(r"the store is of rouen/p17", r"another pole speaks on .* now", r"what was left of rouen/p17")
def test_another_pole_that_has_the_old_name_keeps_what_it_said(start_broker: Make, city: Make, tmp_path: Path) -> None:
    broker = start_broker()
    with daemon(tmp_path, broker.port, "rouen", "p17"), city(broker.port) as listener:
        wait(lambda: "state/ear" in topics(listener, "p17"))
    with city(broker.port) as listener:
        listener.say("lamppost/rouen/p17/status", b'{"online": true}', retain=True)
        with daemon(tmp_path, broker.port, "evreux", "p9"):
            wait(lambda: b"what was left of rouen/p17" in (tmp_path / "daemon.log").read_bytes())
        assert topics(listener, "p17", b"") == []


def test_a_pole_that_has_just_started_is_not_restarted(start_broker: Make, city: Make, tmp_path: Path) -> None:
    broker = start_broker()
    with city(broker.port) as listener:
        with daemon(tmp_path, broker.port, "rouen", "p1", INVOCATION_ID="0"):
            wait(lambda: "status" in topics(listener, "p1"))
            listener.say(TOPIC, '{"id": "r-1", "action": "pole.restart"}')
            wait(listener.events)
            wait(lambda: [event for event in listener.events() if event["type"] == "command.outcome"])
        (outcome,) = [event["data"] for event in listener.events() if event["type"] == "command.outcome"]
        assert outcome["status"] == "refused" and "it can be restarted once a minute" in outcome["reason"]
