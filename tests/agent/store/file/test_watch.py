"""What something else does to a file while it is open is told at once, and what can be saved is; what only reads, and
lamppost itself, are no such thing."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from math import inf
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from stored import event_of, promised

from agent.events import STORE_GAP, Event, Priority
from agent.store import Store, StoreError, What
from agent.store.file import watch
from agent.store.file.opening import open_checked
from agent.store.file.watch import Deed, Watch, damage

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
Connect = Callable[..., sqlite3.Connection]
OWN = {"store.gap", "store.skipped"}
TABLES = ("outbox_telemetry", "outbox_event", "outbox_alarm", "left_behind", "state")


class Standing(Struct, frozen=True):
    since_s: float


async def _gaps(store: Store) -> tuple[set[int], list[dict[str, Any]]]:
    """The events that it has, by their number, and what of store.gap it tells."""
    await store.position().reset_cursor()
    rows = await store.position().lease(999)
    gaps = [dict(promised(row).data) for row in rows if row.type == STORE_GAP]
    return {event_of(row).data["n"] for row in rows if row.type not in OWN}, gaps


def _run(path: Path, *statements: str) -> None:
    """Another program, as far as SQLite can tell."""
    with closing(sqlite3.connect(path)) as database:
        for each in statements:
            database.execute(each)
        database.commit()


@pytest.mark.parametrize(
    ("statements", "detail"),
    [
        ([f"DELETE FROM {table}" for table in TABLES], "it does not hold what was written to it last"),
        ([f"DROP TABLE {table}" for table in TABLES], "its tables are not those of schema 3"),
        (["DROP TABLE left_behind"], "its tables are not those of schema 3"),
        (["UPDATE state SET crc = crc + 1"], "it does not hold what was written to it last"),
        (["PRAGMA application_id = 1"], "its first page does not say that it is a store"),
    ],
    ids=["emptied", "dropped", "one dropped", "a state", "of another program"],
)
@pytest.mark.parametrize("shows", [True, False], ids=["by the file", "by SQLite"])
def test_what_another_program_writes_is_told_at_once_and_the_rows_are_saved(
    path: Path,
    make_store: MakeStore,
    event: MakeEvent,
    statements: Sequence[str],
    detail: str,
    *,
    shows: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not shows:
        monkeypatch.setattr(watch, "_stand", lambda path, otherwise: (1, 1, 1, 1))

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(5)], {"bay/1": Standing(1.0)})
            _run(path, *statements)
            await store.commit([event(5)], {})
            held, gaps = await _gaps(store)
            assert held == {0, 1, 2, 3, 4, 5}
            assert [each["reason"] for each in gaps] == ["corrupt"]
            assert gaps[0]["detail"] == f"something else changed it while it was open: {detail}"
            assert (gaps[0]["saved_events"], gaps[0]["dropped"]) == (5, 0)
            assert (await store.status()).moved_aside == f"{path}.corrupt"
        async with make_store() as store:
            assert len((await _gaps(store))[1]) == 1, "the next start finds nothing"

    asyncio.run(main())


@pytest.mark.parametrize("suffixes", [("", "-wal"), ("", "-wal", "-shm")], ids=str)
def test_an_older_copy_that_is_written_over_it_is_told_at_once_with_what_it_lacks(
    path: Path, make_store: MakeStore, event: MakeEvent, suffixes: Sequence[str]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(3)], {})
            older = {suffix: Path(f"{path}{suffix}").read_bytes() for suffix in suffixes}
            await store.commit([event(n) for n in range(3, 7)], {})
            for suffix, body in older.items():
                _write_over(Path(f"{path}{suffix}"), body)
            await store.commit([event(7)], {})
            held, gaps = await _gaps(store)
            assert {0, 1, 2, 7} <= held
            assert [each["reason"] for each in gaps] == ["corrupt"]
            assert gaps[0]["dropped"] == 8 - len(held)

    asyncio.run(main())


def _write_over(file: Path, body: bytes) -> None:
    with file.open("r+b") as there:
        there.write(body)
        if not file.name.endswith("-shm"):  # a part of it that goes while it is in use ends the process
            there.truncate()


def test_an_empty_file_is_begun_anew_from_its_log(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(3)], {})
            _write_over(path, b"")
            await store.commit([event(3)], {})
            held, gaps = await _gaps(store)
            assert held == {0, 1, 2, 3}
            assert all(each["reason"] == "corrupt" and each["dropped"] == 0 for each in gaps)

    asyncio.run(main())


def test_what_lamppost_does_itself_and_what_only_reads_is_nothing(
    path: Path, make_store: MakeStore, event: MakeEvent, connect: Connect
) -> None:
    async def main() -> None:
        async with make_store(keep_acknowledged_s=0.0) as store:
            reader = connect(path)
            for n in range(120):
                await store.commit([event(n * 10 + i, pad="x" * 1500) for i in range(10)], {"k": Standing(n)})
                await store.position().acknowledge(await store.position().lease(5))
                reader.execute("SELECT count(*) FROM outbox").fetchone()
            with closing(sqlite3.connect(f"{path}.backup")) as backup:
                reader.backup(backup)
            for mode in ("PASSIVE", "TRUNCATE"):
                reader.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
                await store.commit([event(1)], {})
            reader.execute("VACUUM")
            await store.erase(What(frozenset({"bay.occupied"}), None, inf), event, ["k"])
            await store.commit([event(2)], {})
            assert (await _gaps(store))[1] == []
            assert (await store.status()).moved_aside is None

    asyncio.run(main())


def test_without_a_mark_the_tables_alone_are_looked_at(path: Path) -> None:
    with closing(open_checked(path)) as database:
        assert watch.difference(path, database, None) is None
        _run(path, "DROP VIEW outbox")
        assert watch.difference(path, database, None) is not None


def test_a_table_that_no_store_has_is_a_defect_of_lamppost_and_no_damage(path: Path) -> None:
    with closing(open_checked(path)) as database:
        error = sqlite3.OperationalError("no such table: outbox_of_tomorrow")
        assert damage(path, database, None, error) is None
        assert damage(path, database, None, sqlite3.OperationalError("near FORM: syntax error")) is None
        _run(path, "DROP TABLE state")
        assert damage(path, database, None, sqlite3.OperationalError("no such table: state")) is not None


def test_a_file_that_is_locked_is_looked_at_again(
    path: Path, make_store: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any) -> None:
        raise sqlite3.OperationalError("database is locked")

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(3)], {})
            _run(path, "DELETE FROM outbox_event")
            with monkeypatch.context() as patch:
                patch.setattr(watch, "check_again", locked)
                for _ in range(2):
                    with pytest.raises(StoreError, match="database is locked"):
                        await store.commit([event(3, Priority.ALARM)], {})
            await store.commit([event(4)], {})
            held, gaps = await _gaps(store)
            assert (held, len(gaps)) == ({0, 1, 2, 4}, 1)

    asyncio.run(main())


def test_a_file_that_cannot_be_looked_at_is_not_one_that_was_replaced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    with closing(open_checked(path)) as database:
        seen = Watch(path, database)
        seen.note()
        with monkeypatch.context() as patch:
            patch.setattr(watch.os, "stat", refuse)
            assert seen.deed() is Deed.NOTHING
            seen.note()
        assert seen.deed() is Deed.NOTHING
        path.unlink()
        assert [seen.deed(), seen.deed()] == [Deed.REPLACED, Deed.NOTHING], "the disk is not asked with each event"
