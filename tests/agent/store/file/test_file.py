"""The file: brought from an older schema with a copy of before, its log bounded, its owner alone, its wear counted."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct
from stored import Told, event_of, promised

from agent.clock import Moment
from agent.events import STORE_GAP, Event, Priority
from agent.store import Store, StoreError
from agent.store.file.opening import WAL_BYTES
from agent.store.rows import schema
from agent.store.write_volume import WriteVolume, WriteVolumeState

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]


class Standing(Struct, frozen=True):
    since_s: float


def _version_1(path: Path, rows: int) -> None:
    """A file as lamppost wrote it with schema 1."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    for statement in sorted(schema.OLDER[1], key=lambda text: not text.startswith("CREATE TABLE")):
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    database.execute("PRAGMA user_version = 1")
    for n in range(rows):
        row = (
            n % 3,
            n + 1,
            f"{n:032x}",
            "bay.occupied",
            "bay-é",
            1.77e9 + n,
            100.0 + n,
            "boot-1",
            n % 2,
            b'{"n":%d}' % n,
        )
        database.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    database.execute("INSERT INTO state VALUES ('bay/1', CAST('{\"since_s\":12.5}' AS BLOB))")
    database.commit()
    database.close()


def _expected(n: int) -> Told:
    at = Moment(1.77e9 + n, *((0.0, "") if n % 2 else (100.0 + n, "boot-1")), bool(n % 2))
    data, priority = {"n": n}, Priority(n % 3)
    return Told(type="bay.occupied", subject="bay-é", at=at, data=data, priority=priority, id=f"{n:032x}")


def test_promise_no_committed_event_is_lost_by_an_update(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    _version_1(path, 1500)
    before = path.read_bytes()

    async def main() -> None:
        for _ in range(2):
            async with make_store() as store:
                rows = sorted(await store.position().lease(2000), key=lambda row: row.seq)
                assert [row.seq for row in rows] == [*range(1, 1501)]
                assert [event_of(row) for row in rows] == [_expected(n) for n in range(1500)]
                assert await store.load("bay/1", Standing) == Standing(12.5)
        async with make_store() as store:
            await store.commit([event(1)], {})
            assert await store.position().reset_cursor() == 1501

    asyncio.run(main())
    copy = path.with_name("lamppost.db.schema-1")
    assert _dump(copy) == _dump_of(before, path.with_name("before.db"))
    assert _page_bytes(path) == schema.PAGE_BYTES
    assert not path.with_name("lamppost.db.corrupt").exists()


def _dump(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    lines = list(database.iterdump())
    database.close()
    return lines


def _dump_of(body: bytes, path: Path) -> list[str]:
    path.write_bytes(body)
    return _dump(path)


def _page_bytes(path: Path) -> int:
    database = sqlite3.connect(path)
    number = int(database.execute("PRAGMA page_size").fetchone()[0])
    database.close()
    return number


def test_rows_that_an_older_file_cannot_say_are_told(path: Path, make_store: MakeStore) -> None:
    _version_1(path, 6)
    database = sqlite3.connect(path)
    database.execute("UPDATE outbox SET data = CAST('{' AS BLOB) WHERE seq = 1")
    database.execute("UPDATE outbox SET subject = CAST(x'62ff' AS TEXT) WHERE seq = 4")
    database.commit()
    database.close()

    async def main() -> None:
        async with make_store() as store:
            events = [event_of(row) for row in await store.position().lease(9)] + [
                event_of(row) for row in await store.position().lease(9)
            ]
            gaps = [promised(e).data for e in events if e.type == STORE_GAP]
            assert gaps == [{"reason": "unreadable", "dropped": 2}]
            assert sorted(e.data["n"] for e in events if e.type != STORE_GAP) == [1, 2, 4, 5]

    asyncio.run(main())


def test_update_that_fails_midway_begins_again(path: Path, make_store: MakeStore) -> None:
    """The copy cannot be made: nothing has changed, and the next start does it."""
    _version_1(path, 10)
    copy = path.with_name("lamppost.db.schema-1")
    copy.mkdir()
    (copy / "something").touch()

    async def main() -> None:
        with pytest.raises(StoreError, match=r"schema-1"):
            await make_store().__aenter__()
        shutil.rmtree(copy)
        async with make_store() as store:
            assert store.depth() == 10

    asyncio.run(main())


def test_damaged_file_of_an_older_lamppost_is_moved_aside(path: Path, make_store: MakeStore) -> None:
    _version_1(path, 500)
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(20_000))

    async def main() -> None:
        async with make_store() as store:
            (row,) = await store.position().lease(9)
            assert (event_of(row).data["reason"], event_of(row).data["saved_events"]) == ("corrupt", 0)

    asyncio.run(main())


def test_write_ahead_log_stays_bounded(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        largest = 0
        async with make_store() as store:
            for n in range(400):
                await store.commit([event(n * 20 + i, pad="x" * 300) for i in range(20)], {"k": Standing(n)})
                if n % 3:
                    await store.position().acknowledge(await store.position().lease(20))
                largest = max(largest, path.with_name("lamppost.db-wal").stat().st_size)
        assert WAL_BYTES / 2 < largest < WAL_BYTES * 1.1

    asyncio.run(main())


def test_file_does_not_grow_while_as_much_goes_as_comes(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(keep_acknowledged_s=0.0) as store:
            for n in range(300):
                await store.commit([event(n * 60 + i, pad="x" * 300) for i in range(10)], {f"day/{n}": Standing(n)})
                await store.commit([], {f"day/{n - 5}": None})
                await store.position().acknowledge(await store.position().lease(10))
            assert (await store.status()).used_bytes < 40 * 1024
        assert path.stat().st_size < 100 * 1024

    asyncio.run(main())


_OTHER = """
import asyncio, sys
from agent.store import Store
asyncio.run(Store(sys.argv[1], max_bytes=1 << 20, boot="b").__aenter__())
"""


def _other(path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", _OTHER, str(path)], capture_output=True, text=True, check=False)


def test_second_process_is_refused_and_the_first_goes_on(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(1)], {})
            second = _other(path)
            assert second.returncode != 0
            assert f"another lamppost (process {os.getpid()}) uses it (stop that one first)" in second.stderr
            await store.commit([event(2)], {})
            assert store.depth() == 2
        third = _other(path)
        assert third.returncode == 0, third.stderr

    asyncio.run(main())


def test_wear_is_counted_by_days_and_kept(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            for n in range(20):
                await store.commit([event(n)], {})
            first = (await store.status()).written_today_bytes
        async with make_store() as store:
            again = (await store.status()).written_today_bytes
        if first is None or again is None:
            pytest.skip("this kernel counts no bytes")
        assert again >= first

    asyncio.run(main())


def test_day_of_the_wear_changes_by_a_clock_that_is_set() -> None:
    written = iter([1000, 1400, 1500, 1700, 1900, 2500])
    wear = WriteVolume(WriteVolumeState("2026-11-22", 50, 7), lambda: next(written))
    noon, next_noon = Moment(1795348800.0, 1.0, "b", True), Moment(1795435200.0, 2.0, "b", True)
    assert wear.state(noon) == WriteVolumeState("2026-11-22", 450, 7)
    assert wear.state(Moment(0.0, 1.5, "b", False)) == WriteVolumeState("2026-11-22", 550, 7), "1970 is no new day"
    assert wear.state(next_noon) == WriteVolumeState("2026-11-23", 200, 550)
    assert wear.due(next_noon) != {}
    assert wear.due(next_noon) == {}, "not with every commit"


def test_wear_of_a_kernel_that_does_not_count() -> None:
    assert WriteVolume(WriteVolumeState(), lambda: None).state(Moment(1.8e9, 1.0, "b", True)) is None
