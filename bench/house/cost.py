"""What a frame and an event cost the daemon: CPU in turns of all checkouts, and instructions counted by callgrind.

A frame goes from the bytes of an A02 on its port into the rules of its sensor and its bay; a committed event is what a
car that comes or goes costs beside, up to the transaction. No broker is there: nothing is sent.
"""

import asyncio
import contextlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from ports import free_port
from scene import FAR, NEAR, PERIOD_S, configuration, ports, running, started, status

from agent.simulate.wire import Port

SENSORS, SENSORS_UNDER_VALGRIND = 40, 4
SETTLED_S = 3.0
CAR_S = 1.0
"""A car comes or goes so often in each bay; it takes 0.3 s to count."""

START_S = 300.0

Count = Callable[[psutil.Process, Path], int]


class Spent(NamedTuple):
    """In one window: what the daemon took, and for how many frames and events."""

    elapsed_s: float
    cpu_s: float
    instructions: int
    frames: int
    events: int


class Street:
    """What all sensors say, ten times a second each."""

    def __init__(self, heard: Sequence[Port]) -> None:
        self._ports, self.frames, self.cars = heard, 0, False

    async def play(self) -> None:
        due_s = began_s = time.monotonic()
        while True:
            near = self.cars and int((due_s - began_s) / CAR_S) % 2
            for port in self._ports:
                port.write(NEAR if near else FAR)
            self.frames += len(self._ports)
            due_s += PERIOD_S
            await asyncio.sleep(due_s - time.monotonic())


async def cpu(roots: Sequence[Path], folder: Path, turns: int, seconds: float) -> dict[str, Any]:
    """CPU of each checkout in turn, since the machine is another one every minute; medians."""
    found: Mapping[Path, list[Mapping[str, float]]] = {root: [] for root in roots}
    for turn in range(turns):
        for number, root in enumerate(roots):
            place = folder / f"{turn}-{number}"
            place.mkdir()
            found[root].append(await _cpu_turn(root, place, seconds))
    return {str(root): _medians(of_root) for root, of_root in found.items()}


async def instructions(roots: Sequence[Path], folder: Path, seconds: float) -> dict[str, Any]:
    """Of each checkout once: they hardly hang on what else the machine does."""
    found = {}
    for number, root in enumerate(roots):
        place = folder / str(number)
        place.mkdir()
        found[str(root)] = await _callgrind(root, place, seconds)
    return found


async def _cpu_turn(root: Path, folder: Path, seconds: float) -> Mapping[str, float]:
    async with _scene([sys.executable], root, folder, SENSORS) as (process, street):
        quiet, busy = await _both(process, street, folder, seconds)
    frame_s = quiet.cpu_s / quiet.frames
    event_s = (busy.cpu_s - frame_s * busy.frames) / _events(quiet, busy)
    return {"frame_us": 1e6 * frame_s, "event_us": 1e6 * event_s, "events": busy.events}


async def _callgrind(root: Path, folder: Path, seconds: float) -> Mapping[str, float]:
    """Where `busy_percent` comes near 100, the daemon did not keep pace and the figures are too low."""
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.out", sys.executable]
    async with _scene(valgrind, root, folder, SENSORS_UNDER_VALGRIND) as (process, street):
        quiet, busy = await _both(process, street, folder, seconds, count=_counted)
    of_frame = quiet.instructions / quiet.frames
    return {
        "frame_instructions": round(of_frame),
        "event_instructions": round((busy.instructions - of_frame * busy.frames) / _events(quiet, busy)),
        "events": busy.events,
        "busy_percent": round(100 * max(each.cpu_s / each.elapsed_s for each in (quiet, busy))),
    }


def _counted(process: psutil.Process, folder: Path) -> int:
    """Instructions since the start: callgrind writes what was counted since the last call into one more file."""
    subprocess.run(["callgrind_control", "--dump", str(process.pid)], check=True, capture_output=True)
    files = folder.glob("callgrind.out.*")
    totals = (re.search(r"^(?:totals|summary): (\d+)", each.read_text(), re.M) for each in files)
    return sum(int(total[1]) for total in totals if total)


def _uncounted(process: psutil.Process, folder: Path) -> int:
    return 0


@asynccontextmanager
async def _scene(
    python: Sequence[str], root: Path, folder: Path, sensors: int
) -> AsyncIterator[tuple[psutil.Process, Street]]:
    """A daemon that hears sensors above empty bays, and has settled."""
    with ports(sensors) as heard:
        config = configuration(folder, heard, broker_port=free_port())
        street = Street(heard)
        playing = asyncio.create_task(street.play())
        try:
            async with running([*python, "-m", "agent", "run", "-c", str(config)], root, folder) as process:
                await started(folder, process, START_S)
                await asyncio.sleep(SETTLED_S)
                yield psutil.Process(process.pid), street
        finally:
            playing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await playing


async def _both(
    process: psutil.Process, street: Street, folder: Path, seconds: float, count: Count = _uncounted
) -> tuple[Spent, Spent]:
    """A window without cars, and one in which they come and go."""

    async def state() -> Spent:
        waiting = sum((await status(folder))["store"]["waiting"].values())
        instructions = await asyncio.to_thread(count, process, folder)
        times = process.cpu_times()
        return Spent(time.monotonic(), times.user + times.system, instructions, street.frames, waiting)

    async def window() -> Spent:
        before = await state()
        await asyncio.sleep(seconds)
        return Spent(*(later - earlier for earlier, later in zip(before, await state(), strict=True)))

    quiet = await window()
    street.cars = True
    await asyncio.sleep(2 * CAR_S)
    return quiet, await window()


def _events(quiet: Spent, busy: Spent) -> int:
    """What the cars alone came to."""
    if busy.events <= quiet.events:
        raise SystemExit("no event was committed while cars came and went")
    return busy.events - quiet.events


def _medians(turns: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {name: round(statistics.median(each[name] for each in turns), 1) for name in turns[0]} | {
        "turns": [{name: round(value, 1) for name, value in each.items()} for each in turns]
    }
