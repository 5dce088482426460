"""A damaged file is moved aside and told; the agent starts whatever is in it."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs
from patience import PATIENCE_S
from stored import event_of, promised, said

from agent.clock import Moment
from agent.events import STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.store import Store, StoreError

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]


class Standing(Struct, frozen=True):
    since_s: float


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


@pytest.mark.parametrize("at, body", [(0, b"garbage!" * 8), (20_480, os.urandom(20_000)), (24_000, b"\0" * 20_000)])
def test_promise_no_committed_event_is_lost_silently_by_a_corrupt_file(
    path: Path, make_store: MakeStore, event: MakeEvent, caplog: pytest.LogCaptureFixture, at: int, body: bytes
) -> None:
    _fill(make_store, event)
    _overwrite(path, at, body)
    path.with_name("lamppost.db-wal").write_bytes(b"left over")

    async def main() -> None:
        async with make_store() as store:
            gap, *saved = [event_of(row) for row in await store.position().lease(999)]
            assert promised(gap).type == STORE_GAP
            assert gap.data["reason"] == "corrupt"
            assert gap.data["moved_to"] == "lamppost.db.corrupt"
            assert gap.data["saved_events"] == len(saved)
            written = [structs.replace(event(one.data["n"], pad="x" * 200), id=one.id) for one in saved]
            assert saved == [event_of(one) for one in written], "nothing is invented"
            assert len({one.id for one in saved}) == len(saved)
            assert gap.data["dropped"] == 200 - len(saved)
            assert len(saved) >= (199 if at == 0 else 130), (
                "what is beside the damage is saved, without its first page too"
            )
            assert (await store.status()).moved_aside == f"{path}.corrupt"
            told = f"moved to {path}.corrupt; {len(saved)} events"
            assert [told in line for line in caplog.messages] == [True], "the journal has one line of it"
            await store.commit([event(1)], {})
        async with make_store() as store:
            assert store.depth() == len(saved) + 2, "it is told once, and the new file is sound"
            assert (await store.status()).moved_aside is None

    asyncio.run(main())
    assert body[:8] in path.with_name("lamppost.db.corrupt").read_bytes()


def test_states_and_events_beside_the_damage_are_saved(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """One page in the middle: what stands before and behind it goes on, under the same seq and in the same order."""

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n, pad="x" * 200) for n in range(1000)], {"bay/1": Standing(12.5)})
        _overwrite(path, 200 * 1024, os.urandom(1024))
        async with make_store() as store:
            assert await store.load("bay/1", Standing) == Standing(12.5)
            gap, *saved = await store.position().lease(2000)
            numbers = [event_of(row).data["n"] for row in saved]
            assert 990 <= len(numbers) < 1000
            assert numbers == sorted(numbers)
            assert (numbers[0], numbers[-1]) == (0, 999)
            assert [row.seq - 1 for row in saved] == numbers
            assert event_of(gap).data["saved_events"] == len(numbers)
            assert event_of(gap).data["saved_states"] >= 1

    asyncio.run(main())


def test_damage_that_shows_while_it_runs_begins_the_file_anew(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    """Nobody needs to come and restart it; what waits in memory goes on."""

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n, pad="x" * 200) for n in range(1000)], {"bay/1": Standing(12.5)})
            await store.commit([event(5000, Priority.TELEMETRY)], {})
            _checkpoint(path)
            _overwrite(path, 60 * 1024, os.urandom(200 * 1024))
            with pytest.raises(StoreError, match="another file"):
                for _ in range(20):
                    await store.position().lease(100)
            assert (await store.status()).moved_aside == f"{path}.corrupt"
            rows = [event_of(row) for row in await store.position().lease(2000)]
            assert (rows[0].data["reason"], rows[-1].data["n"]) == ("corrupt", 5000)
            await store.commit([event(6000)], {"bay/1": Standing(13.5)})
            assert await store.load("bay/1", Standing) == Standing(13.5)

    asyncio.run(main())


def test_promise_no_committed_event_is_lost_where_damage_shows_at_an_orderly_end(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    """What was in memory alone is written to the file that is begun then."""
    _fill(make_store, event)

    async def main() -> None:
        async with make_store(buffer_s=3600.0) as store:
            await store.commit([event(500, Priority.TELEMETRY)], {})
            _checkpoint(path)
            _overwrite(path, 0, b"\xa5" * path.stat().st_size)
        async with make_store() as store:
            assert store.depth() >= 1
            assert 500 in [event_of(row).data.get("n") for row in await store.position().lease(1000)]

    asyncio.run(main())


def _checkpoint(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def test_second_damage_replaces_the_first_copy(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    for body in (b"first!!!" * 8, b"second!!" * 8):
        _fill(make_store, event, 5)
        _overwrite(path, 0, body)
    _fill(make_store, event, 5)
    copies = [found.name for found in path.parent.glob("*.corrupt")]
    assert copies == ["lamppost.db.corrupt"]
    assert path.with_name(copies[0]).read_bytes().startswith(b"second!!")


def test_a_link_in_the_place_of_the_copy_is_neither_followed_nor_deleted_and_the_pole_goes_on_in_memory(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    victim, link = path.with_name("budget"), path.with_name("lamppost.db.corrupt")
    victim.write_bytes(b"ours")
    link.symlink_to(victim)
    _fill(make_store, event, 5)
    _overwrite(path, 0, b"first!!!" * 8)
    damaged = path.read_bytes()

    async def main() -> None:
        async with make_store(memory_bytes=1 << 20) as store:
            absence = (await store.status()).memory_only
            assert absence is not None and "is a link, which is not followed" in absence.reason
            await store.commit([event(1)], {})

    with pytest.raises(StoreError, match="was in memory to the end; 1 events are lost"):
        asyncio.run(main())
    assert link.is_symlink() and victim.read_bytes() == b"ours"
    assert path.read_bytes() == damaged


def test_file_cut_short_by_a_power_cut(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    _fill(make_store, event)
    os.truncate(path, path.stat().st_size // 2)

    async def main() -> None:
        async with make_store() as store:
            gap, *saved = [event_of(row) for row in await store.position().lease(999)]
            assert (gap.data["reason"], gap.data["dropped"]) == ("corrupt", 200 - len(saved))
            assert len(saved) > 80, "what is before the cut is saved"

    asyncio.run(main())


@pytest.mark.parametrize(
    "wound",
    [
        "UPDATE outbox_event SET data = CAST('{\"n\": 2' AS BLOB) WHERE subject = 'bay-2'",
        "UPDATE outbox_event SET data = CAST('{\"n\": 3}' AS BLOB) WHERE subject = 'bay-2'",
        "UPDATE outbox_event SET unix_s = unix_s + 1 WHERE subject = 'bay-2'",
        "UPDATE outbox_event SET subject = CAST(x'626179fe' AS TEXT) WHERE subject = 'bay-2'",
    ],
)
def test_row_that_the_disk_has_changed_is_told_and_not_sent(
    path: Path, make_store: MakeStore, event: MakeEvent, wound: str
) -> None:
    _fill(make_store, event, 5)
    _sql(path, wound)

    async def main() -> None:
        async with make_store() as store:
            assert [row.subject for row in await store.position().lease(9)] == ["bay-0", "bay-1", "bay-3", "bay-4"]
            await asyncio.wait_for(store.position().committed(), PATIENCE_S)
            (gap,) = await store.position().lease(9)
            assert event_of(gap).data == {"reason": "unreadable", "dropped": 1}
            assert store.depth() == 5

    asyncio.run(main())


def test_state_that_the_disk_has_changed_is_told_and_not_used(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([], {"bay/1": Standing(12.5)})
        _sql(path, "UPDATE state SET body = CAST('{\"since_s\":92.5}' AS BLOB) WHERE key = 'bay/1'")
        async with make_store() as store:
            assert await store.load("bay/1", Standing) is None
            (row,) = await store.position().lease(9)
            assert event_of(row).data == {
                "reason": "state_unreadable",
                "key": "bay/1",
                "detail": "the disk has changed it",
            }

    asyncio.run(main())


def _sql(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    assert database.execute(statement).rowcount == 1
    database.commit()
    database.close()


_WOUNDS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=40)), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(_WOUNDS, st.sampled_from(["", "-wal"]), st.floats(0.5, 1))
def test_no_damage_keeps_the_agent_from_starting_nor_invents_anything(
    tmp_path_factory: pytest.TempPathFactory, wounds: list[tuple[float, bytes]], suffix: str, length: float
) -> None:
    """Bytes of the file or of its write-ahead log are changed, or its end is missing."""
    asyncio.run(_wound_and_start(tmp_path_factory.mktemp("wound") / "s.db", wounds, suffix, length))


async def _wound_and_start(path: Path, wounds: list[tuple[float, bytes]], suffix: str, length: float) -> None:
    priorities = list(Priority)
    events = [_event(n, priorities[n % 3]) for n in range(150)]
    await _write_and_crash(path, events)
    written = [event_of(each) for each in events]
    file = Path(f"{path}{suffix}")
    for where, body in wounds:
        _wound(file, where, body)
    os.truncate(file, int(file.stat().st_size * length))
    try:
        async with Store(path, max_bytes=1 << 20, boot="b") as store:
            found = [event_of(row) for row in await store.position().lease(1000)]
            assert all(one in written for one in found if one.type not in (STORE_GAP, STORE_SKIPPED))
            assert await store.load("bay/1", Standing) in (Standing(12.5), None)
            await store.commit([_event(1000)], {"bay/1": Standing(1.0)})
    except StoreError as refused:
        assert any(words in str(refused) for words in ("newer lamppost", "another program", "moved aside"))


async def _write_and_crash(path: Path, events: list[Event]) -> None:
    """Half of it is in the file, half in the write-ahead log, as a crash leaves them."""
    live = path.with_name("live.db")
    async with Store(live, max_bytes=1 << 20, boot="b") as store:
        await store.commit(events[:100], {"bay/1": Standing(12.5)})
        _checkpoint(live)
        await store.commit(events[100:], {})
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{live}{suffix}", f"{path}{suffix}")


def _event(n: int, priority: Priority = Priority.EVENT) -> Event:
    return Event(
        type="pole.status", subject="p", at=Moment(1.77e9 + n, 0.0, "", True), data=said(n=n), priority=priority
    )


def test_power_cut_while_a_damaged_file_is_begun_anew(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """The old file counts until the new one is in place; the new one counts once the old one is aside."""
    new, aside = path.with_name("lamppost.db.new"), path.with_name("lamppost.db.corrupt")

    _fill(make_store, event, 50)
    new.write_bytes(b"half of a new file")

    async def main() -> None:
        async with make_store() as store:
            assert store.depth() == 50
            assert not new.exists()
        _overwrite(path, 0, b"\0" * path.stat().st_size)
        async with make_store() as store:
            assert store.depth() == 2, "the gap, and the numbers that come no more"
        path.rename(new)
        path.with_name("lamppost.db-wal").write_bytes(aside.read_bytes())
        async with make_store() as store:
            gap, skipped = await store.position().lease(9)
            assert (promised(skipped).data["sequences"], event_of(gap).data["reason"]) == ([[1, 50]], "corrupt")
        assert path.exists() and aside.exists() and not new.exists()

    asyncio.run(main())


def test_row_that_cannot_be_read_nor_deleted_does_not_hold_up_the_others(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n, pad="x" * 9000) for n in range(5)], {})
            _sql(path, "UPDATE outbox_event SET unix_s = unix_s + 1 WHERE subject = 'bay-2'")
            with disk_refuses(path, beyond=1):
                assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [0, 1, 3, 4]
            await store.position().reset_cursor()
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [0, 1, 3, 4]
            (gap,) = await store.position().lease(9)
            assert event_of(gap).data == {"reason": "unreadable", "dropped": 1}

    asyncio.run(main())


@pytest.mark.parametrize("trusted", [False, True])
def test_what_the_store_tells_is_dated_by_the_clock_that_it_is_given(path: Path, trusted: bool) -> None:
    """What a clock that is trusted has dated nobody need correct later."""
    path.write_bytes(b"no database" * 1000)
    path.with_name(f"{path.name}.mark").write_bytes(b"")
    now = Moment(1_790_000_000.0, 5.0, "boot-1", trusted)

    async def main() -> bool:
        async with Store(path, max_bytes=1 << 26, boot="boot-1", now=lambda: now) as store:
            (gap,) = await store.position().lease(9)
            return event_of(gap).at.trusted

    assert asyncio.run(main()) is trusted
