"""The way back to a disk: looked at apart from the store's thread, with growing pauses, until it can be used."""

import asyncio
import threading
from pathlib import Path
from typing import Any

from patience import PATIENCE_S

from agent.store.disk_return import DiskReturn, readable
from drivers.backoff import Backoff


class _Keeper:
    absence: object | None = object()


class _Thread:
    def __init__(self, keeper: _Keeper, after: int) -> None:
        self._keeper, self._after = keeper, after
        self.tried = 0

    async def try_disk(self) -> bool:
        self.tried += 1
        if self.tried >= self._after:
            self._keeper.absence = None
        return self.tried >= self._after


def _returning(path: Path, keeper: Any, thread: Any, look: Any) -> DiskReturn:
    return DiskReturn(path, keeper, thread, look=look, backoff=Backoff(first_s=0.001, cap_s=0.002))


async def _until(true: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.001)


def test_it_is_tried_until_it_can_be_used_and_only_where_it_can_be_read(tmp_path: Path) -> None:
    looks = iter([False, False, True, True])
    threads: list[str] = []

    def look(path: Path) -> bool:
        threads.append(threading.current_thread().name)
        return next(looks)

    async def main() -> None:
        keeper = _Keeper()
        thread = _Thread(keeper, after=2)
        returning = _returning(tmp_path / "s.db", keeper, thread, look)
        returning.plan()
        returning.plan()
        await _until(lambda: keeper.absence is None)
        assert thread.tried == 2
        assert threads == ["store-look"] * 4

    asyncio.run(main())


def test_a_read_that_hangs_for_ever_keeps_nobody_from_the_end(tmp_path: Path) -> None:
    hangs = threading.Event()

    async def main() -> None:
        begun = threading.Event()

        def look(path: Path) -> bool:
            begun.set()
            return hangs.wait(PATIENCE_S)

        returning = _returning(tmp_path / "s.db", _Keeper(), _Thread(_Keeper(), 1), look)
        returning.plan()
        await _until(begun.is_set)
        returning.stop()
        returning.plan()

    asyncio.run(main())
    hangs.set()


def test_what_is_not_there_is_no_reason_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    assert readable(path)
    path.write_bytes(b"x" * 10)
    assert readable(path)
    path.unlink()
    path.mkdir()
    assert not readable(path)
