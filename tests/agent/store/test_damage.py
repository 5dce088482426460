"""A damaged file is moved aside and told; the agent starts whatever is in it."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import Moment
from agent.events import STORE_GAP, Event
from agent.store import Store, StoreError

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]


def _fill(make_store: MakeStore, event: MakeEvent, count: int = 200) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n, pad="x" * 200) for n in range(count)], {})

    asyncio.run(main())


def _wound(path: Path, where: float, body: bytes) -> None:
    _overwrite(path, int(where * path.stat().st_size), body)


def _overwrite(path: Path, at: int, body: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(body)


@pytest.mark.parametrize("at, body", [(0, b"garbage!" * 8), (8192, os.urandom(20_000)), (24_000, b"\0" * 20_000)])
def test_promise_no_committed_event_is_lost_silently_by_a_corrupt_file(
    path: Path, make_store: MakeStore, event: MakeEvent, at: int, body: bytes
) -> None:
    _fill(make_store, event)
    _overwrite(path, at, body)
    path.with_name("lamppost.db-wal").write_bytes(b"left over")

    async def main() -> None:
        async with make_store() as store:
            (row,) = await store.next(9)
            assert row.event.type == STORE_GAP
            assert row.event.data["reason"] == "corrupt"
            assert row.event.data["moved_to"] == "lamppost.db.corrupt"
            assert (await store.status()).moved_aside == f"{path}.corrupt"
            await store.commit([event(1)], {})
        async with make_store() as store:
            assert store.depth() == 2, "it is told once, and the new file is sound"
            assert (await store.status()).moved_aside is None

    asyncio.run(main())
    assert body[:8] in path.with_name("lamppost.db.corrupt").read_bytes()


def test_second_damage_replaces_the_first_copy(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    for body in (b"first!!!" * 8, b"second!!" * 8):
        _fill(make_store, event, 5)
        _overwrite(path, 0, body)
    _fill(make_store, event, 5)
    copies = [found.name for found in path.parent.glob("*.corrupt")]
    assert copies == ["lamppost.db.corrupt"]
    assert path.with_name(copies[0]).read_bytes().startswith(b"second!!")


def test_file_cut_short_by_a_power_cut(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    _fill(make_store, event)
    os.truncate(path, path.stat().st_size // 2)

    async def main() -> None:
        async with make_store() as store:
            (row,) = await store.next(9)
            assert row.event.data["reason"] == "corrupt"

    asyncio.run(main())


def test_row_that_cannot_be_read_does_not_stop_the_others(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    _fill(make_store, event, 5)
    database = sqlite3.connect(path)
    database.execute("UPDATE outbox SET data = ? WHERE subject = 'bay-2'", (b'{"n": 2',))
    database.commit()
    database.close()

    async def main() -> None:
        async with make_store() as store:
            assert [row.event.subject for row in await store.next(9)] == ["bay-0", "bay-1", "bay-3", "bay-4"]
            await asyncio.wait_for(store.committed(), 5)
            (gap,) = await store.next(9)
            assert gap.event.data == {"reason": "unreadable", "dropped": 1}
            assert store.depth() == 5

    asyncio.run(main())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40)), min_size=1, max_size=4)
)
def test_no_damage_keeps_the_agent_from_starting(tmp_path_factory: object, wounds: list[tuple[float, bytes]]) -> None:
    path = Path(str(tmp_path_factory.mktemp("wound"))) / "s.db"  # type: ignore[attr-defined]
    asyncio.run(_wound_and_start(path, wounds))


async def _wound_and_start(path: Path, wounds: list[tuple[float, bytes]]) -> None:
    async with Store(path, max_bytes=1 << 20, boot="b") as store:
        await store.commit([_event(n) for n in range(100)], {})
    for where, body in wounds:
        _wound(path, where, body)
    try:
        async with Store(path, max_bytes=1 << 20, boot="b") as store:
            await store.next(1000)
            await store.commit([_event(1000)], {})
    except StoreError as refused:
        assert "newer lamppost" in str(refused) or "another program" in str(refused)


def _event(n: int) -> Event:
    return Event(type="pole.status", subject="p", at=Moment(1.77e9 + n, float(n), "b", True), data={"n": n})
