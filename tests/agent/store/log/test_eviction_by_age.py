"""What happened too long ago goes, the lowest priority like the highest, and is counted in one growing event."""

import asyncio
from collections.abc import Callable

from stored import event_of, promised, said

from agent.clock import Moment
from agent.events import STORE_GAP, Event, Priority
from agent.store import Store

MakeStore = Callable[..., Store]
MakeEvent = Callable[..., Event]
DAY_S = 86_400


async def _at(store: Store, event: Event) -> None:
    await store.commit([event], {})


def test_promise_no_committed_event_is_lost_uncounted_when_old(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(max_age_s=7 * DAY_S) as store:
            for day in range(10):
                await store.commit([event(day * DAY_S, priority) for priority in Priority], {})
            events = [event_of(row) for row in await store.position().lease(99)]
            (gap,) = (promised(e) for e in events if e.type == STORE_GAP)
            kept = [e for e in events if e.type != STORE_GAP]
            assert (gap.data["reason"], gap.data["dropped"]) == ("old", 6)
            assert gap.data["by_type"] == {"bay.occupied": 6}
            assert (gap.data["first"], gap.data["last"]) == ("2026-02-02T02:40:00.000Z", "2026-02-03T02:40:00.000Z")
            assert sorted(e.data["n"] // DAY_S for e in kept) == sorted([*range(2, 10)] * 3)
            assert (await store.status()).dropped == 6

    asyncio.run(main())


def test_what_is_on_its_way_stays_and_counts_of_gaps_do_not_age(make_store: MakeStore, event: MakeEvent) -> None:
    async def main() -> None:
        async with make_store(max_age_s=7 * DAY_S) as store:
            await _at(store, event(0))
            (sending,) = await store.position().lease(9)
            await _at(store, event(10 * DAY_S))
            assert store.depth() == 2
            await store.position().reset_cursor()
            await _at(store, event(11 * DAY_S))
            first, *_ = await store.position().lease(9)
            assert (first.type, event_of(first).data["dropped"]) == (STORE_GAP, 1)
            await store.position().reset_cursor()
            await _at(store, event(80 * DAY_S))
            gaps = [event_of(row) for row in await store.position().lease(9) if row.type == STORE_GAP]
            assert [gap.data["dropped"] for gap in gaps] == [1, 2]
            assert gaps[0] == event_of(first)
            assert event_of(sending).data["n"] == 0

    asyncio.run(main())


def test_no_age_where_no_clock_can_tell(make_store: MakeStore, event: MakeEvent) -> None:
    """A time of an earlier boot whose clock was not set."""

    async def main() -> None:
        async with make_store(max_age_s=7 * DAY_S) as store:
            await _at(store, event(0, trusted=False, boot="boot-0"))
            await _at(store, event(400 * DAY_S))
            assert store.depth() == 2
            unknown = Moment(5e9, 1e9, "boot-1", False)
            await _at(store, Event(type="t", subject="s", at=unknown, data=said()))
            assert store.depth() == 3

    asyncio.run(main())


def test_months_that_are_too_old_go_in_portions(make_store: MakeStore, event: MakeEvent) -> None:
    """The first commit after a long darkness is therefore not a long one."""

    async def main() -> None:
        async with make_store(max_age_s=7 * DAY_S) as store:
            await store.commit([event(n) for n in range(3000)], {})
            depths = []
            for n in range(4):
                await _at(store, event(90 * DAY_S + n))
                depths.append(store.depth())
            assert depths[0] > 1500
            assert depths[-1] == 5, "four new events, and what tells of the others"
            (gap, *_) = await store.position().lease(9)
            assert event_of(gap).data["dropped"] == 3000

    asyncio.run(main())
