"""Telemetry is written together; what the broker acknowledges before that is never written; events do not wait."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path

import pytest
from msgspec import Struct, json
from patience import PATIENCE_S
from stored import event_of

from agent.events import Event, Priority
from agent.store import Store, StoreError
from agent.store.access import begin, flush, opened
from agent.store.keeper import FileKeeper
from agent.store.log.eviction import Bounds
from agent.store.log.outbox import ALL
from agent.store.rows.rows import encode
from agent.store.store import EVERYTHING

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
NEVER = 3600.0


class Count(Struct, frozen=True):
    n: int


def _written(path: Path) -> int:
    """Rows that another process sees, as after a crash."""
    database = sqlite3.connect(path)
    try:
        tables = ("outbox_telemetry", "outbox_event", "outbox_alarm")
        return sum(int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in tables)
    finally:
        database.close()


def _arrived(path: Path) -> int:
    """Rows that another process sees before the position of the events."""
    with closing(sqlite3.connect(path)) as database:
        (body,) = database.execute("SELECT body FROM state WHERE key = 'store.position/00/'").fetchone()
        (count,) = database.execute(
            "SELECT count(*) FROM outbox_event WHERE seq <= ?", (json.decode(body)["upto"][1],)
        ).fetchone()
        return int(count)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


def test_telemetry_is_written_in_its_time_without_being_asked(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=0.02) as store:
            for n in range(10):
                await store.commit([event(n, Priority.TELEMETRY)], {})
            assert store.depth() == 10
            await _until(lambda: _written(path) == 10)
            assert store.depth() == 10

    asyncio.run(main())


def test_events_alarms_and_states_are_written_at_once(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            await store.commit([event(0, Priority.TELEMETRY)], {})
            assert _written(path) == 0
            await store.commit([event(1)], {})
            assert _written(path) == 2, "and what was buffered goes along"
            await store.commit([event(2, Priority.ALARM)], {})
            assert _written(path) == 3
            await store.commit([event(3, Priority.TELEMETRY)], {})
            await store.commit([event(4, Priority.TELEMETRY)], {"k": Count(1)})
            assert _written(path) == 5, "with a state, and after the telemetry before it"

    asyncio.run(main())


def test_what_has_arrived_is_written_long_before_telemetry_is(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER, settle_s=0.01) as store:
            await store.commit([event(n) for n in range(3)], {})
            await store.commit([event(3, Priority.TELEMETRY)], {})
            await store.position().acknowledge(await store.position().lease(3))
            await _until(lambda: _arrived(path) == 3)
            assert (store.depth(), _written(path)) == (1, 4)

    asyncio.run(main())


def test_telemetry_that_is_on_its_way_does_not_go_along(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """A broker that is there acknowledges it, and then it need not be written."""

    async def main() -> None:
        async with make_store(buffer_s=NEVER, settle_s=NEVER) as store:
            await store.commit([event(0, Priority.TELEMETRY)], {})
            rows = await store.position().lease(1)
            await store.commit([event(1)], {})
            assert _written(path) == 1
            await store.position().acknowledge(rows)
            await store.commit([event(2, Priority.TELEMETRY)], {})
            await store.position().lease(9)
            await store.position().reset_cursor()
            await store.commit([event(3)], {})
            assert _written(path) == 3, "the connection was lost"

    asyncio.run(main())


def test_what_has_arrived_makes_nothing_else_be_written_sooner(path: Path, event: MakeEvent) -> None:
    keeper = FileKeeper(path, Bounds(1 << 20), "b", "p1", EVERYTHING)
    keeper.open()
    begin(keeper)
    first, second = ([encode(event(n, Priority.TELEMETRY))] for n in range(2))
    with opened(keeper, change=True) as file:
        file.outbox.buffer([(row, ALL) for row in first], keeper.now())
    began_s = keeper.buffered_since_s
    with opened(keeper, change=True) as file:
        file.outbox.buffer([(row, ALL) for row in second], keeper.now())
    assert began_s is not None and keeper.buffered_since_s == began_s
    with opened(keeper) as file:
        (row,) = file.leases[""].lease(1, keeper.now())[0]
        file.leases[""].arrived([row])
    assert keeper.buffered_since_s is not None and keeper.buffered_since_s > began_s
    assert keeper.arrived_since_s is None, "it is not in the file"
    flush(keeper)
    assert keeper.buffered_since_s is None
    with opened(keeper) as file:
        file.leases[""].arrived(file.leases[""].lease(1, keeper.now())[0])
    assert keeper.arrived_since_s is not None
    keeper.close()


def test_a_row_that_arrives_twice_counts_once(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """A task that was cut off tells it again, and does not know whether it was told."""

    async def main() -> None:
        async with make_store(buffer_s=NEVER, settle_s=NEVER) as store:
            await store.commit([event(n) for n in range(4)], {})
            await store.commit([event(4, Priority.TELEMETRY)], {})
            rows = await store.position().lease(2)
            for _ in range(2):
                await store.position().acknowledge(rows)
                assert store.depth() == 3
            await store.commit([], {"k": Count(1)})
            assert (_written(path), _arrived(path), store.depth()) == (5, 2, 3)
            await store.position().acknowledge(rows)
            assert store.depth() == 3
            await store.position().reset_cursor()
            left = await store.position().lease(9)
            assert [event_of(row).data["n"] for row in left] == [2, 3, 4]
            for _ in range(2):
                await store.position().acknowledge(left)
                assert store.depth() == 0

    asyncio.run(main())


def test_what_waited_to_be_sent_and_was_released_can_be_deleted(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER, settle_s=NEVER) as store:
            await store.commit([event(n) for n in range(3)], {})
            rows = await store.position().lease(2)
            await store.position().release(rows)
            await store.position().acknowledge(rows)
            assert store.depth() == 1
        assert _arrived(path) == 2

    asyncio.run(main())


def test_what_is_acknowledged_in_time_is_never_written(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            for n in range(20):
                await store.commit([event(n, Priority.TELEMETRY)], {})
                rows = await store.position().lease(9)
                assert [event_of(row).data["n"] for row in rows] == [n]
                await store.position().acknowledge(rows)
            assert store.depth() == 0
        assert _written(path) == 0

    asyncio.run(main())


def test_what_has_arrived_is_written_with_the_next_commit_and_are_not_handed_out_meanwhile(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER, settle_s=NEVER) as store:
            await store.commit([event(n) for n in range(5)], {})
            await store.position().acknowledge(await store.position().lease(3))
            assert (store.depth(), _written(path)) == (2, 5)
            status = await store.status()
            assert status.waiting["event"] == 2
            assert status.oldest == event(3).at
            await store.position().reset_cursor()
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [3, 4]
            await store.commit([event(5)], {})
            assert (store.depth(), _written(path), _arrived(path)) == (3, 6, 3)

    asyncio.run(main())


def test_order_is_kept_whether_written_or_buffered(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            for n in range(4):
                await store.commit([event(n, Priority.TELEMETRY)], {})
            assert [event_of(row).data["n"] for row in await store.position().lease(2)] == [0, 1]
            await store.commit([event(4, Priority.TELEMETRY)], {"k": Count(1)})
            await store.commit([event(5, Priority.TELEMETRY)], {})
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [2, 3, 4, 5]
            await store.position().reset_cursor()
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [0, 1, 2, 3, 4, 5]

    asyncio.run(main())


def test_many_are_written_without_waiting(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """What is buffered is bounded by number and by bytes."""

    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            for n in range(501):
                await store.commit([event(n, Priority.TELEMETRY)], {})
            assert _written(path) == 500
            for n in range(6):
                await store.commit([event(n, Priority.TELEMETRY, pad="x" * 60_000)], {})
            assert _written(path) == 506

    asyncio.run(main())


def test_promise_no_committed_event_is_lost_at_an_orderly_end(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            await store.commit([event(1, Priority.TELEMETRY)], {})
            await store.position().lease(9)
        async with make_store() as store:
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [1]

    asyncio.run(main())


def test_disk_that_refuses_what_was_buffered_takes_it_later(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    """The caller that brings the next measurement gets the error, so that memory does not take what the disk
    refuses."""

    async def main() -> None:
        async with make_store(buffer_s=0.01) as store:
            with disk_refuses(path):
                await store.commit([event(1, Priority.TELEMETRY, pad="x" * 100_000)], {})
                while (await store.status()).refuses is None:
                    await asyncio.sleep(0.005)
                with pytest.raises(StoreError, match="disk"):
                    await store.commit([event(2, Priority.TELEMETRY)], {})
            assert store.depth() == 1
            await store.commit([event(2, Priority.TELEMETRY)], {})
            assert (await store.status()).refuses is None
        async with make_store() as store:
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [1, 2]

    asyncio.run(main())


def test_disk_that_refuses_when_there_is_much_is_told_at_once(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            with disk_refuses(path, beyond=1):
                for n in range(500):
                    await store.commit([event(n, Priority.TELEMETRY)], {})
                with pytest.raises(StoreError, match="disk"):
                    await store.commit([event(500, Priority.TELEMETRY)], {})
                assert (await store.status()).refuses is not None
                assert store.depth() == 500

    asyncio.run(main())


def test_an_orderly_end_on_a_disk_that_refuses_says_what_is_lost(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            for n in range(3):
                await store.commit([event(n, Priority.TELEMETRY)], {})
            resources.enter_context(disk_refuses(path, beyond=1))

    with ExitStack() as resources, pytest.raises(StoreError, match="3 measurements that were in memory alone are lost"):
        asyncio.run(main())
    assert _written(path) == 0


def test_disk_that_refused_an_event_is_asked_at_once_for_telemetry(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    """The disk would otherwise look as if it took changes again."""

    async def main() -> None:
        async with make_store(buffer_s=NEVER) as store:
            with disk_refuses(path, beyond=1):
                for priority in (Priority.EVENT, Priority.TELEMETRY, Priority.TELEMETRY):
                    with pytest.raises(StoreError, match="disk"):
                        await store.commit([event(1, priority)], {})
                    await store.status()
                    assert (await store.status()).refuses is not None, "nothing was written since"
            assert store.depth() == 0
            await store.commit([event(2, Priority.TELEMETRY)], {})
            assert _written(path) == 1
            await store.commit([event(3, Priority.TELEMETRY)], {})
            assert (store.depth(), _written(path)) == (2, 1)

    asyncio.run(main())
