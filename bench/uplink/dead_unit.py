"""One of five Modbus units dead and the broker down: is every reading kept that was worth telling?

Drivers, supervisors, rules and store are the daemon's, the line a pseudo-terminal at 19 200 baud (bench/wire/slave.c)
whose values change at each request. What the rules told is noted as it is committed, then the broker comes back, and a
listener notes what comes.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from broker import Broker
from chaos import Listener
from msgspec import Struct
from proxy import Proxy
from victim import UNBOUND_PER_S

from agent.assembly import Builder
from agent.clock import SystemClock
from agent.configuration import load
from agent.events import DEVICE_DOWN, TELEMETRY_READING, Event
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink
from drivers.line import Line
from drivers.modbus import Master
from drivers.mqtt.backoff import broker_backoff

sys.path.append(str(Path(__file__).parents[1]))
from wire.far import built, slave
from wire.load import LAMP, Pole, head, profile

BAUD, UNITS, DEAD, VALUES = 19200, 5, 5, 10
SECONDS, QUICK_SECONDS = 90, 25


class Notes:
    """What was committed, by name of the device; `commit` is the store's for the rules."""

    def __init__(self, store: Store) -> None:
        self.told: dict[str, Event] = {}
        self._store = store

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        await self._store.commit(events, states)
        self.told |= {event.id: event for event in events}


@asynccontextmanager
async def pole(folder: Path, port: str) -> AsyncIterator[tuple[Store, Notes, Pole]]:
    (folder / "bench.toml").write_text(profile(VALUES))
    text = head(folder) + f'[line.rs485]\nkind = "serial"\nport = "{port}"\nbaud = {BAUD}\n'
    text += "".join(
        LAMP.format(name=f"lamp-{unit}", line="rs485", unit=unit, period="1s") for unit in range(1, UNITS + 1)
    )
    (folder / "pole.conf").write_text(text)
    config, clock = load(folder / "pole.conf"), SystemClock("rtc")
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store(folder / "pole.db", max_bytes=1 << 28, boot=clock.boot))
        masters = {
            name: Master(await stack.enter_async_context(Line(name, line))) for name, line in config.line.items()
        }
        notes = Notes(store)
        components = await Builder(config, store, notes.commit, clock, clock, masters).build()
        yield store, notes, Pole(components)


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    broker = Broker(folder)
    try:
        with built() as programs, slave(programs, "wire", BAUD, DEAD) as far:
            async with pole(folder, far.paths[0]) as (store, notes, running), Proxy(broker.port) as proxy:
                proxy.open = False
                heard = await _outage_and_back(store, running, broker, proxy, QUICK_SECONDS if quick else SECONDS)
                return report(notes, heard, running)
    finally:
        broker.end()


async def _outage_and_back(store: Store, running: Pole, broker: Broker, proxy: Proxy, seconds: float) -> set[str]:
    """Ids of the events that the listener heard."""

    async def ignore(_: object) -> None: ...

    options = UplinkOptions(host="127.0.0.1", port=proxy.port, replay_per_second=UNBOUND_PER_S)
    uplink = Uplink(options, "bench", "pole", store.position(), ignore, backoff=broker_backoff(cap_s=2.0))
    sending = asyncio.create_task(uplink.run())
    polling = [asyncio.create_task(each.run()) for each in running.supervisors]
    await asyncio.sleep(seconds)
    for task in polling:
        task.cancel()
    await asyncio.wait(polling)
    broker.start()
    listener = Listener(broker.port)
    try:
        until_s = time.monotonic() + 120
        await listener.back()
        proxy.open = True
        while store.depth() and time.monotonic() < until_s:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
    finally:
        listener.end()
        sending.cancel()
        await asyncio.wait([sending])
    return {id for _, id in listener.heard}


def report(notes: Notes, heard: set[str], running: Pole) -> dict[str, Any]:
    readings = [event for event in notes.told.values() if event.type == TELEMETRY_READING]
    return {
        "polls_of_each_lamp": dict(sorted(running.polls.items())),
        "readings_told_by_the_rules": len(readings),
        "readings_by_lamp": dict(sorted(Counter(event.subject for event in readings).items())),
        "told_as_down": sorted(event.subject for event in notes.told.values() if event.type == DEVICE_DOWN),
        "readings_lost": sum(1 for event in readings if event.id not in heard),
        "events_lost": len(notes.told.keys() - heard),
        "target": {"readings_lost": 0, "events_lost": 0},
    }
