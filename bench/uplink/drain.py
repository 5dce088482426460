"""How fast the outbox drains into a broker, beside aiomqtt alone publishing the same from memory in the same run."""

import asyncio
import gc
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from aiomqtt import Client, ProtocolVersion, TLSParameters
from broker import TLS, mosquitto, self_signed

from agent.clock import Moment
from agent.events import Event
from agent.store import Store
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink
from drivers.mqtt.message import Message
from drivers.mqtt.options import TlsOptions

sys.path.append(str(Path(__file__).parents[1]))
from stored import said, stored

IN_FLIGHT = 100
VERSIONS = {"5": ProtocolVersion.V5, "3.1.1": ProtocolVersion.V311}
RATIO = 1.5
EVENTS = 10_000
TURNS = 5
"""How often each of both is measured, in turns: the machine is another one every minute, and what counts is the
median."""


def an_event(n: int) -> Event:
    at = Moment(1.77e9 + n, float(n), "bench", True)
    data = said(duration_s=1234.5, continuity="certain", category="blue_zone", n=n)
    return Event(type="bay.freed", subject=f"bay-{n % 4}", at=at, data=data)


def a_message(n: int) -> Message:
    """The same event as the uplink sends it."""
    return CloudEvents(Topics(TopicOptions(), "bench", "pole")).event(stored(an_event(n)))


class Way(NamedTuple):
    """How both reach the broker.

    Args:
        authority: the file to trust; None: without TLS.
    """

    port: int
    protocol: str
    authority: Path | None = None


async def from_memory(way: Way, messages: list[Message]) -> dict[str, float]:
    """aiomqtt as its documentation has it: so many tasks, each awaiting its publish."""
    waiting, tls = iter(messages), None if way.authority is None else TLSParameters(ca_certs=str(way.authority))
    async with Client(
        "127.0.0.1",
        way.port,
        protocol=VERSIONS[way.protocol],
        max_inflight_messages=IN_FLIGHT,
        tls_params=tls,
    ) as client:
        client.pending_calls_threshold = IN_FLIGHT + 1

        async def publish() -> None:
            for message in waiting:
                await client.publish(message.topic, message.payload, qos=1)

        begun_s, cpu_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(publish() for _ in range(IN_FLIGHT)))
        return figures(len(messages), begun_s, cpu_s)


async def from_store(way: Way, path: Path, count: int) -> dict[str, float]:
    async def ignore(_: object) -> None: ...

    options = UplinkOptions(
        host="127.0.0.1",
        port=way.port,
        protocol=way.protocol,  # type: ignore[arg-type]
        tls=None if way.authority is None else TlsOptions(ca_file=str(way.authority)),
        in_flight=IN_FLIGHT,
        replay_per_second=100_000,
    )
    async with Store(path, max_bytes=1 << 30, boot="bench") as store:
        uplink = Uplink(options, "bench", "pole", store.position(), ignore)
        begun_s, cpu_s = time.perf_counter(), time.process_time()
        running = asyncio.create_task(uplink.run())
        while store.depth():
            await asyncio.sleep(0.02)
        result = figures(count, begun_s, cpu_s)
        assert uplink.status.sent == count
        running.cancel()
        await asyncio.wait([running])
    return result


def figures(count: int, begun_s: float, cpu_s: float) -> dict[str, float]:
    elapsed_s = time.perf_counter() - begun_s
    return {
        "events_per_s": round(count / elapsed_s),
        "cpu_us_per_event": round((time.process_time() - cpu_s) / count * 1e6, 1),
    }


async def turn(way: Way, folder: Path, events: list[Event], messages: list[Message]) -> dict[str, Any]:
    """Both, one after the other; ratios above 1 where the store is ahead of memory."""
    with tempfile.TemporaryDirectory(dir=folder) as stores:
        path = Path(stores) / "bench.db"
        await fill(path, events)
        memory = await from_memory(way, messages)
        store = await from_store(way, path, len(events))
    return {
        "aiomqtt_from_memory": memory,
        "uplink_from_store": store,
        "ratio": round(store["events_per_s"] / memory["events_per_s"], 2),
        "cpu_ratio": round(memory["cpu_us_per_event"] / store["cpu_us_per_event"], 2),
    }


async def fill(path: Path, events: list[Event]) -> None:
    async with Store(path, max_bytes=1 << 30, boot="bench") as store:
        for first in range(0, len(events), 500):
            await store.commit(events[first : first + 500], {})


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    count = EVENTS // 2 if quick else EVENTS
    authority = self_signed(folder)
    with mosquitto(folder) as plain, mosquitto(folder, TLS.format(folder)) as secured:
        ways = [Way(plain.port, each) for each in VERSIONS]
        return await beside_memory(count, folder, [*ways, *(Way(secured.port, each, authority) for each in VERSIONS)])


async def beside_memory(count: int, folder: Path, ways: list[Way]) -> dict[str, Any]:
    events = [an_event(n) for n in range(count)]
    messages = [a_message(n) for n in range(count)]
    # Or the collector of whoever makes more objects walks over these again and again.
    gc.collect()
    gc.freeze()
    report: dict[str, Any] = {"events": count, "in_flight": IN_FLIGHT, "message_bytes": len(messages[0].payload)}
    for way in ways:
        turns = [await turn(way, folder, events, messages) for _ in range(TURNS)]
        report[f"mqtt_{way.protocol}{'_tls' if way.authority else ''}"] = {
            "turns": turns,
            "load": os.getloadavg()[0],
            "ratio": statistics.median(each["ratio"] for each in turns),
            "cpu_ratio": statistics.median(each["cpu_ratio"] for each in turns),
            "target": RATIO,
        }
    report["max_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return report
