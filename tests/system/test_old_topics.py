"""What a pole leaves retained under topics or a name that it no longer has, with a real broker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from patience import PATIENCE_S, until

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
[sensor.ear]
kind = "a02"
port = "/dev/not-there"
[bay.b1]
sensor = "ear"
[uplink]
host = "127.0.0.1"
port = {broker}
protocol = "{protocol}"
"""
OLD = {f"lamppost/town/p1/{each}" for each in ("status", "state/ear", "state/b1")}
STATES = {f"city/p1/{each}" for each in ("ear", "b1")}
MOVED_STATES = '[uplink.topics]\nstate = "city/{pole}/{device}"\n'
MOVED = MOVED_STATES + 'status = "city/{pole}/is/online"\n'
pytestmark = pytest.mark.expects_log(r"ear is down: serial port /dev/not-there")


@contextmanager
def daemon(folder: Path, end: signal.Signals = signal.SIGTERM) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "agent", "run", "-c", str(folder / "lamppost.toml")]
    with (folder / "daemon.log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, env=os.environ)
    try:
        yield process
    finally:
        process.send_signal(end)
        process.wait(PATIENCE_S)


def retained(port: int) -> dict[str, Any]:
    """What a subscriber that comes now finds at the broker."""
    found: dict[str, Any] = {}
    client = paho.Client(CallbackAPIVersion.VERSION2)

    def hear(_client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        if message.retain:
            found[message.topic] = json.loads(message.payload)

    client.on_message = hear
    client.connect("127.0.0.1", port)
    client.subscribe("#", 1)
    client.loop_start()
    time.sleep(0.3)
    client.disconnect()
    client.loop_stop()
    return found


@pytest.mark.parametrize("way", ["reload", "restart", "kill"])
@pytest.mark.parametrize(
    "topics, left",
    [(MOVED, {"city/p1/is/online"}), (MOVED_STATES, {"lamppost/town/p1/status"})],
    ids=["states and status", "states"],
)
def test_nothing_stays_retained_under_topics_that_the_pole_has_no_longer(
    start_broker: Any, tmp_path: Path, way: str, topics: str, left: set[str]
) -> None:
    broker, file = start_broker(), tmp_path / "lamppost.toml"
    text = POLE.format(folder=tmp_path, broker=broker.port, protocol="3.1.1" if way == "kill" else "5")
    file.write_text(text)
    with daemon(tmp_path, signal.SIGKILL if way == "kill" else signal.SIGTERM) as process:
        until(lambda: retained(broker.port).keys() == OLD)
        file.write_text(text + topics)
        if way == "reload":
            process.send_signal(signal.SIGHUP)
            until(lambda: retained(broker.port).keys() == STATES | left)
    with daemon(tmp_path):
        until(lambda: retained(broker.port).keys() == STATES | left)
        until(lambda: b"nothing is retained at the broker under" in (tmp_path / "daemon.log").read_bytes())
    assert retained(broker.port).keys() == STATES | left, "the end tells nothing there either"


def test_topics_that_come_back_are_not_cleared(start_broker: Any, tmp_path: Path) -> None:
    broker, file = start_broker(), tmp_path / "lamppost.toml"
    text = POLE.format(folder=tmp_path, broker=broker.port, protocol="5")
    file.write_text(text)
    with daemon(tmp_path) as process:
        until(lambda: retained(broker.port).keys() == OLD)
        for n, topics in enumerate((MOVED, "", MOVED_STATES, ""), 1):
            file.write_text(text + topics)
            process.send_signal(signal.SIGHUP)
            until(lambda n=n: (tmp_path / "daemon.log").read_text().count("the configuration is another") == n)
        until(lambda: retained(broker.port).keys() == OLD)
        time.sleep(1.5)
        assert retained(broker.port).keys() == OLD


@pytest.mark.expects_log("the store is of town/p0", "what was left of town/p0 is at the broker")
def test_a_document_of_a_pole_that_is_renamed_holds_on(start_broker: Any, city: Any, tmp_path: Path) -> None:
    broker, file = start_broker(), tmp_path / "lamppost.toml"
    text = POLE.format(folder=tmp_path, broker=broker.port, protocol="5")
    file.write_text(text.replace('id = "p1"', 'id = "p0"'))
    data = {"kind": "closure", "name": "works", "valid_until": "2099-01-01T00:00:00Z", "content": {"bays": ["b1"]}}
    data["valid_until"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))

    def closed(pole: str) -> bool:
        return bool(retained(broker.port).get(f"lamppost/town/{pole}/state/b1", {}).get("state", {}).get("closed"))

    with city(broker.port) as town, daemon(tmp_path):
        until(lambda: retained(broker.port).keys())
        town.say("lamppost/town/p0/command", json.dumps({"id": "1", "action": "document.set", "data": data}))
        until(lambda: closed("p0"))
    file.write_text(text.replace("[store]", 'formerly = "p0"\n[store]', 1))
    with daemon(tmp_path):
        until(lambda: closed("p1"))
        until(lambda: retained(broker.port).keys() == OLD)
