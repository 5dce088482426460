"""Seven days without a broker at one event a second, in simulated time: size of the store, memory, time to drain.

The agent's store and uplink run in a process of their own (this module), so that its memory is theirs alone. It commits
in portions, because a week has 604 800 seconds; the uplink tries to connect all the while.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from broker import Broker
from victim import UNBOUND_PER_S

from agent.clock import Moment
from agent.events import Event, Priority
from agent.events.devices import TelemetryReading
from agent.events.registry import event
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff

sys.path.append(str(Path(__file__).parents[1]))
from stored import said

DAYS, QUICK_DAYS = 7, 0.25
RSS_LIMIT_MB = 5.0
SETTLED, PORTION = 5000, 50
BEGAN_UNIX_S = 1.79e9
# What a pole says in a day: mostly telemetry, some events, now and then an alarm.
MIX = [Priority.TELEMETRY] * 15 + [Priority.EVENT] * 4 + [Priority.ALARM]


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    days = QUICK_DAYS if quick else DAYS
    runs = {"everything_fits": 256, "store_of_16_mb": 16}
    return {name: await asyncio.to_thread(_run, folder, days, max_mb) for name, max_mb in runs.items()}


def _run(folder: Path, days: float, max_mb: int) -> dict[str, Any]:
    command = [sys.executable, __file__, str(folder), str(days), str(max_mb)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


class Memory:
    """The memory of this process, from the end of its settling on."""

    def __init__(self) -> None:
        self.begin_mb = self.most_mb = _rss_mb()

    def look(self) -> None:
        self.most_mb = max(self.most_mb, _rss_mb())

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.05)


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def an_event(second: int) -> Event:
    at = Moment(BEGAN_UNIX_S + second, 1000.0 + second, "bench", True)
    priority = MIX[second % len(MIX)]
    if priority is Priority.TELEMETRY:
        power = TelemetryReading(quantity="active_power_w", value=100.0 + second % 400)
        return event(power, f"lamp-{second % 5}", at)
    left = said(
        stay=f"{second:032x}",
        entered_at="2026-11-22T23:26:05.167Z",
        continuity="certain",
        duration_s=1234.5,
        duration_exact=True,
        uncertainty_s=1.0,
        category="blue_zone",
    )
    return Event(type="bay.freed", subject=f"bay-{second % 4}", at=at, data=left, priority=priority)


async def commit(store: Store, first: int, last: int) -> None:
    for second in range(first, last, PORTION):
        await store.commit([an_event(n) for n in range(second, min(last, second + PORTION))], {})


async def outage(folder: Path, days: float, max_mb: int) -> dict[str, Any]:
    async def ignore(_: object) -> None: ...

    broker, path, seconds = Broker(folder), folder / f"outage-{max_mb}.db", int(days * 86_400)
    options = UplinkOptions(host="127.0.0.1", port=broker.port, replay_per_second=UNBOUND_PER_S)
    try:
        async with Store(path, max_bytes=max_mb * 1_000_000, boot="bench", max_age_s=90 * 86_400) as store:
            uplink = Uplink(options, "bench", "pole", store.position(), ignore, backoff=broker_backoff(cap_s=0.5))
            sending = asyncio.create_task(uplink.run())
            await commit(store, 0, SETTLED)
            memory = Memory()
            watching = asyncio.create_task(memory.watch())
            await commit(store, SETTLED, seconds)
            status = await store.status()
            size = sum(file.stat().st_size for file in folder.glob(f"{path.name}*"))
            outage_mb = memory.most_mb
            began_s, stored = time.perf_counter(), store.depth()
            broker.start()
            while store.depth():
                await asyncio.sleep(0.05)
            drained_s = time.perf_counter() - began_s
            watching.cancel()
            sending.cancel()
            await asyncio.wait([watching, sending])
            sent = uplink.status.sent
    finally:
        broker.end()
    return {
        "days": days,
        "events": seconds,
        "store_mb": round(size / 1e6, 1),
        "max_mb": max_mb,
        "bytes_per_event": round(status.used_bytes / stored),
        "given_up_and_told": status.dropped,
        "accounted_for": sent + status.dropped - (1 if status.dropped else 0) - seconds == 0,
        "drain_s": round(drained_s, 1),
        "drained_per_s": round(sent / drained_s),
        "rss_mb": round(memory.begin_mb, 1),
        "rss_growth_mb": {
            "outage": round(outage_mb - memory.begin_mb, 1),
            "outage_and_drain": round(memory.most_mb - memory.begin_mb, 1),
        },
        "rss_limit_mb": RSS_LIMIT_MB,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(outage(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))))
