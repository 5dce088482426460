"""Bytes written to the disk per telemetry reading and per event, with the broker there and away.

Counted by the kernel for the one process that runs store and uplink (this module): write_bytes of /proc/PID/io, which
are the pages of 4096 bytes that it made dirty, from before the first commit to after the store is closed, its log
copied back included; what a store costs that is open for as long and is given nothing is measured beside it and taken
off. The journal of the file system comes on top. Needs a real disk: one in memory counts nothing.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from broker import mosquitto
from msgspec import Struct
from victim import UNBOUND_PER_S

from agent.clock import SystemClock
from agent.events import Event
from agent.events.devices import TelemetryReading
from agent.events.registry import event
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.uplink import Uplink

sys.path.append(str(Path(__file__).parents[1]))
from stored import said

TARGET_PER_READING = 400
SECONDS, QUICK_SECONDS = 10, 3
WRITINGS = 6
"""How often gathered telemetry is written: three minutes of it."""
# Readings or events a second, how long readings are gathered (store.gather), whether the broker is there.
TELEMETRY = [(200, 30.0, True), (5, 30.0, True), (200, 30.0, False), (50, 30.0, False), (5, 30.0, False)]
# Beside them: each half second written by itself.
TELEMETRY += [(5, 0.5, False)]
EVENTS = [(5, 30.0, True), (50, 30.0, True), (5, 30.0, False), (50, 30.0, False)]


class Standing(Struct):
    """A state like a bay's, written with each event."""

    since_s: float
    stay: str = "0123456789abcdef" * 2
    entered_at: str = "2026-11-22T23:26:05.167Z"


async def measure(folder: Path, quick: bool) -> dict[str, Any]:
    """All at once: what a process writes is counted for itself."""
    seconds = QUICK_SECONDS if quick else SECONDS
    names, rows = [], []
    with mosquitto(folder) as broker:
        for what, ways in (("telemetry", TELEMETRY), ("event_with_state", EVENTS)):
            for rate, gather_s, there in ways:
                port = broker.port if there else 1
                names.append(f"{what}_{rate}_per_s_gathered_{gather_s:g}_s_broker_{'there' if there else 'away'}")
                lasts_s = max(seconds, WRITINGS * gather_s) if what == "telemetry" and not quick else seconds
                rows.append(_beside_nothing(folder / names[-1], what, rate, port, lasts_s, gather_s))
        report = dict(zip(names, await asyncio.gather(*rows), strict=True))
    return {"target_per_reading": TARGET_PER_READING} | report


async def _beside_nothing(path: Path, what: str, rate: float, *how: float) -> dict[str, Any]:
    report, idle = await asyncio.gather(
        _written(path, what, rate, *how), _written(path.with_name(f"{path.name}-idle"), what, 0, *how)
    )
    bytes_each = round((report["written"] - idle["written"]) / report["count"])
    return {"bytes_each": bytes_each, "idle_bytes": idle["written"]} | report


async def _written(path: Path, *how: object) -> dict[str, Any]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(path), *map(str, how), env=environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{path.name} ended with {process.returncode}")
    report: dict[str, Any] = json.loads(said)
    return report


def written_bytes() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


async def wear(path: Path, what: str, rate: float, port: int, seconds: float, gather_s: float) -> dict[str, Any]:
    async def ignore(_: object) -> None: ...

    count = int(rate * seconds)
    options = UplinkOptions(host="127.0.0.1", port=port, replay_per_second=UNBOUND_PER_S)
    async with Store(path, max_bytes=1 << 28, boot="bench", buffer_s=gather_s) as store:
        uplink = Uplink(options, "bench", path.stem, store.position(), ignore)
        sending = asyncio.create_task(uplink.run())
        await asyncio.sleep(1.0)
        before, loop = written_bytes(), asyncio.get_running_loop()
        began_s = loop.time()
        for n in range(count):
            await asyncio.sleep(began_s + n / rate - loop.time())
            await _commit_one(store, what, n)
        await asyncio.sleep(began_s + seconds + 1.0 - loop.time())
        told = (await store.status()).written_today_bytes or 0
        left = store.depth()
        sending.cancel()
        await asyncio.wait([sending])
    written = written_bytes() - before
    return {"count": count, "written": written, "left_in_store": left, "status_says_bytes": told}


async def _commit_one(store: Store, what: str, n: int) -> None:
    now = SystemClock("rtc").now()
    if what == "telemetry":
        power = TelemetryReading(quantity="active_power_w", value=100.0 + n % 400)
        await store.commit([event(power, f"lamp-{n % 5}", now)], {})
    else:
        came = said(stay=f"{n:032x}", category="blue_zone", limit_s=7200.0, uncertainty_s=1.0)
        occupied = Event(type="bay.occupied", subject=f"bay-{n % 4}", at=now, data=came)
        await store.commit([occupied], {f"bay/bay-{n % 4}": Standing(float(n))})


if __name__ == "__main__":
    path, what, (rate, port, seconds, gather_s) = Path(sys.argv[1]), sys.argv[2], map(float, sys.argv[3:])
    print(json.dumps(asyncio.run(wear(path, what, rate, int(port), seconds, gather_s))))
