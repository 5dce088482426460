"""A store read at a desk."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import Struct

from agent.store import Store, StoreError
from agent.store.file.copy import StoreCopy


class Count(Struct, frozen=True):
    number: int = 0


def filled(make_store: Callable[..., Store], then: Callable[[], None] = lambda: None) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit((), {"day/1/a": Count(1), "day/1/b": Count(2), "day/10/a": Count(3), "days": Count(4)})
            assert list(await store.keys("day/1/")) == ["day/1/a", "day/1/b"]
            assert await store.keys("day/1/a") == {"day/1/a": len('day/1/a{"number":1}')}
            then()

    asyncio.run(main())


def contents(file: Path) -> dict[str, Count | None]:
    with StoreCopy(file) as copy:
        return {key: copy.load(key, Count) for key in copy.keys("day/")}


ALL = {"day/1/a": Count(1), "day/1/b": Count(2), "day/10/a": Count(3)}


def test_a_copy_is_read_and_not_written(make_store: Callable[..., Store], path: Path) -> None:
    filled(make_store)
    before = path.read_bytes()
    for side in path.parent.glob(f"{path.name}-*"):
        side.unlink()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert contents(path) == ALL
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before


def test_the_file_of_a_running_daemon_is_read_with_what_it_wrote_last(
    make_store: Callable[..., Store], path: Path, tmp_path: Path
) -> None:
    def look() -> None:
        assert contents(path) == ALL
        (tmp_path / "desk").mkdir()
        for file in tmp_path.glob("lamppost.db*"):
            shutil.copy(file, tmp_path / "desk")
        assert contents(tmp_path / "desk" / path.name) == ALL, "with its write-ahead log beside it"

    filled(make_store, look)


def test_what_does_not_fit_is_left_out(make_store: Callable[..., Store], path: Path) -> None:
    filled(make_store)

    class Other(Struct, frozen=True):
        words: str

    with StoreCopy(path) as copy:
        assert copy.load("day/1/a", Other) is None
        assert copy.load("none", Count) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "there is no such file"), (b"no database at all" * 100, "damaged"), (b"", "no store of a lamppost")],
)
def test_what_is_no_store_is_said(path: Path, content: bytes | None, words: str) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=words):
        contents(path)


def test_a_store_of_a_newer_lamppost_is_said(make_store: Callable[..., Store], path: Path) -> None:
    filled(make_store)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer lamppost"):
        contents(path)
