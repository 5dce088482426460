"""A disk that cannot be read: the store goes on in memory, says so, and goes back with what it got meanwhile."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from spoilt_store import Unreadable, spoil
from stored import event_of, promised

from agent.events import STORE_MEMORY_ONLY, STORE_ON_DISK, Event, Priority
from agent.store import Store, StoreError, keeper
from agent.store.errors import StoreInUse
from agent.store.file import file

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
MEMORY_BYTES = 200_000


class Standing(Struct, frozen=True):
    n: int


@pytest.fixture
def make(path: Path) -> Callable[..., Store]:
    return lambda **more: Store(path, max_bytes=1 << 26, boot="boot-1", **{"memory_bytes": MEMORY_BYTES, **more})


@contextmanager
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuses to open any file."""

    def refuse(path: Path, *_: Any) -> Any:
        raise StoreError(path, "the disk does not read or write", code=sqlite3.SQLITE_IOERR)

    with monkeypatch.context() as patch:
        patch.setattr(keeper, "open_database", refuse)
        yield


def types(rows: Any) -> list[str]:
    return [row.type for row in rows]


@pytest.mark.parametrize("asks", ["status", "load", "keys", "reset_cursor", "has_untrusted_of", "commit"])
def test_whatever_is_asked_of_an_unreadable_file_is_answered_from_memory(
    make: MakeStore, event: MakeEvent, asks: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    questions: dict[str, Callable[[Store], Any]] = {
        "status": lambda store: store.status(),
        "load": lambda store: store.load("bay/1", Standing),
        "keys": lambda store: store.keys("bay/"),
        "reset_cursor": lambda store: store.position().reset_cursor(),
        "has_untrusted_of": lambda store: store.has_untrusted_of("boot-1"),
        "commit": lambda store: store.commit([event(9)], {"bay/1": Standing(9)}),
    }

    async def main() -> None:
        async with make() as store:
            await store.commit([event(1), event(2)], {"bay/1": Standing(1)})
            await spoil(store)
            with unreadable(monkeypatch):
                await questions[asks](store)
                status = await store.status()
                assert status.memory_only is not None and "disk I/O error" in status.memory_only
                await store.position().reset_cursor()
                told, *_ = await store.position().lease(9)
                assert promised(told).type == STORE_MEMORY_ONLY
                assert event_of(told).data["unreachable"] == 2
            assert await store._thread.try_disk()

    asyncio.run(main())
    assert any("is in memory until its disk can be used" in line for line in caplog.messages)
    assert any("the store is on its disk again" in line for line in caplog.messages)


def test_a_session_begins_anew_when_another_file_stands_there(
    make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was leased of the one is not deleted of the other."""

    async def main() -> None:
        async with make() as store:
            await store.commit([event(1)], {})
            leased = await store.position().lease(9)
            await spoil(store)
            with unreadable(monkeypatch):
                with pytest.raises(StoreError, match=r"another file|cannot be read"):
                    await store.position().lease(9)
                await store.commit([event(2)], {})
                await store.position().acknowledge(leased)
                assert types(await store.position().lease(9)) == [STORE_MEMORY_ONLY, "bay.occupied"]
            assert await store._thread.try_disk()
            with pytest.raises(StoreError, match="another file"):
                await store.position().lease(9)
            rows = await store.position().lease(9)
            assert types(rows) == [STORE_MEMORY_ONLY, STORE_ON_DISK, "bay.occupied", "bay.occupied"]
            assert promised(rows[1]).data["events"] == 2

    asyncio.run(main())


def test_a_pole_starts_on_an_unreadable_disk_and_goes_back_to_it(
    make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with make() as store:
            await store.commit([event(1)], {"bay/1": Standing(1), "bay/2": Standing(2)})
        with unreadable(monkeypatch):
            store = make()
            await store.__aenter__()
            assert (await store.status()).blind
            assert await store.load("bay/1", Standing) is None
            await store.commit([event(2)], {"bay/1": Standing(7), "bay/3": Standing(3)})
            await store.commit([], {"bay/3": None})
            assert not await store._thread.try_disk()
        assert await store._thread.try_disk()
        assert not (await store.status()).blind
        assert (await store.status()).memory_only is None
        assert await store.load("bay/1", Standing) == Standing(7), "what was decided since counts"
        assert await store.load("bay/2", Standing) == Standing(2)
        assert await store.load("bay/3", Standing) is None
        await store.__aexit__(None, None, None)
        async with make() as again:
            numbers = [event_of(row).data.get("n") for row in await again.position().lease(9)]
            assert numbers == [None, None, 1, 2]

    asyncio.run(main())


def test_memory_is_bounded(make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        with unreadable(monkeypatch):
            store = make()
            await store.__aenter__()
            for n in range(40):
                await store.commit([event(n * 20 + i, pad="x" * 900) for i in range(20)], {})
            status = await store.status()
            assert status.used_bytes <= MEMORY_BYTES
            assert status.dropped > 500
        await store.__aexit__(None, None, None)

    asyncio.run(main())


def test_what_is_in_memory_at_the_end_is_told_to_be_lost(
    make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        with unreadable(monkeypatch):
            store = make()
            await store.__aenter__()
            await store.commit([event(1)], {})
            with pytest.raises(StoreError, match="was in memory to the end; 2 events are lost"):
                await store.__aexit__(None, None, None)

    asyncio.run(main())


def test_where_all_of_memory_has_arrived_nothing_is_lost_at_the_end(
    make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        with unreadable(monkeypatch):
            async with make() as store:
                await store.commit([event(1)], {})
                await store.position().acknowledge(await store.position().lease(9))

    asyncio.run(main())
    (last,) = [each for each in caplog.records if "to the end" in each.message]
    assert last.levelname == "WARNING" and "nothing is lost" in last.message


def test_another_owner_is_no_reason_for_memory(make: MakeStore) -> None:
    """Two daemons would drive the same lamps."""

    async def main() -> None:
        async with make():
            with pytest.raises(StoreInUse):
                await make().__aenter__()

    asyncio.run(main())


def test_a_disk_that_refuses_changes_is_not_left_for_memory(
    path: Path, make: MakeStore, event: MakeEvent, disk_refuses: Callable[..., Any]
) -> None:
    """What waits there can be read and sent."""

    async def main() -> None:
        async with make() as store:
            await store.commit([event(1)], {})
            with disk_refuses(path, beyond=1):
                with pytest.raises(StoreError):
                    await store.commit([event(2)], {})
                assert types(await store.position().lease(9)) == ["bay.occupied"]
                assert (await store.status()).memory_only is None

    asyncio.run(main())


def test_damage_on_a_disk_that_cannot_be_begun_anew_leads_to_memory(
    path: Path, make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: Any, **more: Any) -> Any:
        raise StoreError(path, "is damaged and cannot be begun anew")

    async def main() -> None:
        async with make() as store:
            await store.commit([event(1)], {})
            await _damage(store)
            with monkeypatch.context() as patch, unreadable(monkeypatch):
                patch.setattr(keeper, "reopen", refuse)
                assert (await store.status()).memory_only is not None
            assert await store._thread.try_disk()

    asyncio.run(main())


async def _damage(store: Store) -> None:
    class Damaged(Unreadable):
        def execute(self, *_: Any) -> Any:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

    def on_thread() -> None:
        outbox = store._keeper.file().outbox
        outbox.database = Damaged(outbox.database)  # type: ignore[assignment]

    await asyncio.get_running_loop().run_in_executor(store._thread.executor, on_thread)


def test_a_question_meets_damage_and_is_answered_by_the_file_that_was_begun(make: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make() as store:
            await store.commit([event(n) for n in range(9)], {"bay/1": Standing(1)})
            await _damage(store)
            assert await store.load("bay/1", Standing) == Standing(1)
            status = await store.status()
            assert (status.memory_only, status.moved_aside) == (None, f"{store.path}.corrupt")
            assert store.depth() == 10

    asyncio.run(main())


def test_events_of_memory_get_new_places_where_the_clock_had_jumped_back(
    make: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with make() as store:
            await store.commit([event(n) for n in range(5)], {})
        with unreadable(monkeypatch), monkeypatch.context() as patch:
            patch.setattr("agent.store.open_file.first_seq", lambda: 1)
            store = make()
            await store.__aenter__()
        await store.commit([event(n, Priority.EVENT) for n in range(10, 13)], {})
        assert await store._thread.try_disk()
        await store.position().reset_cursor()
        rows = await store.position().lease(20)
        assert sorted(event_of(row).data["n"] for row in rows if row.type == "bay.occupied") == [
            0,
            1,
            2,
            3,
            4,
            10,
            11,
            12,
        ]
        assert len({row.seq for row in rows}) == len(rows)
        await store.__aexit__(None, None, None)

    asyncio.run(main())


def test_the_file_module_is_what_the_keeper_opens_by() -> None:
    assert keeper.open_database is file.open_database
