"""Every row whose checksum holds is found in the pages, however damaged what leads to it is."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct

from agent.events import Event, Priority
from agent.store import Store, What
from agent.store.file import wal
from agent.store.file.salvage import Saved, read_log, salvage
from agent.store.rows import schema
from agent.store.rows.content import Content, count_content

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
Connect = Callable[..., sqlite3.Connection]
COUNT = 120


class Standing(Struct, frozen=True):
    n: int
    pad: str = ""


@pytest.fixture
def closed(path: Path, make_store: MakeStore, event: MakeEvent) -> Path:
    """A file without a log; every tenth event goes on on pages of its own, and so does one state."""

    async def main() -> None:
        async with make_store() as store:
            for n in range(COUNT):
                pad = "x" * (3000 if n % 10 == 0 else 40)
                await store.commit([event(n, Priority(n % 3), pad=pad)], {f"bay/{n % 30}": Standing(n)})
            await store.commit([], {"large": Standing(1, "y" * 5000)})

    asyncio.run(main())
    return path


@pytest.fixture
def saved(connect: Connect) -> Callable[..., Saved]:
    def save(path: Path, log: bytes = b"", expected: Content | None = None) -> Saved:
        into = connect(":memory:", isolation_level=None)
        schema.create(into)
        return salvage(path, log, into, expected)

    return save


def test_a_sound_file_is_saved_whole(closed: Path, saved: Callable[..., Saved]) -> None:
    # Beside them the incarnation, how much was written, how far the uplink is, and up to where all has arrived.
    assert saved(closed) == Saved(COUNT, 35)


@pytest.mark.parametrize("begin, length", [(0, 100), (0, 1024), (16, 2), (100, 8)])
def test_what_becomes_of_the_first_page_does_not_matter(
    closed: Path, saved: Callable[..., Saved], begin: int, length: int
) -> None:
    _overwrite(closed, begin, os.urandom(length))
    assert saved(closed) == Saved(COUNT, 35)


def _overwrite(path: Path, at: int, body: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(body)


def test_a_page_whose_head_is_gone_gives_the_rows_behind_it(closed: Path, saved: Callable[..., Saved]) -> None:
    page = next(n for n in range(2, 200) if closed.read_bytes()[n * 1024] == 0x0D)
    whole = saved(closed).events
    _overwrite(closed, page * 1024, bytes(60))
    assert whole - 1 <= saved(closed).events <= whole


def test_interior_pages_lead_to_rows_and_are_not_needed(closed: Path, saved: Callable[..., Saved]) -> None:
    body = closed.read_bytes()
    for n in range(1, len(body) // 1024):
        if body[n * 1024] == 0x05:
            _overwrite(closed, n * 1024, b"\xff" * 1024)
    assert saved(closed).events == COUNT


def test_a_file_that_ends_early_gives_what_it_has(closed: Path, saved: Callable[..., Saved]) -> None:
    os.truncate(closed, closed.stat().st_size * 2 // 3)
    assert saved(closed).events > COUNT // 3


def test_rows_that_were_deleted_do_not_come_back(
    path: Path, make_store: MakeStore, event: MakeEvent, saved: Callable[..., Saved]
) -> None:
    async def main() -> None:
        async with make_store(settle_s=0.0) as store:
            await store.commit([event(n, pad="x" * 300) for n in range(COUNT)], {})
            what = What(frozenset({"bay.occupied"}), None, event(100).at.unix_s)
            assert (await store.erase(what, lambda count: event(999))).events == 100

    asyncio.run(main())
    assert saved(path).events == 22, "with what tells of it, and which numbers these were"


def test_the_newest_version_of_a_row_wins(
    path: Path, make_store: MakeStore, event: MakeEvent, saved: Callable[..., Saved], connect: Connect
) -> None:
    """The log has several versions of each page; the state is that of the last transaction."""
    logs: list[bytes] = []

    async def main() -> None:
        async with make_store() as store:
            for n in range(40):
                await store.commit([event(n)], {"bay/1": Standing(n)})
            logs.append(read_log(path))

    asyncio.run(main())
    path.unlink()
    into = connect(":memory:", isolation_level=None)
    schema.create(into)
    assert salvage(path, logs[0], into, None).events == 40
    (body,) = into.execute("SELECT body FROM state WHERE key = 'bay/1'").fetchone()
    assert b'"n":39' in body


def test_a_bad_frame_does_not_hide_those_behind_it(
    path: Path, make_store: MakeStore, event: MakeEvent, saved: Callable[..., Saved]
) -> None:
    logs: list[bytes] = []

    async def main() -> None:
        async with make_store() as store:
            for n in range(40):
                await store.commit([event(n)], {})
            logs.append(read_log(path))

    asyncio.run(main())
    log = bytearray(logs[0])
    at = wal.HEADER_BYTES + (wal.FRAME_HEADER_BYTES + 1024) * 20 + wal.FRAME_HEADER_BYTES + 1000
    log[at] ^= 1
    found = wal.read(bytes(log), 1024)
    assert [frame.sound for frame in found.frames].count(False) == 1
    assert found.broken and not found.torn
    path.unlink()
    assert saved(path, bytes(log)).events >= 39


@pytest.mark.parametrize("bytes_left", [0, 10, 32, 40, 1100])
def test_a_log_may_be_cut_anywhere(path: Path, saved: Callable[..., Saved], bytes_left: int) -> None:
    assert saved(path, b"\x37\x7f\x06\x82" + bytes(bytes_left)) == Saved(0, 0)


def test_what_is_expected_bounds_what_is_saved(closed: Path, saved: Callable[..., Saved], connect: Connect) -> None:
    """What had gone before is not taken from where it still stands."""
    database = connect(closed)
    expected = count_content(database, "")
    database.close()
    for sums in expected.outboxes:
        sums.oldest = 61
    assert saved(closed, expected=expected).events == 60
