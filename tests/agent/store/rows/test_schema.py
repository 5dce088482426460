"""An older file is brought to this version with all that it holds; what its disk refuses is told or done without."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from agent.events import Priority
from agent.store import Store, StoreError
from agent.store.rows import schema
from agent.store.rows.rows import NO_CRC, checksum
from agent.store.rows.schema import PAGE_BYTES, VERSION, create, modernise

Connect = Callable[..., sqlite3.Connection]


def older(connect: Connect, path: Path, rows: int = 3) -> sqlite3.Connection:
    """A file of schema 1, open as the store opens it."""
    database = connect(path, isolation_level=None)
    database.execute("PRAGMA page_size = 4096")
    database.execute("PRAGMA journal_mode = WAL")
    for statement in sorted(schema.OLDER[1], key=lambda text: not text.startswith("CREATE TABLE")):
        database.execute(statement)
    database.execute("PRAGMA user_version = 1")
    for n in range(rows):
        row = (1, n + 1, f"{n:032x}", "t", "s", 1.77e9, 100.0, "boot-1", 0, b"{}")
        database.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return database


@pytest.fixture
def file(connect: Connect, path: Path) -> sqlite3.Connection:
    return older(connect, path)


def ask(database: sqlite3.Connection, question: str) -> object:
    return database.execute(question).fetchone()[0]


def test_a_file_of_this_version_is_left_as_it_is(connect: Connect, path: Path) -> None:
    database = connect(path, isolation_level=None)
    create(database)
    before = path.read_bytes()
    modernise(path, database, VERSION)
    database.close()
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_an_older_file_is_brought_to_this_version_in_a_log_and_with_small_pages(
    path: Path, file: sqlite3.Connection
) -> None:
    modernise(path, file, 1)
    assert ask(file, "PRAGMA user_version") == VERSION == 3
    assert ask(file, "PRAGMA journal_mode") == "wal"
    assert ask(file, "PRAGMA page_size") == PAGE_BYTES
    assert ask(file, "SELECT count(*) FROM outbox") == 3


def test_a_copy_of_an_earlier_attempt_is_replaced(connect: Connect, path: Path, file: sqlite3.Connection) -> None:
    copy = path.with_name(f"{path.name}.schema-1")
    copy.write_text("half a copy")
    modernise(path, file, 1)
    kept = connect(copy)
    assert ask(kept, "SELECT count(*) FROM outbox") == 3 and ask(kept, "PRAGMA user_version") == 1
    kept.close()


def test_a_copy_for_which_there_is_no_room_is_told_and_nothing_is_changed(path: Path, file: sqlite3.Connection) -> None:
    """SQLite cannot open it: its place is taken by a folder that the path leads through."""
    missing = path.with_name("no-such-folder") / path.name
    with pytest.raises(
        StoreError, match=r"is of schema 1, and no-such|is of schema 1, and .*schema-1 cannot be written"
    ):
        modernise(missing, file, 1)
    assert ask(file, "PRAGMA user_version") == 1
    assert ask(file, "SELECT count(*) FROM outbox") == 3


class Full(sqlite3.Connection):
    """A connection to a file on a disk that has no room for a second copy of it."""

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "VACUUM":
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *values)


def test_pages_that_cannot_be_made_small_stay_as_they_are(
    connect: Connect, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    older(connect, path).close()
    file = connect(path, isolation_level=None, factory=Full)
    modernise(path, file, 1)
    assert "the store keeps pages of the old size: database or disk is full" in caplog.text
    assert (ask(file, "PRAGMA user_version"), ask(file, "PRAGMA page_size")) == (VERSION, 4096)
    assert ask(file, "PRAGMA journal_mode") == "wal"
    assert ask(file, "SELECT count(*) FROM outbox") == 3
    file.close()


def test_rows_whose_words_were_spoiled_are_known_by_their_checksum(path: Path, file: sqlite3.Connection) -> None:
    file.execute("UPDATE outbox SET subject = ? WHERE seq = 2", ("a\ufffdb",))
    modernise(path, file, 1)
    checksums = [crc for (crc,) in file.execute("SELECT crc FROM outbox_event ORDER BY seq")]
    assert [crc == NO_CRC for crc in checksums] == [False, True, False]


def test_the_copy_of_before_survives_a_power_cut_and_so_does_its_name(
    path: Path, file: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel is asked to write both before anything is changed."""
    synchronised: list[tuple[str, object]] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        name = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        synchronised.append((name, ask(file, "PRAGMA user_version")))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    modernise(path, file, 1)
    assert synchronised == [(f"{path}.schema-1", 1), (str(path.parent), 1)]


def of_schema_2(connect: Connect, path: Path) -> sqlite3.Connection:
    """A file of schema 2: an alarm between two events, a row that the disk has changed, and a state that it has."""
    database = connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    for statement in sorted(schema.OLDER[2], key=lambda text: not text.startswith("CREATE TABLE")):
        database.execute(statement)
    for seq, priority in ((1, Priority.EVENT), (4, Priority.ALARM), (7, Priority.EVENT), (9, Priority.EVENT)):
        row = (seq, bytes([seq] * 16), "t", "s", 1.77e9, None, None, b"{}")
        crc = checksum(priority, *row) if seq < 9 else 12
        values = ", ".join("?" * 9)
        database.execute(f"INSERT INTO {schema.OUTBOXES[priority]} VALUES ({values})", (*row, crc))
    database.execute("INSERT INTO state VALUES ('k', x'31', 99)")
    database.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    database.execute("PRAGMA user_version = 2")
    return database


def test_what_waits_in_a_file_of_schema_2_is_numbered_in_the_order_of_commit(connect: Connect, path: Path) -> None:
    of_schema_2(connect, path).close()

    async def main() -> tuple[list[tuple[int, int]], int]:
        async with Store(path, max_bytes=1 << 20, boot="b") as store:
            gave_up = await store.position().lease(9)
            assert await store.load("k", Raw) is None, "what the disk has changed does not become sound"
            more = await store.position().lease(9)
            return [(row.seq, row.sequence) for row in gave_up], len(more)

    assert asyncio.run(main()) == ([(4, 2), (1, 1), (7, 3)], 2)
    kept = connect(path.with_name(f"{path.name}.schema-2"))
    assert (ask(kept, "PRAGMA user_version"), ask(kept, "SELECT count(*) FROM outbox")) == (2, 4)


@pytest.mark.parametrize("damage", ["first page", "schema"])
def test_what_a_damaged_file_of_schema_2_still_has_is_saved_and_numbered(
    connect: Connect, path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = of_schema_2(connect, path)
    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    body = bytearray(path.read_bytes())
    at = 100 if damage == "first page" else body.find(b"CREATE TABLE outbox_event") + 9
    body[at : at + 40] = bytes(40)
    path.write_bytes(body)

    async def main() -> list[tuple[int, str, int]]:
        async with Store(path, max_bytes=1 << 20, boot="b") as store:
            return [(row.seq, row.type, row.sequence) for row in await store.position().lease(9)]

    rows = asyncio.run(main())
    assert sorted(row for row in rows if row[1] == "t") == [(1, "t", 1), (4, "t", 2), (7, "t", 3)]
    assert [(type, number) for _, type, number in rows if type != "t"] == [("store.gap", 4)]
    assert any("3 events and 0 states were saved" in line for line in caplog.messages)


def test_a_power_cut_while_a_file_is_brought_to_this_version_leaves_it_as_it_was(connect: Connect, path: Path) -> None:
    """All of it is one transaction."""
    file = of_schema_2(connect, path)
    before = sorted(file.execute("SELECT name FROM sqlite_schema").fetchall())
    # Whatever is written, the end of it is refused.
    file.set_authorizer(
        lambda action, one, *_: sqlite3.SQLITE_DENY if (action, one) == (sqlite3.SQLITE_TRANSACTION, "COMMIT") else 0
    )
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        modernise(path, file, 2)
    file.close()
    again = connect(path)
    assert sorted(again.execute("SELECT name FROM sqlite_schema").fetchall()) == before
    assert ask(again, "PRAGMA user_version") == 2
