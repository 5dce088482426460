"""What was committed is there after kill -9, in order, with its states; two owners and foreign files are refused."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from msgspec import Struct, structs
from patience import PATIENCE_S
from stored import event_of, promised

from agent.clock import Moment
from agent.events import STORE_SKIPPED, Event, Priority
from agent.store import Store, StoreError
from agent.store.rows.schema import APPLICATION_ID

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]


class BayState(Struct, frozen=True):
    occupied: bool
    since_s: float = 0.0


class OtherState(Struct, frozen=True, forbid_unknown_fields=True):
    level_percent: float


def test_rows_come_back_whole_and_in_order(make_store: MakeStore, event: MakeEvent) -> None:
    events = [event(n, depth_mm=n, note="é") for n in range(20)]

    async def main() -> None:
        async with make_store() as store:
            await store.commit(events[:3], {})
            await store.commit(events[3:], {})
        async with make_store() as store:
            assert [event_of(row) for row in await store.position().lease(100)] == [event_of(each) for each in events]
            assert store.depth() == 20

    asyncio.run(main())


def test_of_a_trusted_time_the_wall_clock_is_kept(make_store: MakeStore, event: MakeEvent) -> None:
    at = Moment(1_770_000_000.25, 12.5, "boot-1", True)
    later = Moment(1_770_000_010.25, 999.0, "boot-1", True)

    async def main() -> None:
        async with make_store() as store:
            await store.commit([structs.replace(event(), at=at)], {})
            (row,) = await store.position().lease(9)
            assert (row.at.unix_s, row.at.trusted) == (at.unix_s, True)
            assert later.elapsed_since(row.at) == 10.0
            assert row.at.elapsed_since(row.at) == 0.0

    asyncio.run(main())


@pytest.mark.parametrize("id", ["00ff" * 8, "00FF" * 8, "event-7", "", "é"])
def test_any_id_comes_back(make_store: MakeStore, event: MakeEvent, id: str) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([structs.replace(event(), id=id)], {})
            (row,) = await store.position().lease(9)
            assert row.id == id

    asyncio.run(main())


def test_alarms_go_first_and_rows_are_handed_out_once(make_store: MakeStore, event: MakeEvent) -> None:
    telemetry, plain = event(0, Priority.TELEMETRY), event(1)
    alarm, late_alarm = event(2, Priority.ALARM), event(3, Priority.ALARM)

    async def main() -> None:
        async with make_store() as store:
            await store.commit([telemetry, plain, alarm], {})
            assert [row.id for row in await store.position().lease(2)] == [alarm.id, plain.id]
            await store.commit([late_alarm], {})
            assert [row.id for row in await store.position().lease(5)] == [late_alarm.id, telemetry.id]
            assert await store.position().lease(5) == []
            await store.position().reset_cursor()
            expected = [alarm, late_alarm, plain, telemetry]
            assert [event_of(row) for row in await store.position().lease(5)] == [event_of(each) for each in expected]

    asyncio.run(main())


def test_deleted_rows_are_gone_for_good(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n) for n in range(3)], {})
            rows = await store.position().lease(2)
            await store.position().acknowledge(rows)
            await store.position().acknowledge(rows)
            assert store.depth() == 1
        async with make_store() as store:
            assert [row.subject for row in await store.position().lease(9)] == ["bay-2"]

    asyncio.run(main())


def test_states_are_kept_replaced_and_deleted(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([], {"bay/a": BayState(True, 1.5), "bay/b": BayState(False)})
            await store.commit([], {"bay/a": BayState(True, 2.5), "bay/b": None})
        async with make_store() as store:
            assert await store.load("bay/a", BayState) == BayState(True, 2.5)
            assert await store.load("bay/b", BayState) is None
            assert store.depth() == 0

    asyncio.run(main())


def test_state_that_does_not_fit_is_given_up_and_told_once(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([], {"lamp/1": BayState(True)})
            assert await store.load("lamp/1", OtherState) is None
            assert await store.load("lamp/1", OtherState) is None
            (row,) = await store.position().lease(9)
            assert promised(row).type == "store.gap"
            assert (event_of(row).data["reason"], event_of(row).data["key"]) == ("state_unreadable", "lamp/1")

    asyncio.run(main())


def test_a_state_that_cannot_be_read_does_not_keep_a_pole_from_starting_on_a_disk_that_refuses(
    path: Path,
    make_store: MakeStore,
    disk_refuses: Callable[..., AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([], {"lamp/1": BayState(True)})
            with disk_refuses(path, beyond=1):
                assert await store.load("lamp/1", OtherState) is None
            assert "lamp/1 cannot be read" in caplog.text and "disk" in caplog.text
            assert store.depth() == 0
            assert await store.load("lamp/1", OtherState) is None
            assert store.depth() == 1, "told once the disk takes it"

    asyncio.run(main())


def test_committed_wakes_the_waiter_also_when_it_came_during_next(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            _, committing = await asyncio.gather(store.position().lease(5), store.commit([event()], {}))
            assert committing is None
            await asyncio.wait_for(store.position().committed(), PATIENCE_S)
            assert len(await store.position().lease(5)) <= 1
            await store.position().reset_cursor()
            await store.position().lease(5)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(store.position().committed(), 0.01)  # it is to end

    asyncio.run(main())


def test_unsayable_data_is_refused_before_anything_is_written(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            with pytest.raises(TypeError):
                await store.commit([event(1), event(2, bad=object())], {"k": BayState(True)})
            with pytest.raises(StoreError, match="131072 at most"):
                await store.commit([event(3, long="x" * 200_000)], {"k": BayState(True)})
            assert store.depth() == 0
            assert await store.load("k", BayState) is None

    asyncio.run(main())


def test_promise_works_with_no_clock_times_stay_as_they_were_written(make_store: MakeStore, event: MakeEvent) -> None:
    """They may have been sent; what dates them is an event of its own."""
    earlier, known, unknown = event(0, trusted=False, boot="boot-0"), event(1), event(2, trusted=False)

    async def main() -> None:
        async with make_store() as store:
            await store.commit([earlier, known, unknown], {})
            assert [row.at for row in await store.position().lease(9)] == [earlier.at, known.at, unknown.at]
            assert await store.has_untrusted_of("boot-1")
            assert not await store.has_untrusted_of("boot-2")

    asyncio.run(main())


_WRITER = """
import asyncio, sys
from agent.clock import Moment
from agent.events import Data, Event
from agent.store import Store
from msgspec import Struct

class Count(Struct):
    n: int

class Numbered(Data):
    n: int

async def main():
    async with Store(sys.argv[1], max_bytes=1 << 26, boot="b") as store:
        for n in range(1_000_000):
            at = Moment(1.77e9 + n, float(n), "b", True)
            await store.commit([Event(type="bay.freed", subject="bay-1", at=at, data=Numbered(n))], {"count": Count(n)})
            print(n, flush=True)

asyncio.run(main())
"""


class Count(Struct):
    n: int


@pytest.mark.parametrize("commits", [1, 40, 400])
def test_promise_no_committed_event_is_lost_by_kill_9(path: Path, make_store: MakeStore, commits: int) -> None:
    last = _written_until_killed(path, commits)

    async def main() -> None:
        async with make_store() as store:
            skipped, *rows = await store.position().lease(1_000_000)
            counted = [event_of(row).data["n"] for row in rows]
            assert skipped.type == STORE_SKIPPED and [row.sequence for row in rows] == list(range(1, len(rows) + 1))
            state = await store.load("count", Count)
            assert counted == list(range(len(counted)))
            assert state is not None and state.n == counted[-1] >= last

    asyncio.run(main())


def _written_until_killed(path: Path, commits: int) -> int:
    """Kill a writing process in the middle; the last commit that it was told of."""
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(commits):
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = [line for line in writer.stdout.read().splitlines() if line]
    return int(rest[-1]) if rest else last


def test_second_owner_is_refused_with_words(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as first:
            with pytest.raises(StoreError, match=rf"another lamppost \(process {os.getpid()}\) uses it"):
                await make_store().__aenter__()
            await first.commit([event()], {})
        async with make_store() as second:
            assert second.depth() == 1

    asyncio.run(main())


def _refused(make_store: MakeStore, words: str) -> None:
    async def main() -> None:
        with pytest.raises(StoreError, match=words):
            await make_store().__aenter__()

    asyncio.run(main())


def test_newer_schema_is_refused_and_left_alone(path: Path, make_store: MakeStore) -> None:
    _sql(path, f"PRAGMA application_id = {APPLICATION_ID}")
    _sql(path, "PRAGMA user_version = 99")
    _refused(make_store, r"newer lamppost \(schema 99")
    assert path.exists() and not path.with_name("lamppost.db.corrupt").exists()


def test_database_of_another_program_is_refused_and_left_alone(path: Path, make_store: MakeStore) -> None:
    _sql(path, "CREATE TABLE wine (year INTEGER)")
    _refused(make_store, "another program")
    assert path.exists() and not path.with_name("lamppost.db.corrupt").exists()


def _sql(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


def test_folder_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    _refused(lambda: Store(tmp_path / "none" / "x.db", max_bytes=1 << 20, boot="b"), "check the folder")


def test_path_that_is_a_folder_is_told_in_words(path: Path, make_store: MakeStore) -> None:
    path.mkdir()
    _refused(make_store, "cannot be opened")


def test_promise_no_committed_event_is_lost_when_the_disk_refuses(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(0)], {"k": BayState(False)})
            with disk_refuses(path), pytest.raises(StoreError, match="disk"):
                await store.commit([event(n, pad="x" * 5000) for n in range(1, 40)], {"k": BayState(True)})
            assert store.depth() == 1
            assert await store.load("k", BayState) == BayState(False)
            await store.commit([event(99)], {"k": BayState(True)})
        async with make_store() as store:
            assert [row.subject for row in await store.position().lease(99)] == ["bay-0", "bay-99"]
            assert await store.load("k", BayState) == BayState(True)

    asyncio.run(main())


def test_a_disk_that_refuses_is_told_once_in_the_log_and_so_is_its_end(
    path: Path,
    make_store: MakeStore,
    event: MakeEvent,
    disk_refuses: Callable[..., AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with make_store() as store:
            for n in range(2):
                with disk_refuses(path, beyond=1):
                    for _ in range(3):
                        with pytest.raises(StoreError, match="disk"):
                            await store.commit([event(n)], {})
                for _ in range(3):
                    await store.commit([event(n)], {})

    asyncio.run(main())
    told = [line.rpartition("; ")[2] for line in caplog.messages]
    assert told == ["changes wait until it takes them again", "the store takes changes again"] * 2


def test_who_listens_is_told_of_what_was_committed_and_of_nothing_else(
    path: Path, event: MakeEvent, disk_refuses: Callable[..., AbstractContextManager[None]]
) -> None:
    told: list[Event] = []
    events = [event(1), event(2, Priority.ALARM), event(3, Priority.TELEMETRY), event(4)]

    async def main() -> None:
        async with Store(path, max_bytes=1 << 26, boot="boot-1", on_committed=told.extend) as store:
            await store.commit(events[:2], {})
            await store.commit(events[2:3], {})
            with disk_refuses(path, beyond=1), pytest.raises(StoreError, match="disk"):
                await store.commit(events[3:], {})
            await store.commit((), {"k": BayState(True)})

    asyncio.run(main())
    assert told == events[:3]


def test_status_tells_what_waits(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            assert (await store.status()).oldest is None
            await store.commit([event(5), event(6, Priority.ALARM), event(7, Priority.TELEMETRY)], {})
            status = await store.status()
            assert status.waiting == {"telemetry": 1, "event": 1, "alarm": 1}
            assert status.oldest == event(5).at
            assert 0 < status.used_bytes <= status.max_bytes
            assert (status.dropped, status.moved_aside) == (0, None)

    asyncio.run(main())


def test_slow_disk_does_not_hold_up_the_event_loop(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """Another connection holds the write lock: the commit waits for it while the loop turns."""

    async def main() -> None:
        async with make_store() as store:
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            committing = asyncio.create_task(store.commit([event()], {}))
            for _ in range(50):
                await asyncio.sleep(0.001)
            assert not committing.done()
            other.execute("ROLLBACK")
            other.close()
            await committing
            assert store.depth() == 1

    asyncio.run(main())


OF_ITS_OWN = [f"lamppost.db{each}" for each in ("", "-wal", "-shm", "-journal", ".new", ".lock")]


@pytest.mark.parametrize("name", OF_ITS_OWN)
def test_a_link_in_the_place_of_its_files_is_neither_followed_nor_deleted(
    path: Path, make_store: MakeStore, name: str
) -> None:
    victim, link = path.with_name("budget"), path.with_name(name)
    victim.write_bytes(b"")
    link.symlink_to(victim)
    _refused(make_store, "is a link, which is not followed")
    assert link.is_symlink()
    assert victim.read_bytes() == b""


@pytest.mark.parametrize("name", OF_ITS_OWN)
def test_a_pipe_in_the_place_of_its_files_is_neither_waited_for_nor_deleted(
    path: Path, make_store: MakeStore, event: MakeEvent, name: str
) -> None:
    """SQLite opens all of them where a store is there."""

    async def make() -> None:
        async with make_store() as store:
            await store.commit([event()], {})

    asyncio.run(make())
    pipe = path.with_name(name)
    pipe.unlink(missing_ok=True)
    os.mkfifo(pipe)
    _refused(make_store, "is something else, which is left alone")
    assert pipe.is_fifo()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_its_files_are_private_whatever_the_umask(
    path: Path, make_store: MakeStore, event: MakeEvent, umask: int
) -> None:
    async def main() -> dict[str, int]:
        async with make_store() as store:
            await store.commit([event()], {})
            return {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.glob("lamppost.db*")}

    before = os.umask(umask)
    try:
        modes = asyncio.run(main())
    finally:
        os.umask(before)
    assert len(modes) == 5
    assert set(modes.values()) == {0o600}, modes
