"""What a frame and an event cost the daemon: CPU in turns of all checkouts, and instructions counted by callgrind.

A frame goes from the bytes of an A02 on its port into the rules of its sensor and its bay: what frames cost beyond the
time in which no sensor speaks. A committed event is what a car that comes or goes costs beyond that, up to the
transaction. No broker is there: nothing is sent.
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
from scene import FAR, NEAR, configuration, ports, running, started, status

from agent.simulate.wire import Port

SETTLED_S = 3.0
CAR_PERIODS = 10
"""A car comes or goes so often in each bay, in periods of its sensor; three of them it takes to count."""

START_S = 300.0

Count = Callable[[psutil.Process, Path], int]


class Load(NamedTuple):
    """How many sensors speak, and how often each. Under callgrind the daemon is some fifty times slower."""

    sensors: int
    period_s: float


FULL, UNDER_CALLGRIND = Load(40, 0.1), Load(24, 1.0)


class Spent(NamedTuple):
    """The work of the daemon in one window, and the frames and events it was done for."""

    elapsed_s: float
    cpu_s: float
    instructions: int
    frames: int
    events: int


class Street:
    """What all sensors say: nothing, as long as they are not `speaking`."""

    def __init__(self, heard: Sequence[Port], period_s: float) -> None:
        self._ports, self.period_s = heard, period_s
        self.frames, self.speaking, self.cars = 0, False, False

    async def play(self) -> None:
        due_s, periods = time.monotonic(), 0
        while True:
            near = self.cars and periods // CAR_PERIODS % 2
            for port in self._ports if self.speaking else ():
                port.write(NEAR if near else FAR)
                self.frames += 1
            periods += 1
            due_s += self.period_s
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
    """Counts the instructions of each checkout once: they hardly depend on what else the machine does."""
    found = {}
    for number, root in enumerate(roots):
        place = folder / str(number)
        place.mkdir()
        found[str(root)] = await _callgrind(root, place, seconds)
    return found


async def _cpu_turn(root: Path, folder: Path, seconds: float) -> Mapping[str, float]:
    async with _scene([sys.executable], root, folder, FULL) as (process, street):
        windows = await _windows(process, street, folder, seconds)
    frame_s, event_s = _of_frame_and_event([each.cpu_s for each in windows], windows)
    return {"frame_us": 1e6 * frame_s, "event_us": 1e6 * event_s, "events": windows[-1].events}


async def _callgrind(root: Path, folder: Path, seconds: float) -> Mapping[str, float]:
    """Runs the daemon under callgrind. If `busy_percent` comes near 100, it did not keep pace and the figures are
    too low."""
    # Nothing is counted before it is settled: that would make its start take minutes.
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/callgrind.out"]
    async with _scene([*valgrind, sys.executable], root, folder, UNDER_CALLGRIND) as (process, street):
        subprocess.run(["callgrind_control", "--instr=on", str(process.pid)], check=True, capture_output=True)
        windows = await _windows(process, street, folder, seconds, _counted)
    frame, event = _of_frame_and_event([each.instructions for each in windows], windows)
    return {
        "frame_instructions": round(frame),
        "event_instructions": round(event),
        "events": windows[-1].events,
        "busy_percent": round(100 * max(each.cpu_s / each.elapsed_s for each in windows)),
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
    python: Sequence[str], root: Path, folder: Path, load: Load
) -> AsyncIterator[tuple[psutil.Process, Street]]:
    """A daemon whose sensors do not speak yet, settled."""
    with ports(load.sensors) as heard:
        config = configuration(folder, heard, load.period_s, broker_port=free_port())
        street = Street(heard, load.period_s)
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


async def _windows(
    process: psutil.Process, street: Street, folder: Path, seconds: float, count: Count = _uncounted
) -> list[Spent]:
    """One without frames, one of frames above empty bays, and one in which cars come and go."""

    async def state() -> Spent:
        waiting = sum((await status(folder))["store"]["waiting"].values())
        instructions = await asyncio.to_thread(count, process, folder)
        times = process.cpu_times()
        return Spent(time.monotonic(), times.user + times.system, instructions, street.frames, waiting)

    found = []
    for speaking, cars in ((False, False), (True, False), (True, True)):
        street.speaking, street.cars = speaking, cars
        await asyncio.sleep(2 * CAR_PERIODS * street.period_s)
        before = await state()
        await asyncio.sleep(seconds)
        found.append(Spent(*(later - earlier for earlier, later in zip(before, await state(), strict=True))))
    return found


def _of_frame_and_event(amounts: Sequence[float], windows: Sequence[Spent]) -> tuple[float, float]:
    """Each as what its window costs beyond the one before."""
    silent, quiet, busy = (amount / each.elapsed_s for amount, each in zip(amounts, windows, strict=True))
    frames_per_s = windows[1].frames / windows[1].elapsed_s
    events_per_s = windows[2].events / windows[2].elapsed_s - windows[1].events / windows[1].elapsed_s
    if events_per_s <= 0:
        raise SystemExit("no event was committed while cars came and went")
    return (quiet - silent) / frames_per_s, (busy - quiet) / events_per_s


def _medians(turns: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {name: round(statistics.median(each[name] for each in turns), 1) for name in turns[0]} | {
        "turns": [{name: round(value, 1) for name, value in each.items()} for each in turns]
    }
