"""Power cuts while the store writes: what was committed and is gone, and what is gone without a word.

A writer (damage.py) runs with a library before it that logs each write, flush, and change of a folder below the store,
in order (disk_log.c), and notes in the same log which commits have returned. The disk of a cut is played from that log
up to a random operation: what was flushed is there; of what was not, each sector of 512 bytes is there, is not, or is
torn, by itself, and changes of folders and lengths are there in their order up to some one of them, as in the journal
of a file system. Then the store is opened, in another boot.

    .venv/bin/python bench/uplink/power_cut.py [--count 300] [--seed 1]
"""

import asyncio
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from damage import Count
from msgspec import Struct
from seeded import Trials

from agent.events import STORE_GAP, STORE_SKIPPED
from agent.store import Store

COUNT, QUICK_COUNT = 300, 20
CUTS_OF_ONE = 30
SECTOR_BYTES = 512
TARGET = {"lost": 0, "silent": 0, "not_started": 0, "states_older": 0}
_HEAD = struct.Struct("<cIIQ")


class Op(Struct, frozen=True):
    """One operation, as disk_log.c writes it."""

    kind: str
    path: str
    at: int
    data: bytes


def read_log(body: bytes) -> Iterator[Op]:
    at = 0
    while at + _HEAD.size <= len(body):
        kind, path, size, offset = _HEAD.unpack_from(body, at)
        at += _HEAD.size
        if at + path + size > len(body):
            return
        yield Op(kind.decode(), body[at : at + path].decode(), offset, body[at + path : at + path + size])
        at += path + size


class Disk:
    """Files as they are, and as a cut would leave them.

    Args:
        dice: decides what of that which was not flushed is there.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._files: dict[str, bytearray] = {}
        self._pending: list[Op] = []

    def do(self, op: Op) -> None:
        if op.kind == "F":
            self._flush(op.path)
        else:
            self._pending.append(op)

    def _flush(self, path: str) -> None:
        """The file, and the journal: every change of a folder or of a length up to now."""
        left: list[Op] = []
        for op in self._pending:
            if op.kind != "W" or op.path == path:
                self._apply(op)
            else:
                left.append(op)
        self._pending = left

    def cut(self) -> dict[str, bytearray]:
        files = {path: bytearray(body) for path, body in self._files.items()}
        self._files, kept = files, self._files
        changes = [op for op in self._pending if op.kind != "W"]
        last = self._dice.randint(0, len(changes))
        done = {id(op) for op in changes[:last]}
        for op in self._pending:
            if op.kind == "W":
                self._tear(op)
            elif id(op) in done:
                self._apply(op)
        self._files = kept
        return files

    def _tear(self, op: Op) -> None:
        """Each sector by itself."""
        at = op.at
        while at < op.at + len(op.data):
            end = min((at // SECTOR_BYTES + 1) * SECTOR_BYTES, op.at + len(op.data))
            fate = self._dice.random()
            if fate < 0.45:
                self._apply(Op("W", op.path, at, op.data[at - op.at : end - op.at]))
            elif fate > 0.95:
                self._apply(Op("W", op.path, at, op.data[at - op.at : (at + end) // 2 - op.at]))
            at = end

    def _apply(self, op: Op) -> None:
        files = self._files
        if op.kind == "C":
            files.setdefault(op.path, bytearray())
        elif op.kind == "U":
            files.pop(op.path, None)
        elif op.kind == "R" and op.path in files:
            files[op.data.decode()] = files.pop(op.path)
        elif op.kind == "S" and op.path in files:
            del files[op.path][op.at :]
            files[op.path].extend(bytes(op.at - len(files[op.path])))
        elif op.kind == "W" and op.path in files:
            body = files[op.path]
            body.extend(bytes(max(0, op.at + len(op.data) - len(body))))
            body[op.at : op.at + len(op.data)] = op.data


class Noted(Struct):
    """What the writer had told when the power was cut."""

    made: set[str]
    held: set[str]
    states: dict[str, int]

    def note(self, line: str) -> None:
        kind, *words = line.split()
        if kind == "m":
            self.made.update(words)
        elif kind == "a":
            self.held.difference_update(words)
        elif kind == "k":
            self.states[words[0]] = int(words[1])
            self.held.update(words[2:])


def library(folder: Path) -> Path:
    built = folder / "disk_log.so"
    source = Path(__file__).with_name("disk_log.c")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", built, source, "-ldl"], check=True)
    return built


async def written(folder: Path, built: Path, seed: int, dice: random.Random) -> list[Op]:
    """The log of a writer that was killed after a while."""
    disk, log = folder / "disk", folder / "log"
    disk.mkdir(parents=True)
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LD_PRELOAD": str(built),
        "DISK_LOG": str(log),
        "DISK_LOG_BELOW": f"{disk}/",
    }
    damage, store = Path(__file__).with_name("damage.py"), disk / "pole.db"
    with (disk / "notes").open("wb") as notes:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(damage), "--write", str(store), "--seed", str(seed)), env=environment, stdout=notes
        )
        commits, last = 0, dice.randrange(40, 400)
        while commits < last and process.returncode is None:
            await asyncio.sleep(0.1)
            commits = (disk / "notes").read_bytes().count(b"\nk ")
        process.send_signal(signal.SIGKILL)
        await process.wait()
    return list(read_log(log.read_bytes()))


async def play(folder: Path, count: int, seed: int) -> dict[str, Any]:
    dice, built, found = random.Random(seed), library(folder), []
    while len(found) < count:
        n = len(found)
        ops = await written(folder / f"w{n}", built, seed * 1000 + n, dice)
        cuts = sorted(dice.sample(range(len(ops)), min(CUTS_OF_ONE, count - n)))
        found += [await _judged(folder, *each) for each in _cuts(ops, cuts, dice)]
        shutil.rmtree(folder / f"w{n}")
    return _report(found)


def _cuts(ops: list[Op], cuts: list[int], dice: random.Random) -> Iterator[tuple[dict[str, bytearray], Noted]]:
    disk, noted = Disk(dice), Noted(set(), set(), {})
    for n, op in enumerate(ops):
        if op.path.endswith("/notes"):
            for line in op.data.decode().splitlines():
                noted.note(line)
        else:
            disk.do(op)
        if n in cuts:
            yield disk.cut(), Noted(set(noted.made), set(noted.held), dict(noted.states))


class Found(Struct):
    """What one cut came to."""

    held: int
    lost: int
    gaps: tuple[str, ...]
    states_older: int
    invented: int
    failed: str = ""


async def _judged(folder: Path, files: dict[str, bytearray], noted: Noted) -> Found:
    with tempfile.TemporaryDirectory(dir=folder) as at:
        for path, body in files.items():
            (Path(at) / Path(path).name).write_bytes(body)
        try:
            rows, states = await _read(Path(at) / "pole.db", noted)
        except Exception as error:  # noqa: BLE001 - whatever it is, the pole did not start
            print(f"not started: {error}", file=sys.stderr)
            return Found(len(noted.held), 0, (), 0, 0, f"{type(error).__name__}: {error}")
    ids = {row.id for row in rows}
    gaps = tuple(json.loads(bytes(row.data))["reason"] for row in rows if row.type == STORE_GAP)
    older = sum(1 for key, n in noted.states.items() if states[key] is None or states[key] < n)
    invented = len({row.id for row in rows if row.type not in {STORE_GAP, STORE_SKIPPED}} - noted.made)
    found = Found(len(noted.held), len(noted.held - ids), gaps, older, invented)
    if found.lost or found.gaps or older or invented:
        print(f"cut: {found}", file=sys.stderr)
    return found


async def _read(path: Path, noted: Noted) -> tuple[list[Any], dict[str, int | None]]:
    rows: list[Any] = []
    async with Store(path, max_bytes=1 << 26, boot="after the cut") as store:
        states = {key: await store.load(key, Count) for key in noted.states}
        while more := await store.position().lease(500):
            rows += more
    return rows, {key: None if state is None else state.n for key, state in states.items()}


def _report(found: list[Found]) -> dict[str, Any]:
    lossy = [each for each in found if each.lost or each.states_older]
    return {
        "power_cuts": len(found),
        "committed_events": sum(each.held for each in found),
        "not_started": sum(1 for each in found if each.failed),
        "lost": sum(each.lost for each in found),
        "states_older": sum(each.states_older for each in found),
        "silent": sum(1 for each in lossy if not each.gaps),
        "invented": sum(each.invented for each in found),
        "told": dict(Counter(reason for each in found for reason in each.gaps)),
    }


TRIALS = Trials(play, COUNT, QUICK_COUNT, TARGET)

if __name__ == "__main__":
    TRIALS.run(TRIALS.parser(__doc__).parse_args())
