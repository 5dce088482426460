"""The mark beside the file: what is missing after a kill is told with how much and from when, and nothing else is."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from stored import event_of, promised

from agent.events import STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.store import Store
from agent.store.file import mark
from agent.store.rows import schema
from agent.store.rows.content import MOST_REACHED, Content, Reached, Span, Sums
from agent.store.rows.scope import MOST, Scope

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
SUFFIXES = ("", "-wal", "-shm", ".mark")
COUNT = 60


class Standing(Struct, frozen=True):
    n: int


@pytest.fixture
def killed(path: Path, make_store: MakeStore, event: MakeEvent) -> Path:
    """The files of a store as they are while it is open: a process that is killed leaves them so. One of an earlier
    moment lies beside it."""
    live, older = path.with_name("live.db"), path.with_name("older.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1", settle_s=0.0) as store:
            for n in range(COUNT):
                await store.commit(
                    [event(n, list(Priority)[n % 3] if n % 3 else Priority.EVENT)], {"bay/1": Standing(n)}
                )
                if n == 20:
                    await store.position().acknowledge((await store.position().lease(5))[:4])
                if n == 30:
                    _copy(live, older)
            _copy(live, path)

    asyncio.run(main())
    return path


def _copy(path: Path, target: Path) -> None:
    for suffix in SUFFIXES:
        shutil.copyfile(f"{path}{suffix}", f"{target}{suffix}")


def heard(store: MakeStore, **more: Any) -> tuple[list[dict[str, Any]], list[int], int | None]:
    """Data of the gaps, numbers of the events that are there, and the state."""

    async def main() -> tuple[list[dict[str, Any]], list[int], int | None]:
        async with store(**more) as opened:
            # A crash takes reserved numbers, which is told as well.
            rows = [row for row in await opened.position().lease(999) if row.type != STORE_SKIPPED]
            events = [promised(row) if row.type == STORE_GAP else event_of(row) for row in rows]
            standing = await opened.load("bay/1", Standing)
            gaps = [each.data for each in events if each.type == STORE_GAP]
            numbers = sorted(each.data["n"] for each in events if each.type != STORE_GAP)
            return gaps, numbers, standing.n if standing is not None else None

    return asyncio.run(main())


def test_nothing_is_told_of_a_process_that_was_killed(killed: Path, make_store: MakeStore) -> None:
    gaps, numbers, standing = heard(make_store)
    assert (gaps, len(numbers), standing) == ([], COUNT - 4, COUNT - 1)
    assert heard(make_store)[0] == [], "nor of an orderly end"


def test_nothing_is_told_of_a_file_that_was_brought_to_a_newer_schema(
    path: Path, make_store: MakeStore, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark counts the rows as they were before."""

    async def main() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(mark, "VERSION", schema.VERSION - 1)
            async with make_store() as store:
                await store.commit([event(1)], {})
        database = sqlite3.connect(path)
        database.execute("UPDATE outbox_event SET crc = crc + 0, seq = seq + 1")
        database.commit()
        database.close()

    asyncio.run(main())
    gaps, _, _ = heard(make_store)
    assert all(gap["reason"] == "unreadable" for gap in gaps)


def test_nothing_is_told_of_a_power_cut_after_which_the_mark_lags(killed: Path, make_store: MakeStore) -> None:
    shutil.copyfile(killed.with_name("older.db.mark"), f"{killed}.mark")
    gaps, numbers, standing = heard(make_store, boot="boot-2")
    assert (gaps, len(numbers), standing) == ([], COUNT - 4, COUNT - 1)


def _flip(file: Path, at: int, bit: int = 4) -> None:
    body = bytearray(file.read_bytes())
    body[at] ^= bit
    file.write_bytes(body)


@pytest.mark.parametrize("part", range(1, 20))
def test_one_bit_of_the_log_costs_a_row_at_most_and_is_told(killed: Path, make_store: MakeStore, part: int) -> None:
    wal = Path(f"{killed}-wal")
    _flip(wal, wal.stat().st_size * part // 20)
    gaps, numbers, standing = heard(make_store)
    lost = COUNT - 4 - len(numbers)
    assert lost <= 1
    assert [gap["dropped"] for gap in gaps] == [lost]
    assert standing == COUNT - 1 or not gaps[0]["states_current"]


@pytest.mark.parametrize("bytes_left", [0, 20, 33, 5_000, 20_000])
def test_a_log_that_was_cut_is_told_with_how_many_and_from_when(
    killed: Path, make_store: MakeStore, bytes_left: int
) -> None:
    os.truncate(f"{killed}-wal", bytes_left)
    ((gap,), numbers, _) = heard(make_store)
    assert 0 < COUNT - 4 - len(numbers) <= gap["dropped"] <= COUNT + 1 - len(numbers)
    assert gap["first"] < gap["last"]
    assert gap["states_current"] is False


def _remove_log(path: Path) -> None:
    Path(f"{path}-wal").unlink()


def _zero_log(path: Path) -> None:
    wal = Path(f"{path}-wal")
    wal.write_bytes(bytes(wal.stat().st_size))


def _older_copy(path: Path) -> None:
    for suffix in ("", "-wal"):
        shutil.copyfile(path.with_name(f"older.db{suffix}"), f"{path}{suffix}")


def _remove_all_but_the_mark(path: Path) -> None:
    path.unlink()
    _remove_log(path)


@pytest.mark.parametrize(
    "damage, most_lost", [(_remove_log, 56), (_zero_log, 56), (_older_copy, 29), (_remove_all_but_the_mark, 56)]
)
def test_what_is_gone_is_counted(
    killed: Path, make_store: MakeStore, damage: Callable[[Path], None], most_lost: int
) -> None:
    damage(killed)
    ((gap,), numbers, _) = heard(make_store)
    assert COUNT - 4 - len(numbers) == most_lost
    assert most_lost <= gap["dropped"] <= most_lost + 4, "what had arrived was kept, and is missing as well"


@pytest.mark.parametrize("empty", [True, False])
def test_a_database_that_is_gone_or_empty_is_begun_anew_from_its_log(
    killed: Path, make_store: MakeStore, empty: bool
) -> None:
    if empty:
        os.truncate(killed, 0)
    else:
        killed.unlink()
    ((gap,), numbers, standing) = heard(make_store)
    assert (gap["dropped"], len(numbers), standing) == (0, COUNT - 4, COUNT - 1)
    assert gap["states_current"] is True


def test_a_bit_of_the_first_page_that_makes_it_another_programs_is_damage(killed: Path, make_store: MakeStore) -> None:
    asyncio.run(_checkpointed(killed, make_store))
    _flip(killed, 70)
    ((gap,), numbers, standing) = heard(make_store)
    assert (gap["dropped"], len(numbers), standing) == (0, COUNT - 4, COUNT - 1)


async def _checkpointed(path: Path, make_store: MakeStore) -> None:
    async with make_store():
        pass
    assert not Path(f"{path}-wal").exists()


@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
def test_after_an_orderly_end_the_mark_is_a_proof_in_every_boot(killed: Path, make_store: MakeStore, boot: str) -> None:
    asyncio.run(_checkpointed(killed, make_store))
    shutil.copyfile(killed.with_name("older.db"), killed)
    ((gap,), numbers, _) = heard(make_store, boot=boot)
    assert 0 < COUNT - 4 - len(numbers) <= gap["dropped"] <= COUNT + 1 - len(numbers)


def _remove_mark(path: Path) -> None:
    mark.mark_path(path).unlink()


def _spoil_mark(path: Path) -> None:
    _flip(mark.mark_path(path), 40)


def _older_mark(path: Path) -> None:
    shutil.copyfile(path.with_name("older.db.mark"), mark.mark_path(path))


@pytest.mark.parametrize(
    "damage, words",
    [
        (_remove_mark, "the mark is gone"),
        (_spoil_mark, "the mark is damaged"),
        (_older_mark, "the mark is older than the file"),
    ],
)
def test_a_mark_that_proves_nothing_is_told_once(
    killed: Path, make_store: MakeStore, damage: Callable[[Path], None], words: str
) -> None:
    damage(killed)
    gaps, numbers, standing = heard(make_store)
    assert [gap["detail"] for gap in gaps] == [words]
    assert (len(numbers), standing) == (COUNT - 4, COUNT - 1)
    assert len(heard(make_store)[0]) == 1, "the one of before"


def test_a_mark_of_another_file_tells_what_that_held(
    killed: Path, make_store: MakeStore, event: MakeEvent, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"

    async def main() -> None:
        async with Store(other, max_bytes=1 << 26, boot="boot-1") as store:
            await store.commit([event(n) for n in range(7)], {})

    asyncio.run(main())
    shutil.copyfile(mark.mark_path(other), mark.mark_path(killed))
    ((gap,), numbers, _) = heard(make_store)
    assert gap == {
        "reason": "unproven",
        "detail": "the mark is of another file",
        "held": 7,
        "first": "2026-02-02T02:40:00.000Z",
    }
    assert len(numbers) == COUNT - 4, "what is there is sent"


def test_after_a_power_cut_the_log_is_read_past_its_first_bad_frame(killed: Path, make_store: MakeStore) -> None:
    """The frame was confirmed: others were written behind it. Nothing proves how many are missing."""
    wal = Path(f"{killed}-wal")
    _flip(wal, wal.stat().st_size // 3)
    ((gap,), numbers, standing) = heard(make_store, boot="boot-2")
    assert gap["dropped"] is None
    assert len(numbers) >= COUNT - 5
    assert standing == COUNT - 1


def test_after_a_power_cut_the_end_that_was_never_confirmed_is_no_loss(killed: Path, make_store: MakeStore) -> None:
    wal = Path(f"{killed}-wal")
    _flip(wal, wal.stat().st_size - 10)
    _older_mark(killed)
    gaps, numbers, standing = heard(make_store, boot="boot-2")
    assert (gaps, len(numbers), standing) == ([], COUNT - 5, COUNT - 2)


def test_a_mark_that_was_flushed_tells_after_a_power_cut_what_the_file_lacks(
    killed: Path, make_store: MakeStore
) -> None:
    os.truncate(f"{killed}-wal", 20_000)
    ((gap,), numbers, _) = heard(make_store, boot="boot-2")
    assert 0 < COUNT - 4 - len(numbers) <= gap["dropped"] <= COUNT + 1 - len(numbers)


def test_what_is_erased_in_a_transaction_is_no_loss(killed: Path, path: Path, event: MakeEvent) -> None:
    """The mark hears of it from SQLite, whatever the statement."""
    live = path.with_name("live.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1") as store:
            file = store._keeper.file  # the thread's own, asked below on that thread

            def erase() -> None:
                outbox = file().outbox
                with outbox.writing(store._keeper.now(), buffered=False):
                    outbox.database.execute("DELETE FROM outbox_event WHERE seq % 2 = 0")

            await asyncio.get_running_loop().run_in_executor(store._thread.executor, erase)
            _copy(live, path)

    asyncio.run(main())
    gaps, numbers, _ = heard(lambda: Store(path, max_bytes=1 << 26, boot="boot-1"))
    assert gaps == []
    assert 0 < len(numbers) < COUNT - 4


def test_a_clock_that_jumps_back_puts_no_end_before_its_beginning(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    live = path.with_name("live.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1") as store:
            for n in (1_000_000, 999_999, 5, 4, 3):
                await store.commit([event(n)], {})
            _copy(live, path)

    asyncio.run(main())
    _remove_log(path)
    ((gap,), numbers, _) = heard(make_store)
    assert (gap["dropped"], numbers) == (5, [])
    assert gap["first"] <= gap["last"]


@pytest.mark.parametrize(
    "stands_there", [Path.mkdir, lambda path: path.symlink_to("/dev/null")], ids=["folder", "link"]
)
def test_a_disk_that_takes_no_mark_takes_events(
    path: Path,
    make_store: MakeStore,
    event: MakeEvent,
    caplog: pytest.LogCaptureFixture,
    stands_there: Callable[[Path], None],
) -> None:
    """Something that is not ours stands at its place: it is left alone, and told."""

    async def main() -> None:
        stands_there(mark.mark_path(path))
        async with make_store() as store:
            await store.commit([event(1)], {})
            assert store.depth() == 2, "with the one that tells of the mark"

    asyncio.run(main())
    (told,) = [line for line in caplog.messages if "lamppost.db.mark cannot be written" in line]
    assert told.endswith("cannot be removed either: remove it")
    assert os.path.lexists(mark.mark_path(path)), "it is there still"


@pytest.mark.parametrize("gone", [1, 6, 20])
def test_each_uplink_is_told_exactly_how_much_of_what_is_missing_it_had(
    path: Path, event: MakeEvent, gone: int
) -> None:
    """What arrived out of turn did arrive, and telemetry in memory is in no file."""
    live, wants = path.with_name("live.db"), {"": lambda type: True, "lights": lambda type: True}

    def bounds(at: Path) -> Store:
        return Store(at, max_bytes=1 << 26, boot="boot-1", settle_s=0.0, positions=wants)

    async def main() -> tuple[set[str], set[str]]:
        had = {name: set[str]() for name in wants}
        async with bounds(live) as store:
            for n in range(COUNT):
                await store.commit([event(n, Priority.EVENT if n % 3 else Priority.ALARM)], {})
            for name, most in (("", 35), ("lights", 12)):
                rows = await store.position(name).lease(most)
                arrived = [row for n, row in enumerate(rows) if n % 5]
                had[name] = {row.id for row in arrived}
                await store.position(name).acknowledge(arrived)
            await store.commit([event(COUNT)], {})
            await store.commit([event(COUNT + 1, Priority.TELEMETRY)], {})
            _copy(live, path)
        return had[""], had["lights"]

    had = asyncio.run(main())
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        of_all = f"SELECT seq, hex(id) FROM outbox_event ORDER BY seq LIMIT {gone}"
        lost = {id.lower() for _, id in database.execute(of_all).fetchall()}
        database.execute(f"DELETE FROM outbox_event WHERE seq IN (SELECT seq FROM ({of_all}))")
        database.execute("VACUUM")

    async def told() -> list[tuple[int, int]]:
        async with bounds(path) as store:
            found = []
            for name in wants:
                rows = [row for row in await store.position(name).lease(999) if row.type == STORE_GAP]
                (gap,) = (promised(row).data for row in rows)
                found.append((gap["dropped"], gap["arrived"]))
            return found

    assert asyncio.run(told()) == [(gone, len(lost & each)) for each in had]


def test_a_mark_has_room_for_the_largest_content(path: Path) -> None:
    far, crc = 1 << 40, 0xFFFFFFFF
    content = Content(
        "f" * 32,
        far,
        [Sums(far, far * far % (1 << 62), (1 << 62), far) for _ in Priority],
        Sums(far, 0, 1 << 62),
        [Span(far + n, 1 << 20, 1.77e9, True) for n in range(24)],
        {crc - n: Reached((far, far, far), ((far, far),) * 3, far) for n in range(MOST_REACHED)},
        {crc - n: far for n in range(62)},
        [Scope((crc,) * 8, crc, 1.77e9, far, far) for _ in range(MOST)],
        "f" * 32,
    )
    written = mark.Mark(path, "f" * 36)
    written.begin(content, 1.77e9)
    written.close(content, 1.77e9)
    found = mark.look(path)
    assert found.closed
    assert found.kept is not None
    kept = found.kept.content
    assert kept.same_as(content)
    assert (kept.numbers, kept.erased, kept.reached) == (content.numbers, content.erased, {})
    assert sum_of(kept.spans) == sum_of(content.spans)


def sum_of(spans: list[Span]) -> int:
    return sum(each.count for each in spans)
