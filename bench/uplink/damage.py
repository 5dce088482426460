"""Random damages to the files of a store whose process was killed: what is lost, whether it is told, what is saved.

A writer commits events and states, acknowledges some, and is killed at a random moment (SIGKILL). Its files are copied,
one damage is done to one of them, and the store is opened again, in the same boot. Silent: something that was committed
is gone, and no `store.gap` says that anything is. A row counts as intact where its bytes still stand in one of the
files; rows that go on on other pages are counted apart.

    .venv/bin/python bench/uplink/damage.py [--count 1000] [--seed 1]
"""

import argparse
import asyncio
import os
import random
import shutil
import signal
import sqlite3
import struct
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct
from seeded import Trials

from agent.clock import Moment, SystemClock
from agent.events import STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.store import Store
from agent.store.rows.tables import rows as stored_rows

sys.path.append(str(Path(__file__).parents[1]))
from stored import event_of, said

COUNT, QUICK_COUNT = 1000, 60
WRITERS = 20
BOOT = "bench"
SUFFIXES = ("", "-wal", "-shm", ".mark")
TARGET = {"silent": 0, "not_started": 0, "invented": 0, "twice": 0, "intact_rows_saved_percent": 95}


class Count(Struct, frozen=True):
    """A state that counts the commits that wrote it."""

    n: int


def event(n: int, dice: random.Random) -> Event:
    priority = dice.choices(list(Priority), (1, 6, 2))[0]
    pad = dice.randbytes(1500).hex() if dice.random() < 0.04 else dice.randbytes(dice.randrange(4, 60)).hex()
    at = SystemClock("rtc").now() if n % 7 else Moment(float(1_770_000_000 + n), 0.0, "", True)
    data = said(name=f"e{n}", pad=pad)
    return Event(type="bench.damage", subject=f"bay-{n % 9}", at=at, data=data, priority=priority)


async def write(path: Path, seed: int) -> None:
    """Writes until it is killed, and tells on standard output what is committed, what acknowledged."""
    dice, n = random.Random(seed), 0
    async with Store(path, max_bytes=1 << 26, boot=BOOT, buffer_s=0.0, settle_s=0.0) as store:
        for round in range(1_000_000):
            events = [event(n + more, dice) for more in range(dice.choice((1, 1, 1, 2, 5, 20)))]
            n += len(events)
            key = f"bay/{dice.randrange(12)}"
            os.write(1, f"m {' '.join(each.id for each in events)}\n".encode())
            await store.commit(events, {key: Count(round)})
            os.write(1, f"k {key} {round} {' '.join(each.id for each in events)}\n".encode())
            if dice.random() < 0.2:
                await _acknowledge(store, dice)
            if round == 40:
                await asyncio.to_thread(copy, path, path.with_name("older.db"))
                os.write(1, b"o\n")


async def _acknowledge(store: Store, dice: random.Random) -> None:
    await store.position().reset_cursor()
    rows = await store.position().lease(dice.randrange(1, 30))
    os.write(1, f"a {' '.join(row.id for row in rows)}\n".encode())
    await store.position().acknowledge(rows)


def copy(path: Path, target: Path) -> None:
    for suffix in SUFFIXES:
        if Path(f"{path}{suffix}").exists():
            shutil.copyfile(f"{path}{suffix}", f"{target}{suffix}")


class Written(Struct):
    """What a writer that was killed had told.

    Args:
        made: ids of every event it was about to commit; one of them may have been committed as it was killed.
        held: ids that are committed and not acknowledged.
        states: the newest count by key; the one that was about to be written is not among them.
        intact: by id, the pieces of a row that must all be there for it to be intact.
    """

    path: Path
    made: set[str]
    held: set[str]
    states: dict[str, int]
    intact: dict[str, tuple[bytes, ...]]


async def written(folder: Path, seed: int, dice: random.Random) -> Written:
    folder.mkdir()
    path = folder / "pole.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "--write",
        str(path),
        "--seed",
        str(seed),
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    found, last = Written(path, set(), set(), {}, {}), dice.randrange(60, 220)
    commits, limit = 0, False
    async for line in process.stdout:
        kind, *words = line.decode().split()
        if kind == "m":
            found.made.update(words)
        elif kind == "a":
            found.held.difference_update(words)
        elif kind == "k":
            found.states[words[0]] = int(words[1])
            found.held.update(words[2:])
            commits += 1
        if commits >= last and not limit:
            limit = True
            process.send_signal(signal.SIGKILL)
    await process.wait()
    found.intact = pieces(path, found.held)
    return found


def pieces(path: Path, ids: set[str]) -> dict[str, tuple[bytes, ...]]:
    """How each row stands in the file where it has room on its page."""
    at = path.with_name("look.db")
    copy(path, at)
    found: dict[str, tuple[bytes, ...]] = {}
    database = sqlite3.connect(at)
    for priority in Priority:
        for row in stored_rows(database, priority, 0, 1_000_000):
            _seq, id, type, subject, unix_s, _mono, _boot, _takers, _numbers, data, crc = row
            if id.hex() in ids and len(data) < 900:
                found[id.hex()] = (id + type.encode() + subject.encode() + _number(unix_s), data + _whole(crc))
    database.close()
    return found


def _number(unix_s: float) -> bytes:
    """SQLite writes a whole number as one."""
    return _whole(int(unix_s)) if unix_s == int(unix_s) else struct.pack(">d", unix_s)


def _whole(number: int) -> bytes:
    for size in (1, 2, 3, 4, 6, 8):
        if -(1 << (size * 8 - 1)) <= number < 1 << (size * 8 - 1):
            return number.to_bytes(size, "big", signed=True)
    raise ValueError(number)


Damage = Callable[[Path, random.Random], None]


def _file(path: Path, dice: random.Random, suffixes: tuple[str, ...] = ("", "-wal", "-wal", ".mark", "-shm")) -> Path:
    files = [Path(f"{path}{suffix}") for suffix in suffixes]
    return dice.choice([each for each in files if each.exists() and each.stat().st_size])


def bit(path: Path, dice: random.Random) -> None:
    file = _file(path, dice)
    body = bytearray(file.read_bytes())
    body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    file.write_bytes(body)


def sector(path: Path, dice: random.Random) -> None:
    file = _file(path, dice)
    body = bytearray(file.read_bytes())
    at = dice.randrange(-(-len(body) // 512)) * 512
    size = min(512 * dice.choice((1, 1, 1, 8)), len(body) - at)
    body[at : at + size] = dice.choice((bytes(size), b"\xff" * size, dice.randbytes(size)))
    file.write_bytes(body)


def truncation(path: Path, dice: random.Random) -> None:
    file = _file(path, dice)
    os.truncate(file, dice.choice((0, dice.randrange(file.stat().st_size))))


def removal(path: Path, dice: random.Random) -> None:
    _file(path, dice).unlink()


def older_copy(path: Path, dice: random.Random) -> None:
    """The database as it was, with its log, without, or beside the log of now."""
    older = path.with_name("older.db")
    how = dice.choice(("both", "without", "beside"))
    shutil.copyfile(older, path)
    if how == "both":
        shutil.copyfile(f"{older}-wal", f"{path}-wal")
    elif how == "without":
        Path(f"{path}-wal").unlink()


def older_mark(path: Path, dice: random.Random) -> None:
    shutil.copyfile(path.with_name("older.db.mark"), f"{path}.mark")


def foreign_mark(path: Path, dice: random.Random) -> None:
    others = sorted(path.parents[1].glob("w*/pole.db.mark"))
    shutil.copyfile(dice.choice(others), f"{path}.mark")


KINDS: dict[str, Damage] = {
    "bit": bit,
    "sector": sector,
    "truncation": truncation,
    "removal": removal,
    "older_copy": older_copy,
    "older_mark": older_mark,
    "foreign_mark": foreign_mark,
}
_WEIGHTS = (35, 25, 15, 10, 9, 3, 3)


class Found(Struct):
    """What one damage came to."""

    kind: str
    lost: int
    gaps: list[dict[str, Any]]
    wrong_states: int
    invented: int
    twice: int
    intact: int
    intact_saved: int
    failed: str = ""

    @property
    def silent(self) -> bool:
        return bool(self.lost or self.wrong_states) and not self.gaps

    @property
    def told(self) -> int:
        """Events that are missing, and had not arrived as far as that is known."""
        return sum((gap.get("dropped") or 0) - (gap.get("arrived") or 0) for gap in self.gaps)


async def judge(one: Written, folder: Path, kind: str, dice: random.Random) -> Found:
    shutil.copytree(one.path.parent, folder)
    path = folder / one.path.name
    KINDS[kind](path, dice)
    left = b"\0\0".join(Path(f"{path}{each}").read_bytes() for each in ("", "-wal") if Path(f"{path}{each}").exists())
    intact = {id for id, parts in one.intact.items() if all(part in left for part in parts)}
    found = Found(kind, 0, [], 0, 0, 0, len(intact), 0)
    try:
        heard, states = await _read(path, one)
    except Exception as error:  # noqa: BLE001 - whatever it is, the pole did not start
        found.failed = f"{type(error).__name__}: {error}"
        return found
    ids = [each.id for each in heard]
    found.gaps = [event_of(each).data for each in heard if each.type == STORE_GAP]
    found.lost = len(one.held - set(ids))
    found.invented = len({each.id for each in heard if each.type not in {STORE_GAP, STORE_SKIPPED}} - one.made)
    found.twice = len(ids) - len(set(ids))
    found.intact_saved = len(intact & set(ids))
    found.wrong_states = sum(1 for key, n in one.states.items() if states[key] is None or states[key] < n)
    return found


async def _read(path: Path, one: Written) -> tuple[list[Any], dict[str, int | None]]:
    heard: list[Any] = []
    async with Store(path, max_bytes=1 << 26, boot=BOOT) as store:
        loaded = {key: await store.load(key, Count) for key in one.states}
        await store.position().reset_cursor()
        for _ in range(3):
            while rows := await store.position().lease(500):
                heard += rows
    return heard, {key: None if state is None else state.n for key, state in loaded.items()}


async def play(folder: Path, count: int, seed: int) -> dict[str, Any]:
    dice = random.Random(seed)
    writers = [await written(folder / f"w{n}", seed * 1000 + n, dice) for n in range(min(WRITERS, max(2, count // 20)))]
    found: list[Found] = []
    for n in range(count):
        kind = dice.choices(list(KINDS), _WEIGHTS)[0]
        at = folder / f"d{n}"
        one = await judge(dice.choice(writers), at, kind, dice)
        if one.silent or one.failed or one.invented or one.twice:
            print(f"damage {n}: {one}", file=sys.stderr)
        found.append(one)
        shutil.rmtree(at)
    return report(found)


def report(found: list[Found]) -> dict[str, Any]:
    lossy = [each for each in found if each.lost or each.wrong_states]
    intact, saved = sum(each.intact for each in found), sum(each.intact_saved for each in found)
    counted = [each for each in lossy if each.lost and all(gap.get("dropped") is not None for gap in each.gaps)]
    return {
        "damages": dict(Counter(each.kind for each in found)),
        "not_started": sum(1 for each in found if each.failed),
        "with_loss": len(lossy),
        "silent": sum(1 for each in found if each.silent),
        "events_lost": sum(each.lost for each in found),
        "events_told": sum(each.told for each in counted),
        "told_with_a_number": len(counted),
        "told_exactly": sum(1 for each in counted if each.told == each.lost),
        "told_too_few": sum(1 for each in counted if each.told < each.lost),
        "told_without_number": sum(1 for each in lossy if each.lost) - len(counted),
        "told_without_loss": sum(1 for each in found if each.gaps and not each.lost and not each.wrong_states),
        "wrong_states": sum(each.wrong_states for each in found),
        "invented": sum(each.invented for each in found),
        "twice": sum(each.twice for each in found),
        "intact_rows": intact,
        "intact_rows_saved_percent": round(100 * saved / intact, 2) if intact else None,
    }


TRIALS = Trials(play, COUNT, QUICK_COUNT, TARGET)


def main() -> None:
    parser = TRIALS.parser(__doc__)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write is not None:
        asyncio.run(write(arguments.write, arguments.seed))
    else:
        TRIALS.run(arguments)


if __name__ == "__main__":
    main()
