"""A broker that is killed again and again, with the shipped autosave, and the consumer of docs/events.md that confirms.

What the pole committed while the broker was killed must all be in the consumer's file at the end, and nothing may be
left with the pole. The consumer is the program of the page, in a process of its own. How much the broker takes by
itself, and passes on, is the limit of all that, and measured first.
"""

import asyncio
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from aiomqtt import Client
from broker import Broker, mosquitto
from drain import Way, a_message, from_memory

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff
from drivers.options import Seconds

sys.path.append(str(Path(__file__).parents[1]))
from stored import said

KILLS, QUICK_KILLS = 200, 10
RATES_PER_S = (50, 200)
"""Events that are committed, as far as disk and machine let them."""

LONGEST_LIFE_S = 3.0
PATIENCE_S = 600.0
ALONE_EVENTS = 2000
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "mosquitto" / "lamppost.conf"


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    """Kills the broker so often; what is lost at the consumer, at each rate."""
    (folder / "alone").mkdir()
    report = {"broker_alone": await _broker_alone(folder / "alone")}
    for per_s in RATES_PER_S:
        (folder / str(per_s)).mkdir()
        report[f"at_{per_s}_per_s"] = await _measure(folder / str(per_s), QUICK_KILLS if quick else KILLS, per_s)
    return report


async def _measure(folder: Path, kills: int, per_s: int) -> dict[str, Any]:
    broker = Broker(folder, _durable(folder))
    broker.start()
    consumer = subprocess.Popen(
        [sys.executable, _program(folder), "127.0.0.1", str(broker.port), "bench/pole", _file(folder)]
    )
    committed: list[str] = []
    options = UplinkOptions(
        host="127.0.0.1",
        port=broker.port,
        confirm="consumer",
        confirm_within_s=Seconds(60),
        replay_per_second=400,
    )
    try:
        async with Store(folder / "pole.db", max_bytes=1 << 28, boot="bench") as store:
            uplink = Uplink(options, "bench", "pole", store.position(), _ignore, backoff=broker_backoff(cap_s=0.5))
            tasks = [asyncio.create_task(uplink.run()), asyncio.create_task(_commit(store, committed, per_s))]
            began_s = time.monotonic()
            await asyncio.sleep(1.0)
            await _kill_again_and_again(broker, kills)
            tasks[1].cancel()
            committed_per_s = len(committed) / (time.monotonic() - began_s)
            began_s = time.monotonic()
            while store.position().depth() and time.monotonic() - began_s < PATIENCE_S:
                await asyncio.sleep(0.1)
            settled_s, left = time.monotonic() - began_s, store.position().depth()
            tasks[0].cancel()
            await asyncio.wait(tasks)
            sent = uplink.status.sent
    finally:
        consumer.send_signal(signal.SIGKILL)
        consumer.wait(10)
        broker.end(signal.SIGKILL)
    figures = {"kills": kills, "committed_per_s": round(committed_per_s, 1), "settled_s": round(settled_s, 1)}
    return figures | _report(folder, committed, left, sent)


async def _broker_alone(folder: Path) -> dict[str, float]:
    """What the broker acknowledges in a second, and passes on, without a pole: published out of memory, 100 at a time,
    for a subscriber that does nothing else."""
    with mosquitto(folder, _durable(folder)) as broker:
        began_s = time.monotonic()
        async with asyncio.TaskGroup() as both:
            heard = both.create_task(_hear(broker.port, ALONE_EVENTS))
            await asyncio.sleep(1.0)
            began_s = time.monotonic()
            sent = await from_memory(Way(broker.port, "5"), [a_message(number) for number in range(ALONE_EVENTS)])
        passed_on_per_s = ALONE_EVENTS / (heard.result() - began_s)
    return {"acknowledged_per_s": sent["events_per_s"], "passed_on_per_s": round(passed_on_per_s)}


async def _hear(port: int, count: int) -> float:
    """Takes so many messages; the monotonic second of the last."""
    async with Client("127.0.0.1", port, identifier="alone", clean_session=False) as client:
        await client.subscribe("#", 1)
        async for _ in client.messages:
            count -= 1
            if not count:
                break
    return time.monotonic()


def _report(folder: Path, committed: list[str], left: int, sent: int) -> dict[str, Any]:
    with sqlite3.connect(_file(folder)) as disk:
        has = {id for (id,) in disk.execute("SELECT id FROM event WHERE id IS NOT NULL")}
    return {
        "events": len(committed),
        "lost_at_the_consumer": len(set(committed) - has),
        "not_confirmed_at_the_end": left,
        "acknowledged_by_the_broker": sent,
        "sent_more_than_once": sent - len(committed),
        "what_the_consumer_had_of_the_pole": len(has),
    }


def _durable(folder: Path) -> str:
    """The lines of the shipped configuration by which mosquitto writes what waits."""
    lines = re.findall(r"^autosave_\w+ .+$", SHIPPED.read_text(), re.MULTILINE)
    # As root, mosquitto would write as a user of its own.
    return "\n".join([*lines, "persistence true", f"persistence_location {folder}/", "user root", ""])


def _program(folder: Path) -> str:
    page = (ROOT / "docs" / "events.md").read_text()
    (code,) = [
        each for each in re.findall(r"^```python\n(.+?)^```$", page, re.MULTILINE | re.DOTALL) if "/confirm" in each
    ]
    (folder / "keep.py").write_text(code)
    return str(folder / "keep.py")


def _file(folder: Path) -> str:
    return str(folder / "kept.db")


async def _commit(store: Store, committed: list[str], per_s: int) -> None:
    number, began_s = 0, time.monotonic()
    while True:
        at = Moment(time.time(), time.monotonic(), "bench", True)
        priority = Priority.ALARM if number % 20 == 0 else Priority.EVENT
        event = Event(type="bay.freed", subject=f"bay-{number % 4}", at=at, data=said(n=number), priority=priority)
        await store.commit([event], {})
        committed.append(event.id)
        number += 1
        await asyncio.sleep(max(0.0, began_s + number / per_s - time.monotonic()))


async def _kill_again_and_again(broker: Broker, kills: int) -> None:
    chance = random.Random(kills)
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.0, LONGEST_LIFE_S))
        broker.end(signal.SIGKILL)
        await asyncio.to_thread(broker.start)


async def _ignore(_: object) -> None:
    """Takes what never comes: an order."""


if __name__ == "__main__":
    place = Path(sys.argv[1])
    print(json.dumps(asyncio.run(_broker_alone(place)), indent=2))
    print(json.dumps(asyncio.run(_measure(place, int(sys.argv[2]), int(sys.argv[3]))), indent=2))
