"""A file that is removed or replaced while it is open is put back with all that it held, and that is told."""

import asyncio
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from stored import event_of, promised

from agent.events import STORE_GAP, Event, Priority
from agent.store import Store, StoreError
from agent.store.file import removed, watch

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
OWN = {"store.gap", "store.skipped"}


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_AGAIN_S", 0.0)


@pytest.mark.parametrize("gone", [("",), ("", "-wal"), ("", "-wal", "-shm", ".mark")], ids=str)
def test_it_is_put_back_with_all_that_it_held(
    path: Path, make_store: MakeStore, event: MakeEvent, gone: Collection[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(5)], {})
            await store.commit([event(5, Priority.TELEMETRY)], {})
            for suffix in gone:
                Path(f"{path}{suffix}").unlink()
            await store.commit([event(6)], {})
            assert path.exists()
            await _has(store, gone)

    async def _has(store: Store, gone: Collection[str]) -> None:
        await store.position().reset_cursor()
        rows = await store.position().lease(99)
        assert sorted(event_of(row).data["n"] for row in rows if row.type not in OWN) == [0, 1, 2, 3, 4, 5, 6]
        gaps = [promised(row).data["reason"] for row in rows if row.type == STORE_GAP]
        assert gaps == (["unproven"] if ".mark" in gone else [])

    async def again() -> None:
        async with make_store() as store:
            await _has(store, gone)

    asyncio.run(main())
    asyncio.run(again())
    assert any("is put back with all that it held" in line for line in caplog.messages)


@pytest.mark.parametrize("other", [("",), ("-wal",), ("", "-wal", "-shm")], ids=str)
def test_one_that_was_replaced_is_put_back_too(
    path: Path, make_store: MakeStore, event: MakeEvent, other: Collection[str]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(0)], {})
            for suffix in other:
                shutil.copy(f"{path}{suffix}", f"{path}{suffix}.older")
            await store.commit([event(1)], {})
            for suffix in other:
                Path(f"{path}{suffix}.older").replace(f"{path}{suffix}")
            await store.commit([event(2)], {})
        async with make_store() as store:
            rows = await store.position().lease(9)
            assert sorted(event_of(row).data["n"] for row in rows if row.type not in OWN) == [0, 1, 2]
            assert STORE_GAP not in {row.type for row in rows}

    asyncio.run(main())


def test_where_it_cannot_be_put_back_that_is_said(
    path: Path, make_store: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(1)], {})
            path.unlink()
            with monkeypatch.context() as patch:
                patch.setattr(removed, "sync", refuse)
                with pytest.raises(StoreError, match="was removed or replaced, and cannot be put back: No space left"):
                    await store.commit([event(2)], {})
            await store.commit([event(3)], {})
            await store.position().reset_cursor()
            rows = await store.position().lease(9)
            assert sorted(event_of(row).data["n"] for row in rows if row.type not in OWN) == [1, 3]

    asyncio.run(main())
