"""What is erased is gone with its bytes, is no loss, and does not come back out of any copy."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from math import inf
from pathlib import Path
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace
from stored import event_of, promised

from agent.events import STORE_ERASED, STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.events.gaps import Erasure
from agent.events.registry import event as told
from agent.store import Erased, Store, StoreError, Tale, What
from agent.store.file.mark import Mark, look
from agent.store.memory import open_in_memory
from agent.store.rows.content import Content
from agent.store.rows.erasures import KEY, Gone, Record, is_of_before, record, remove_again
from agent.store.rows.scope import MOST, Scope, joined, name_sum, no_tale

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
SUFFIXES = ("", "-wal", "-shm", ".mark")
COUNT = 40
STAYS = frozenset({"bay.occupied"})


def _tell(event: MakeEvent, bay: str | None = None) -> Callable[[int], Event]:
    def tell(count: int) -> Event:
        return told(Erasure(before=None, bay=bay, events=count, days=0), "pole", event(COUNT).at)

    return tell


def _copy(path: Path, target: Path, suffixes: Collection[str] = SUFFIXES) -> None:
    for suffix in suffixes:
        shutil.copyfile(f"{path}{suffix}", f"{target}{suffix}")


@pytest.fixture
def killed(path: Path, event: MakeEvent) -> Path:
    """A store that was killed after an erasure of the events up to 20, and beside it as it was before."""
    live, older = path.with_name("live.db"), path.with_name("older.db")

    async def main() -> None:
        async with Store(live, max_bytes=1 << 26, boot="boot-1") as store:
            for n in range(COUNT):
                await store.commit([event(n, secret=f"stay-{n:03}")], {})
            _copy(live, older)
            erased = await store.erase(What(STAYS, None, event(20).at.unix_s), _tell(event))
            assert erased == Erased(20, 0, overwritten=True)
            _copy(live, path)

    asyncio.run(main())
    return path


def heard(path: Path, boot: str = "boot-1") -> tuple[list[int], list[dict[str, Any]], Record]:
    async def main() -> tuple[list[int], list[dict[str, Any]], Record]:
        async with Store(path, max_bytes=1 << 26, boot=boot) as store:
            rows = await store.position().lease(999)
            gaps = [promised(row).data for row in rows if row.type == STORE_GAP]
            own = {STORE_GAP, STORE_SKIPPED, STORE_ERASED}
            numbers = sorted(event_of(row).data["n"] for row in rows if row.type not in own)
            return numbers, gaps, await store.load(KEY, Record) or Record()

    return asyncio.run(main())


def test_no_byte_of_it_is_left_in_the_file_and_its_log(killed: Path) -> None:
    left = b"".join(Path(f"{killed}{suffix}").read_bytes() for suffix in SUFFIXES)
    assert [n for n in range(COUNT) if f"stay-{n:03}".encode() in left] == list(range(20, COUNT))


def test_it_is_no_loss_and_its_record_says_what_went(killed: Path) -> None:
    numbers, gaps, record = heard(killed)
    assert (numbers, gaps) == (list(range(20, COUNT)), [])
    (entry,) = record.entries
    assert json.decode(entry.said) == {"before": None, "bay": None, "events": 20, "days": 0}
    found = look(killed)
    assert found.kept is not None
    assert found.kept.content.erased == [entry.scope], "the mark records it, outside the database"


@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
@pytest.mark.parametrize("suffixes", [("", "-wal"), ("",), ("-wal",)], ids=str)
def test_an_older_copy_that_is_put_back_brings_none_of_it_back(
    killed: Path, suffixes: Collection[str], boot: str
) -> None:
    _copy(killed.with_name("older.db"), killed, suffixes)
    numbers, gaps, _ = heard(killed, boot)
    assert set(numbers) <= set(range(20, COUNT))
    assert [gap["reason"] for gap in gaps] == ["corrupt"] or (suffixes == ("-wal",) and not gaps)
    assert set(heard(killed, boot)[0]) <= set(range(20, COUNT)), "nor with the next start"
    assert look(killed).kept is not None
    _copy(killed.with_name("older.db"), killed, suffixes)
    assert set(heard(killed, boot)[0]) <= set(range(20, COUNT)), "nor out of the copy once more"


def test_what_a_damaged_file_still_has_of_it_is_not_saved(killed: Path) -> None:
    """The pages are those of before, and the first page is gone."""
    older = killed.with_name("older.db")
    with sqlite3.connect(older) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    body = bytearray(older.read_bytes())
    body[:1024] = bytes(1024)
    killed.write_bytes(body)
    Path(f"{killed}-wal").unlink()
    numbers, gaps, _ = heard(killed)
    assert numbers == list(range(20, COUNT))
    assert [(gap["reason"], gap["saved_events"]) for gap in gaps] == [("corrupt", 20)]


def test_of_one_bay_alone(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(n % 4) for n in range(20)], {"day/1": told_state(), "day/2": told_state()})
            assert await store.erase(What(STAYS, "bay-2"), _tell(event, "bay-2"), ["day/1"]) == Erased(5, 1, True)
            rows = await store.position().lease(99)
            assert {row.subject for row in rows if row.type == "bay.occupied"} == {"bay-0", "bay-1", "bay-3"}
            (skipped,) = (promised(row).data for row in rows if row.type == STORE_SKIPPED)
            assert skipped == {"reason": "erased", "sequences": [[3, 3], [7, 7], [11, 11], [15, 15], [19, 19]]}
            assert await store.keys("day/") == {"day/2": 7}

    asyncio.run(main())


def told_state() -> Any:
    from msgspec import Raw

    return Raw(b"{}")


def test_what_has_no_time_happened_before_what_has_one(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    """A clock that was set later dates it from above, and nothing else does."""

    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(1, trusted=False)], {})
            await store.commit([event(2)], {})
            await store.commit([event(9)], {})
            await store.commit([event(3, trusted=False)], {})
            assert (await store.erase(What(STAYS, None, event(5).at.unix_s), _tell(event))).events == 2
            rows = [row for row in await store.position().lease(9) if row.type == "bay.occupied"]
            assert sorted(event_of(row).data["n"] for row in rows) == [3, 9]
            assert (await store.erase(What(STAYS), _tell(event))).events == 2, "at any time"

    asyncio.run(main())


def test_telemetry_in_memory_and_what_is_acknowledged_go_too(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(1), event(2)], {})
            await store.position().acknowledge(await store.position().lease(9))
            await store.commit([event(3, Priority.TELEMETRY)], {})
            assert (await store.erase(What(STAYS), _tell(event))).events == 3
            assert (await store.position().resend(from_sequence=1)).missing == ((1, 3),)

    asyncio.run(main())


def test_a_large_file_is_not_written_anew_beside_a_daemon_and_its_log_is_emptied(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([event(1, secret="stay-001")], {})
            assert not (await store.erase(What(STAYS), _tell(event), most_rewritten_bytes=1000)).overwritten
            assert b"stay-001" not in Path(f"{path}-wal").read_bytes()

    asyncio.run(main())


def test_a_disk_that_refuses_loses_nothing(
    path: Path, make_store: MakeStore, event: MakeEvent, disk_refuses: Callable[..., Any]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            for n in range(50):
                await store.commit([event(n)], {})
            with disk_refuses(path, 1), pytest.raises(StoreError):
                await store.erase(What(STAYS), _tell(event))
            assert len(await store.position().lease(99)) == 50
            assert (await store.erase(What(STAYS), _tell(event))).events == 50

    asyncio.run(main())


def test_while_the_file_cannot_be_read_nothing_is_said_to_be_erased(
    path: Path, event: MakeEvent, caplog: pytest.LogCaptureFixture
) -> None:
    path.mkdir()

    async def main() -> None:
        async with Store(path, max_bytes=1 << 26, boot="b", memory_bytes=1 << 20) as store:
            with pytest.raises(StoreError, match="is in memory"):
                await store.erase(What(STAYS), _tell(event))

    with caplog.at_level(logging.CRITICAL), pytest.raises(StoreError):
        asyncio.run(main())


def test_the_mark_has_room_for_the_newest(path: Path, make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store() as store:
            for n in range(MOST + 3):
                await store.commit([event(n)], {})
                await store.erase(What(STAYS, f"bay-{n}"), _tell(event))

    asyncio.run(main())
    found = look(path)
    assert found.kept is not None
    scopes = found.kept.content.erased
    assert len(scopes) == MOST
    assert scopes == sorted(scopes, key=lambda each: each.upto)
    last = scopes[-1]
    assert replace(last, at_s=0.0, said="") == Scope.of(What(STAYS, f"bay-{MOST + 2}"), last.upto, last.undated_upto)
    assert json.decode(last.said)["bay"] is None
    entries = heard(path)[2].entries
    assert [each.scope.subject for each in entries] == [name_sum(f"bay-{n}") for n in range(MOST + 3)]


def _tale_of(key: str, body: bytes) -> Tale | None:
    """A state that is called "day/SECONDS/PLACE"."""
    kind, *rest = key.split("/")
    return Tale(STAYS, rest[1], float(rest[0])) if kind == "day" else None


DAY_STATES = ("day/100/bay-1", "day/900/bay-1", "day/100/bay-2", "bay/bay-1")


def _erase(path: Path, event: MakeEvent, what: What, before: Callable[[], None], *after: str) -> None:
    """Writes states, copies the store by `before`, and erases; then the states `after` are written."""
    gone = [key for key in DAY_STATES if key.startswith("day/") and what.subject in (None, key.rpartition("/")[2])]
    gone = [key for key in gone if float(key.split("/")[1]) < what.before_s]

    async def main() -> None:
        async with Store(path, max_bytes=1 << 26, boot="boot-1", tale_of=_tale_of) as store:
            await store.commit([event(1)], dict.fromkeys(DAY_STATES, told_state()))
        before()
        async with Store(path, max_bytes=1 << 26, boot="boot-1", tale_of=_tale_of) as store:
            assert (await store.erase(what, _tell(event, what.subject), gone)).states == len(gone) > 0
            await store.commit([], dict.fromkeys(after, told_state()))

    asyncio.run(main())


def _left(path: Path, boot: str = "boot-1") -> tuple[set[str], list[str], list[Any]]:
    """Keys of states, reasons of gaps, and what the record says."""

    async def main() -> tuple[set[str], list[str], list[Any]]:
        async with Store(path, max_bytes=1 << 26, boot=boot, tale_of=_tale_of) as store:
            reasons = [
                promised(row).data["reason"] for row in await store.position().lease(99) if row.type == STORE_GAP
            ]
            keys = {*await store.keys("day/"), *await store.keys("bay/")}
            record = await store.load(KEY, Record) or Record()
            return keys, reasons, [json.decode(each.said) for each in record.entries]

    return asyncio.run(main())


@pytest.mark.parametrize("boot", ["boot-1", "boot-2"])
@pytest.mark.parametrize(
    ("what", "left"),
    [
        (What(STAYS, "bay-1"), {"day/100/bay-2", "bay/bay-1"}),
        (What(STAYS, None, 500.0), {"day/900/bay-1", "bay/bay-1"}),
        (What(STAYS, "bay-1", 500.0), {"day/900/bay-1", "day/100/bay-2", "bay/bay-1"}),
    ],
    ids=["of a bay", "before", "of a bay before"],
)
def test_states_of_an_older_copy_do_not_come_back_and_the_record_does(
    path: Path, event: MakeEvent, what: What, left: set[str], boot: str
) -> None:
    older = path.with_name("older.db")
    _erase(path, event, what, lambda: _copy(path, older, ("",)))
    _copy(older, path, ("",))
    keys, reasons, said = _left(path, boot)
    assert (keys, reasons) == (left, ["corrupt"])
    assert [each["bay"] for each in said] == [what.subject]
    assert _left(path, boot) == (keys, reasons, said), "it is repaired once"


def test_what_was_written_after_an_erasure_stays_though_the_file_is_damaged(path: Path, event: MakeEvent) -> None:
    _erase(path, event, What(STAYS, "bay-1"), lambda: None, "day/100/bay-1")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    body = bytearray(path.read_bytes())
    body[:100] = bytes(100)
    path.write_bytes(body)
    keys, reasons, said = _left(path)
    assert keys == {"day/100/bay-1", "day/100/bay-2", "bay/bay-1"}
    assert (reasons, [each["bay"] for each in said]) == (["corrupt"], ["bay-1"])


def test_a_mark_of_before_says_no_words_of_an_erasure_and_is_believed(path: Path, event: MakeEvent) -> None:
    """It holds infinity, and neither when nor what was said."""
    now = Scope.of(What(STAYS, "bay-1"), 7, 7)
    (old,) = joined([replace(now, before_s=inf)], [])
    assert old == now
    with closing(open_in_memory()[0]) as database:
        assert is_of_before(database, [old])
        assert remove_again(database, [old], no_tale) == Gone(0, 0)
        assert not is_of_before(database, [replace(old, before_s=inf)])
        assert json.decode(record(database).entries[0].said) is None


def test_what_was_said_gives_way_to_what_a_mark_must_hold(path: Path) -> None:
    long = [replace(Scope.of(What(STAYS, f"bay-{n}"), n, n), said="x" * 400) for n in range(MOST)]
    content = Content("a" * 32, erased=long)
    mark = Mark(path, "boot-1")
    mark.begin(content, 1.0)
    mark.close(None, 1.0)
    found = look(path)
    assert found.kept is not None
    assert found.kept.content.erased == [replace(each, said="") for each in long]
