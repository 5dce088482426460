"""A full store gives up the lowest priority and the oldest first, and counts what went in one growing event."""

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stored import event_of, promised, said

from agent.clock import Moment
from agent.events import STORE_GAP, Event, Priority
from agent.store import Store, Stored

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
SMALL = 128 * 1024


async def _fill(store: Store, event: MakeEvent, priority: Priority, count: int, first: int = 0) -> None:
    for n in range(first, first + count, 10):
        await store.commit([event(n + i, priority, pad="x" * 300) for i in range(10)], {})


def _split(rows: list[Stored]) -> tuple[list[Event], list[Event]]:
    events = [event_of(row) for row in rows]
    return [promised(e) for e in events if e.type == STORE_GAP], [e for e in events if e.type != STORE_GAP]


def test_promise_no_committed_event_is_lost_uncounted_when_full(
    path: Path, make_store: MakeStore, event: MakeEvent
) -> None:
    async def main() -> None:
        async with make_store(SMALL) as store:
            await _fill(store, event, Priority.EVENT, 2000)
            (gap,), kept = _split(await store.position().lease(9999))
            numbers = [e.data["n"] for e in kept]
            assert numbers == list(range(numbers[0], 2000)), "the oldest went first"
            assert gap.data["dropped"] == numbers[0] == (await store.status()).dropped
            assert gap.data["by_type"] == {"bay.occupied": numbers[0]}
            assert gap.data["first"] == "2026-02-02T02:40:00.000Z"
            assert gap.data["times_trusted"] is True
            assert gap.priority is Priority.ALARM

    asyncio.run(main())
    assert path.stat().st_size <= SMALL + 16 * 4096


def test_lowest_priority_goes_first(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(SMALL) as store:
            await _fill(store, event, Priority.ALARM, 100)
            await _fill(store, event, Priority.TELEMETRY, 1500)
            await _fill(store, event, Priority.EVENT, 100)
            (gap,), kept = _split(await store.position().lease(9999))
            counts = Counter(e.priority for e in kept)
            assert (counts[Priority.ALARM], counts[Priority.EVENT]) == (100, 100)
            assert gap.data["dropped"] == 1500 - counts[Priority.TELEMETRY] > 0

    asyncio.run(main())


def test_gap_that_was_handed_out_no_longer_grows(make_store: MakeStore, event: MakeEvent) -> None:
    """A consumer that knows the id would take the larger count for a duplicate."""

    async def main() -> None:
        async with make_store(SMALL) as store:
            await _fill(store, event, Priority.EVENT, 1000)
            (first,) = (row for row in await store.position().lease(1))
            await store.position().reset_cursor()
            await _fill(store, event, Priority.EVENT, 1000, first=1000)
            gaps, kept = _split(await store.position().lease(9999))
            assert gaps[0] == event_of(first)
            assert len(gaps) == 2
            assert sum(gap.data["dropped"] for gap in gaps) == 2000 - len(kept)

    asyncio.run(main())


def test_gaps_of_many_outages_do_not_grow_for_ever(make_store: MakeStore, event: MakeEvent) -> None:
    """Each start may add a gap; when nothing but gaps and alarms is left they are folded, and no count is lost."""

    async def main() -> None:
        total = 0
        for start in range(12):
            async with make_store(SMALL) as store:
                await _fill(store, event, Priority.ALARM, 500, first=start * 500)
                total += 500
        async with make_store(SMALL) as store:
            gaps, kept = _split(await store.position().lease(9999))
            assert sum(gap.data["dropped"] for gap in gaps) == total - len(kept)
            assert len(gaps) < 12

    asyncio.run(main())


def test_what_is_on_its_way_is_not_given_up(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(SMALL) as store:
            await _fill(store, event, Priority.TELEMETRY, 20)
            sending = await store.position().lease(20)
            await _fill(store, event, Priority.TELEMETRY, 1000, first=20)
            before = store.depth()
            await store.position().acknowledge(sending)
            assert store.depth() == before - 20

    asyncio.run(main())


def test_untrusted_times_are_told_as_such(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(SMALL) as store:
            await store.commit([event(0, trusted=False)], {})
            await _fill(store, event, Priority.EVENT, 1000)
            (gap,), _ = _split(await store.position().lease(9999))
            assert gap.data["times_trusted"] is False

    asyncio.run(main())


_COMMITS = st.lists(
    st.tuples(st.sampled_from(list(Priority)), st.integers(1, 40), st.sampled_from(["send", "restart", "fail", ""])),
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(_COMMITS)
def test_every_event_is_sent_waits_or_is_counted(
    tmp_path_factory: object, script: list[tuple[Priority, int, str]]
) -> None:
    path = Path(str(tmp_path_factory.mktemp("full"))) / "s.db"  # type: ignore[attr-defined]
    asyncio.run(_follow(path, script))


async def _follow(path: Path, script: list[tuple[Priority, int, str]]) -> None:
    committed: set[str] = set()
    sent: dict[str, Event] = {}
    store = await Store(path, max_bytes=64 * 1024, boot="b").__aenter__()
    for priority, count, then in script:
        events = [_padded(priority) for _ in range(count)]
        await store.commit(events, {})
        committed |= {e.id for e in events}
        if then in ("send", "fail"):
            await store.position().reset_cursor()
            rows = await store.position().lease(30)
            sent |= {row.id: event_of(row) for row in rows}
            if then == "send":
                await store.position().acknowledge(rows)
        if then == "restart":
            await store.__aexit__(None, None, None)
            store = await Store(path, max_bytes=64 * 1024, boot="b").__aenter__()
    await store.position().reset_cursor()
    sent |= {row.id: event_of(row) for row in await store.position().lease(9999)}
    await store.__aexit__(None, None, None)
    gaps = [e for e in sent.values() if e.type == STORE_GAP]
    missing = committed - sent.keys()
    dropped, previously_reported = (sum(gap.data[key] for gap in gaps) for key in ("dropped", "previously_reported"))
    assert len(missing) <= dropped
    assert dropped - previously_reported <= len(committed)
    assert sent.keys() - committed == {gap.id for gap in gaps}


def _padded(priority: Priority) -> Event:
    data = said(pad="x" * 900)
    return Event(type="pole.status", subject="p", at=Moment(1.77e9, 1.0, "b", True), data=data, priority=priority)


def test_what_was_leased_and_released_makes_room_for_an_alarm(make_store: MakeStore, event: MakeEvent) -> None:
    """A broker that refuses a type of event for weeks must not cost the alarms of the others."""

    async def main() -> None:
        async with make_store(SMALL) as store:
            await store.commit([event(n, pad="x" * 200) for n in range(350)], {})
            handed = await store.position().lease(9999)
            kept, refused = handed[:10], handed[10:]
            await store.position().release(refused)
            for n in range(1000, 1300):
                await store.commit([event(n, Priority.ALARM, pad="x" * 200)], {})
            await store.position().reset_cursor()
            gaps, others = _split(await store.position().lease(9999))
            assert {row.id for row in kept} <= {one.id for one in others}, "what is on its way stays"
            assert len([one for one in others if one.priority is Priority.ALARM]) == 300
            assert sum(gap.data["dropped"] for gap in gaps) == 350 + 300 - len(others)

    asyncio.run(main())
