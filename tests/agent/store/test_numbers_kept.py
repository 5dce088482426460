"""The store gives no number twice: not of a file that is gone or older, nor in memory while its disk is not read."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spoilt_store import spoil
from stored import promised

from agent.events import STORE_GAP, STORE_SKIPPED, Event
from agent.store import Store, StoreError, keeper
from agent.store.rows.numbers import Range

MakeEvent = Callable[..., Event]
SUFFIXES = ("", "-wal", "-shm", ".mark")
TWO: dict[str, Callable[[str], bool]] = {"": lambda type: True, "b": lambda type: True}


@pytest.fixture
def store(path: Path) -> Callable[..., Store]:
    return lambda **more: Store(path, max_bytes=1 << 26, boot="boot-1", memory_bytes=300_000, positions=TWO, **more)


async def leased(store: Store, name: str = "") -> list[Any]:
    await store.position(name).reset_cursor()
    return await store.position(name).lease(999)


def skipped(rows: list[Any]) -> list[Range]:
    told = (promised(row).data["sequences"] for row in rows if row.type == STORE_SKIPPED)
    return [(first, last) for ranges in told for first, last in ranges]


def _copy(path: Path, target: Path, suffixes: tuple[str, ...] = SUFFIXES) -> None:
    for suffix in suffixes:
        shutil.copyfile(f"{path}{suffix}", f"{target}{suffix}")


@pytest.mark.parametrize("older", [False, True])
def test_numbers_of_a_file_that_is_gone_or_older_are_not_given_again(
    path: Path, store: Callable[..., Store], event: MakeEvent, older: bool
) -> None:
    live, before = path.with_name("live.db"), path.with_name("before.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1", positions=TWO) as opened:
            await opened.commit([event(n) for n in range(5)], {})
            _copy(live, before)
            await opened.commit([event(n) for n in range(5, 3000)], {})
            highest = max(row.sequence for row in await opened.position("b").lease(5000))
            _copy(live, path)
        if older:
            _copy(before, path, ("", "-wal"))
        else:
            path.unlink()
            Path(f"{path}-wal").unlink()
        async with store() as opened:
            for name in TWO:
                rows = await leased(opened, name)
                assert next(row.type for row in rows if row.type in {STORE_GAP, STORE_SKIPPED}) == STORE_GAP
                new = [row.sequence for row in rows if row.type in {STORE_GAP, STORE_SKIPPED}]
                assert min(new) > highest == 3000
                present = {row.sequence for row in rows}
                for first, last in skipped(rows):
                    present |= set(range(first, last + 1))
                assert present == set(range(1, max(present) + 1)), "each number came, or is told"

    asyncio.run(main())


def _refuse(path: Path, *_: Any) -> Any:
    raise StoreError(path, "the disk does not read or write", code=sqlite3.SQLITE_IOERR)


def test_what_memory_sends_has_the_numbers_that_follow_and_keeps_them(
    store: Callable[..., Store], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with store() as opened:
            await opened.commit([event(n) for n in range(3)], {})
            # "" has them, "b" waits: what of them is settled for the one is not for the other.
            await opened.position().acknowledge(await leased(opened))
            await spoil(opened)
            with monkeypatch.context() as patch:
                patch.setattr(keeper, "open_database", _refuse)
                await opened.status()
                await opened.commit([event(n) for n in range(3, 6)], {})
                rows = await leased(opened)
                assert sorted(row.sequence for row in rows) == [4, 5, 6, 7], "with what tells of memory"
                of_memory = {row.id: row.sequence for row in rows}
                await opened.position().acknowledge(rows[:2])
            assert await opened._thread.try_disk()
            rows = await leased(opened)
            again = {row.id: row.sequence for row in rows}
            assert sorted(again.values()) == [6, 7, 8], "two that had not arrived, and what tells of the disk"
            assert of_memory.items() >= {(id, number) for id, number in again.items() if number < 8}
            assert [row.sequence for row in sorted(await leased(opened, "b"), key=lambda row: row.seq)] == [
                *range(1, 9)
            ]
        async with store() as opened:
            assert sorted(row.sequence for row in await leased(opened)) == [6, 7, 8]
            assert len(await leased(opened, "b")) == 8

    asyncio.run(main())


def test_a_start_on_an_unreadable_disk_gives_no_number_of_the_file(
    path: Path, store: Callable[..., Store], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with store() as opened:
            await opened.commit([event(n) for n in range(3)], {})
        with monkeypatch.context() as patch:
            patch.setattr(keeper, "open_database", _refuse)
            opened = store()
            await opened.__aenter__()
            await opened.commit([event(4)], {})
            sent = [row.sequence for row in await leased(opened)]
            assert min(sent) > 3
        assert await opened._thread.try_disk()
        rows = await leased(opened)
        numbers = {row.sequence for row in rows}
        assert numbers >= {1, 2, 3, *sent}
        for first, last in skipped(rows):
            assert not numbers & set(range(first, last + 1))
            numbers |= set(range(first, last + 1))
        assert numbers == set(range(1, max(numbers) + 1))
        await opened.__aexit__(None, None, None)

    asyncio.run(main())


def test_the_mark_says_how_many_of_what_is_missing_had_arrived(
    path: Path, store: Callable[..., Store], event: MakeEvent
) -> None:
    live = path.with_name("live.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1", settle_s=0.0) as opened:
            await opened.commit([event(n) for n in range(50)], {})
            await opened.position().acknowledge(await opened.position().lease(40))
            await opened.commit([event(50)], {})
            _copy(live, path)
        Path(f"{path}-wal").unlink()
        async with Store(path, max_bytes=1 << 26, boot="boot-1") as opened:
            gap = next(promised(row) for row in await leased(opened) if row.type == STORE_GAP)
            assert (gap.data["dropped"], gap.data["arrived"]) == (51, 40)

    asyncio.run(main())


class Torn:
    """A connection that takes a commit, and then says that the disk has failed."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database, self.failed = database, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def execute(self, statement: str, *more: Any) -> Any:
        if self.failed and statement != "ROLLBACK":
            raise _io_error()
        found = self._database.execute(statement, *more)
        if statement == "COMMIT":
            self.failed = True
            raise _io_error()
        return found


def _io_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    return error


def test_a_commit_that_was_said_to_have_failed_keeps_its_numbers(
    path: Path, store: Callable[..., Store], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk took it all the same: what memory gives afterwards has other numbers, also once the disk is back."""

    async def main() -> None:
        async with store() as opened:
            await opened.commit([event(n) for n in range(3)], {})

            def tear() -> None:
                outbox = opened._keeper.file().outbox
                outbox.database = Torn(outbox.database)  # type: ignore[assignment]

            await asyncio.get_running_loop().run_in_executor(opened._thread.executor, tear)
            with monkeypatch.context() as patch:
                patch.setattr(keeper, "open_database", _refuse)
                await opened.commit([event(n) for n in range(3, 8)], {})
                before = [(row.sequence, row.id) for name in TWO for row in await leased(opened, name)]
                assert await opened.commit([event(9)], {}) is None
            assert await opened._thread.try_disk()
            for name in TWO:
                rows = await leased(opened, name)
                by_number: dict[int, set[str]] = {}
                for number, id in [*before, *((row.sequence, row.id) for row in rows)]:
                    by_number.setdefault(number, set()).add(id)
                assert [number for number, ids in by_number.items() if len(ids) > 1] == []
                present = {row.sequence for row in rows}.union(*(range(a, b + 1) for a, b in skipped(rows)))
                assert present == set(range(1, max(present) + 1)), "each number came, or is told"

    asyncio.run(main())


def test_an_uplink_that_comes_and_goes_while_the_disk_is_away_is_kept_or_told(
    path: Path, store: Callable[..., Store], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with store(keep_acknowledged_s=0.0) as opened:
            await opened.commit([event(1)], {})
            await spoil(opened)
            with monkeypatch.context() as patch:
                patch.setattr(keeper, "open_database", _refuse)
                await opened.follow({**TWO, "late": lambda type: True})
                await opened.commit([event(2), event(3)], {})
                await opened.follow(TWO)
            assert await opened._thread.try_disk()
            await opened.commit([event(4)], {})
            gaps = [promised(row).data for row in await leased(opened) if row.type == STORE_GAP]
            assert [(gap["reason"], gap["uplink"], gap["dropped"]) for gap in gaps] == [
                ("uplink_removed", "late", 3)
            ], "with what told of memory"

    asyncio.run(main())
