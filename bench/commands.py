"""Is every command answered once, whatever moment the daemon is killed at? Prints JSON.

A real daemon with a lamp on Modbus TCP and a real mosquitto. Each round gives some commands at once (levels of the lamp
with QoS 1 and 2, a question to the pole itself, a document, one that is refused), and kills the daemon with SIGKILL at
a random moment between their arrival and the last outcome; the next daemon goes on with the same store. A command is
without an outcome when no `command.outcome` of its id has come at the end; it has two when two events of different id
have. A kill that came after the last outcome does not count. A document is half applied when its outcome and its
`pole.document` event do not agree, or when the store has another one at the end than was told last.

    .venv/bin/python bench/commands.py [--kills 500] [--seed 1] [--protocol 5]
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from pymodbus.server import ModbusTcpServer
from standing import stands_on
from uplink.broker import mosquitto

from agent.documents.document import PREFIX, Kept
from agent.simulate.lamps import DIMMER_UNIT, dimmer, tcp_port
from agent.store.file.copy import StoreCopy

KILLS = 500
WORST_S = 30.0
"""A command without an outcome for so long after the last kill has none."""
MOST_OPEN = 20
"""Commands without an outcome when a round begins."""
WITHIN_S = 0.15
"""The latest that a kill comes; the question to the pole takes longer than that."""

POLE = """
[pole]
id = "p1"
site = "bench"
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
replay_per_second = 100000
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
port = {lamp}
[lamp.l1]
line = "cabinet"
unit = {unit}
profile = "wb-mdm3"
channel = 0
"""
TOPIC = "lamppost/bench/p1"
UNTIL = (datetime.now(UTC) + timedelta(days=30)).isoformat()


class City:
    """Commands and hears what becomes of them, in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.outcomes: defaultdict[str, set[str]] = defaultdict(set)
        self.statuses: defaultdict[str, set[str]] = defaultdict(set)
        self.replies: set[str] = set()
        self.documents: dict[str, dict[str, Any]] = {}
        self.online, self._listens = threading.Event(), threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "city", protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_subscribe = lambda *_: self._listens.set()
        self._client.on_message = lambda _client, _data, message: self._hear(message)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe(f"{TOPIC}/#", 1)
        if not self._listens.wait(10):
            raise SystemExit("the broker does not let the city listen")

    def _hear(self, message: paho.MQTTMessage) -> None:
        if message.topic.startswith(f"{TOPIC}/response/"):
            self.replies.add(message.topic.rpartition("/")[2])
        elif message.topic == f"{TOPIC}/event/command.outcome":
            event = json.loads(message.payload)
            self.outcomes[event["data"]["command_id"]].add(event["id"])
            self.statuses[event["data"]["status"]].add(event["data"]["command_id"])
        elif message.topic == f"{TOPIC}/event/pole.document":
            event = json.loads(message.payload)
            self.documents.setdefault(event["id"], event["data"])
        elif message.topic == f"{TOPIC}/status" and message.payload and json.loads(message.payload)["online"]:
            self.online.set()

    def order(self, order: dict[str, Any], qos: int) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ResponseTopic = f"{TOPIC}/response/{order['id']}"
        self._client.publish(f"{TOPIC}/command", json.dumps(order), qos, properties=properties)

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class Daemon:
    """`lamppost run`, again and again on the same store."""

    def __init__(self, folder: Path) -> None:
        self.lives = 0
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.lives += 1
        with (self._folder / "daemon.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "agent", "run", "-c", str(self._folder / "lamppost.toml"), stderr=log
            )

    async def end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
            await self._process.wait()


@asynccontextmanager
async def lamp() -> AsyncIterator[int]:
    server = ModbusTcpServer(dimmer(), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        yield tcp_port(server)
    finally:
        await server.shutdown()


def orders(round_: int) -> list[tuple[dict[str, Any], int]]:
    """The commands of one round, each with its QoS."""
    found: list[tuple[dict[str, Any], int]] = [
        ({"id": f"level-{round_}", "device": "l1", "action": "level", "value": 10 + round_ % 90}, 1),
        ({"id": f"hold-{round_}", "device": "l1", "action": "override", "value": 50, "hold": "1min"}, 2),
        ({"id": f"none-{round_}", "device": "l9", "action": "release"}, 1),
    ]
    name = {"kind": "lighting-exception", "name": f"d{round_ % 5}"}
    if round_ % 3 == 2:
        found.append(({"id": f"document-{round_}", "action": "document.withdraw", "data": name}, 1))
    else:
        data = name | {"content": {"level_percent": round_ % 100}, "valid_until": UNTIL}
        found.append(({"id": f"document-{round_}", "action": "document.set", "data": data}, 1))
    if round_ % 10 == 0:
        found.append(({"id": f"pole-{round_}", "action": "pole.diagnose"}, 1))
    return found


def half_applied(given: Iterable[str], city: City, store: Path) -> list[str]:
    """Commands, and names of documents."""
    told = Counter(each["command_id"] for each in city.documents.values())
    asked = [id for id in given if id.startswith("document-")]
    found = [id for id in asked if told[id] != (id in city.statuses["done"])]
    last = {each["name"]: each for each in city.documents.values()}
    wanted = {name: each["revision"] for name, each in last.items() if each["state"] != "withdrawn"}
    with StoreCopy(store) as copy:
        kept = [copy.load(key, Kept) for key in copy.keys(PREFIX)]
    stored = {each.document.name: each.document.revision for each in kept if each is not None}
    return found + sorted(name for name in {*wanted, *stored} if wanted.get(name) != stored.get(name))


async def until(true: Any, limit_s: float) -> bool:
    end_s = time.monotonic() + limit_s
    while not true() and time.monotonic() < end_s:
        await asyncio.sleep(0.002)
    return bool(true())


async def play(folder: Path, kills: int, seed: int, protocol: str) -> dict[str, Any]:
    dice, given, counted, round_ = random.Random(seed), dict[str, None](), 0, 0
    with mosquitto(folder) as broker:
        async with lamp() as port:
            text = POLE.format(folder=folder, port=broker.port, protocol=protocol, lamp=port, unit=DIMMER_UNIT)
            (folder / "lamppost.toml").write_text(text)
            city, daemon = City(broker.port), Daemon(folder)
            try:
                while counted < kills:
                    city.online.clear()
                    await daemon.start()
                    if not await until(city.online.is_set, WORST_S):
                        raise SystemExit("the daemon does not come up:\n" + (folder / "daemon.log").read_text()[-4000:])
                    # A pole hears so many commands at once, and is killed soon after each start.
                    await until(lambda: sum(id not in city.outcomes for id in given) < MOST_OPEN, WORST_S)
                    ids = [order["id"] for order, _ in orders(round_)]
                    for order, qos in orders(round_):
                        given[order["id"]] = None
                        city.order(order, qos)
                    round_ += 1
                    await asyncio.sleep(dice.uniform(0, WITHIN_S))
                    counted += any(id not in city.outcomes for id in ids)
                    await daemon.end(signal.SIGKILL)
                await daemon.start()
                # MQTT 3.1.1 has no response topics.
                replied = city.replies if protocol == "5" else given
                await until(lambda: all(id in city.outcomes and id in replied for id in given), WORST_S)
                # Whatever else would come, a second outcome above all.
                await asyncio.sleep(2.0)
                await daemon.end(signal.SIGTERM)
                halves = half_applied(given, city, folder / "lamppost.db")
            finally:
                await daemon.end(signal.SIGKILL)
                city.end()
    return {
        "protocol": protocol,
        "kills": counted,
        "lives": daemon.lives,
        "commands": len(given),
        "without_outcome": sum(id not in city.outcomes for id in given),
        "with_two_outcomes": sum(len(city.outcomes[id]) > 1 for id in given),
        "documents": sum(id.startswith("document-") for id in given),
        "half_applied": len(halves),
        "without_reply": sum(id not in replied for id in given),
        "by_status": {status: len(ids) for status, ids in sorted(city.statuses.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", choices=("5", "3.1.1"), default="5")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        played = asyncio.run(play(Path(folder), arguments.kills, arguments.seed, arguments.protocol))
    print(json.dumps({"stands_on": stands_on()} | played, indent=2))


if __name__ == "__main__":
    main()
