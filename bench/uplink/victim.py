"""The agent that chaos plays with: the store, the uplink, and so many events a second, each noted on standard output.

Usage: python victim.py STORE PORT PROTOCOL RUN EVENTS_PER_S TELEMETRY_PER_S

A line "m NAME" stands for an event that is about to be committed, "k NAME" for one whose commit has returned. SIGUSR1
makes the kernel refuse every write to a file of this process, SIGUSR2 allows them again; SIGTERM ends it when the
outbox is empty.
"""

import asyncio
import os
import resource
import signal
import sys
from pathlib import Path

from msgspec import convert

from agent.clock import SystemClock
from agent.events import Event, Priority
from agent.store import Store, StoreError
from agent.uplink.options import UplinkOptions
from agent.uplink.session import Timings
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff

sys.path.append(str(Path(__file__).parents[1]))
from stored import said

ANSWER_S = 1.0
UNBOUND_PER_S = 100_000
"""Replay is not held back: what is measured is what is lost, at full speed."""


def note(line: str) -> None:
    """Writes a line into a pipe, unbuffered: it outlives the process, and needs no disk."""
    os.write(1, line.encode() + b"\n")


async def produce(store: Store, run: str, per_s: float, priorities: list[Priority], over: asyncio.Event) -> None:
    clock, loop = SystemClock("rtc"), asyncio.get_running_loop()
    began_s = loop.time()
    for n in range(1_000_000_000):
        await asyncio.sleep(began_s + n / per_s - loop.time())
        if over.is_set():
            return
        priority = priorities[n % len(priorities)]
        name = f"{run}-{priority.name.lower()}-{n}"
        event = Event(
            type="bench.chaos", subject=f"bay-{n % 4}", at=clock.now(), data=said(name=name), priority=priority
        )
        note(f"m {name}")
        try:
            await store.commit([event], {})
        except StoreError:
            continue
        note(f"k {name}")


def refuse_writes(refuse: bool) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 if refuse else hard, hard))


async def main(options: UplinkOptions, path: Path, run: str, per_s: float, telemetry_per_s: float) -> None:
    async def ignore(_: object) -> None: ...

    over, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.add_signal_handler(signal.SIGUSR1, refuse_writes, True)
    loop.add_signal_handler(signal.SIGUSR2, refuse_writes, False)
    async with Store(path, max_bytes=1 << 28, boot="bench") as store:
        uplink = Uplink(
            options,
            "bench",
            "pole",
            store.position(),
            ignore,
            timings=Timings(answer_s=ANSWER_S),
            backoff=broker_backoff(first_s=0.05, cap_s=0.2),
        )
        sending = asyncio.create_task(uplink.run())
        await asyncio.gather(
            produce(store, run, per_s, [Priority.EVENT, Priority.EVENT, Priority.ALARM], over),
            produce(store, run, telemetry_per_s, [Priority.TELEMETRY], over),
        )
        while store.depth():
            await asyncio.sleep(0.02)
        sending.cancel()
        await asyncio.wait([sending])


if __name__ == "__main__":
    path, port, protocol, run, per_s, telemetry_per_s = sys.argv[1:]
    uplink = {"host": "127.0.0.1", "port": int(port), "protocol": protocol, "replay_per_second": UNBOUND_PER_S}
    asyncio.run(main(convert(uplink, UplinkOptions), Path(path), run, float(per_s), float(telemetry_per_s)))
