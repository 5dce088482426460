"""Two uplinks with one log: each has its numbers and its position, asks again and confirms; a dead one holds up
nobody."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from stored import event_of, promised, said

from agent.clock import Moment
from agent.commands import resend as resend_order
from agent.events import STORE_GAP, STORE_SKIPPED, Event, Priority
from agent.store import NeverSent, Position, Store, Stored, What
from agent.store.log import again
from agent.store.log.leases import Leases

MakeStore = Callable[..., Store]
BOTH: dict[str, Callable[[str], bool]] = {"city": lambda type: True, "lights": lambda type: type.startswith("lamp.")}
TELEMETRY, EVENT, ALARM = Priority


def _event(n: int, type: str = "bay.freed", priority: Priority = EVENT, **data: Any) -> Event:
    at = Moment(1_770_000_000.0 + n, 0.0, "", True)
    return Event(type=type, subject="s", at=at, data=said(n=n, **data), priority=priority)


def _said(rows: Sequence[Stored]) -> list[tuple[int, Any]]:
    return [(row.sequence, event_of(row).data.get("n")) for row in rows]


def test_each_uplink_counts_what_it_gets_and_an_event_keeps_its_number(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store(positions=BOTH) as store:
            city, lights = store.position("city"), store.position("lights")
            await store.commit([_event(0), _event(1, "lamp.level"), _event(2), _event(3, "lamp.level")], {})
            assert _said(await city.lease(9)) == [(1, 0), (2, 1), (3, 2), (4, 3)]
            rows = await lights.lease(9)
            assert _said(rows) == [(1, 1), (2, 3)]
            await lights.acknowledge(rows[:1])
            assert (city.depth(), lights.depth(), store.depth()) == (4, 1, 4)
        async with make_store(positions=BOTH) as store:
            await store.commit([_event(4, "lamp.level")], {})
            assert _said(await store.position("lights").lease(9)) == [(2, 3), (3, 4)]
            assert [sequence for sequence, _ in _said(await store.position("city").lease(9))] == [1, 2, 3, 4, 5]

    asyncio.run(main())


def test_an_event_that_nobody_gets_is_not_written(make_store: MakeStore, path: Path) -> None:
    async def main() -> None:
        async with make_store(positions={"lights": BOTH["lights"]}) as store:
            await store.commit([_event(0), _event(1, "t", TELEMETRY)], {})
            await store.commit([_event(2, "t", TELEMETRY)], {})
            assert (store.depth(), (await store.position("lights").status()).newest) == (0, 0)

    asyncio.run(main())


def test_telemetry_that_one_has_not_got_is_written_and_not_sent_again_to_the_other(make_store: MakeStore) -> None:
    """It goes along with an event; the process is killed then."""
    both = {"a": lambda type: True, "b": lambda type: True}

    async def main() -> None:
        store = make_store(positions=both, buffer_s=3600.0, settle_s=3600.0)
        await store.__aenter__()
        await store.commit([_event(0, "t", TELEMETRY)], {})
        await store.position("a").acknowledge(await store.position("a").lease(9))
        await store.commit([_event(1)], {})
        await _kill(store)
        async with make_store(positions=both) as store:
            assert [n for _, n in _said(await store.position("a").lease(9))] == [None, 1]
            assert [n for _, n in _said(await store.position("b").lease(9))] == [None, 1, 0]

    asyncio.run(main())


def test_what_a_dead_uplink_waits_for_goes_first_and_is_counted_for_it_alone(
    make_store: MakeStore,
) -> None:
    """Alarms of it go before the telemetry of one that lives."""

    async def main() -> None:
        both = {"alive": lambda type: True, "dead": lambda type: True}
        async with make_store(max_bytes=100_000, positions=both) as store:
            alive, dead = store.position("alive"), store.position("dead")
            for n in range(200):
                await store.commit([_event(n, "bay.overstay", ALARM, pad="x" * 900)], {})
                await alive.acknowledge(await alive.lease(9))
            await store.commit([_event(n, "t", TELEMETRY, pad="x" * 900) for n in range(200, 220)], {})
            assert (await alive.status()).dropped == 0
            assert [n for _, n in _said(await alive.lease(99))] == list(range(200, 220))
            left = await dead.lease(999)
            gaps = [promised(row).data for row in left if row.type == STORE_GAP]
            (gap,) = gaps
            assert gap["dropped"] == (await dead.status()).dropped == 220 - (len(left) - 1)
            assert (gap["first_sequence"], gap["by_type"].keys()) == (1, {"bay.overstay"})

    asyncio.run(main())


def test_what_all_have_goes_first_without_a_word(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store(max_bytes=100_000) as store:
            city = store.position()
            for n in range(300):
                await store.commit([_event(n, "bay.freed", pad="x" * 900)], {})
                await city.acknowledge(await city.lease(9))
            status = await store.status()
            assert (status.dropped, status.used_bytes <= 100_000) == (0, True)
            resend = await city.resend(from_sequence=1)
            assert resend.oldest is not None and resend.oldest > 1
            assert resend.missing == ((1, resend.oldest - 1),), "from where it has"

    asyncio.run(main())


@pytest.mark.parametrize("keep_s, left", [(0.0, 0), (3600.0, 10)])
def test_what_all_have_is_kept_for_so_long(make_store: MakeStore, path: Path, keep_s: float, left: int) -> None:
    async def main() -> None:
        async with make_store(keep_acknowledged_s=keep_s) as store:
            await store.commit([_event(n) for n in range(10)], {})
            await store.position().acknowledge(await store.position().lease(99))
            await store.commit([_event(600)], {})
            await store.commit([_event(1200)], {})
            with closing(sqlite3.connect(path)) as database:
                (count,) = database.execute("SELECT count(*) FROM outbox_event WHERE seq <= 10").fetchone()
            assert count == left

    asyncio.run(main())


def test_what_is_asked_for_again_comes_marked_in_order_and_after_what_is_new(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            await store.commit([_event(n, priority=ALARM if n == 3 else EVENT) for n in range(6)], {})
            await city.acknowledge(await city.lease(99))
            resend = await city.resend(from_sequence=3, limit=3)
            assert (resend.events, resend.first, resend.last, resend.missing, resend.more) == (3, 3, 5, (), True)
            assert (resend.oldest, (await city.status()).resending) == (1, 3)
            await store.commit([_event(6)], {})
            rows = await city.lease(3)
            assert [(row.sequence, row.resent) for row in rows] == [(7, False), (3, True), (4, True)]
            assert [row.sequence for row in await city.lease(3)] == [5]
            by_time = await city.resend(from_unix_s=1_770_000_004.0)
            assert (by_time.first, by_time.last) == (5, 7)
            with pytest.raises(NeverSent):
                await city.resend(from_sequence=8)
            nothing = await city.resend(from_unix_s=1_780_000_000.0)
            assert (nothing.events, nothing.first, nothing.oldest) == (0, None, 1)

    asyncio.run(main())


def test_an_answer_tells_of_so_many_missing_ranges_and_says_where_to_go_on(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readings that the broker acknowledged at once were never written: a hole between every two events."""
    monkeypatch.setattr(again, "MOST_MISSING", 3)

    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            for n in range(6):
                await store.commit([_event(n, priority=TELEMETRY)], {})
                await city.acknowledge(await city.lease(99))
                await store.commit([_event(n)], {})
                await city.acknowledge(await city.lease(99))
            resend = await city.resend(from_sequence=1)
            assert (resend.events, resend.last, resend.more) == (3, 6, True)
            assert resend.missing == ((1, 1), (3, 3), (5, 5))
            rest = await city.resend(from_sequence=7)
            assert (rest.events, rest.last, rest.missing, rest.more) == (3, 12, ((7, 7), (9, 9), (11, 11)), False)

    asyncio.run(main())


def test_as_many_come_again_as_an_order_may_ask_for(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            await store.commit([_event(n) for n in range(1500)], {})
            await city.acknowledge(await city.lease(2000))
            resend = await city.resend(from_sequence=1, limit=resend_order.MOST)
            assert (resend.events, resend.more) == (1500, False)
            assert len(await city.lease(2000)) == 1500

    asyncio.run(main())


def test_ranges_that_overlap_cost_no_more_than_what_they_cover(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[int] = []
    settle = Leases.settle

    def counted(self: Leases, priority: Priority, seq: int) -> None:
        settled.append(seq)
        settle(self, priority, seq)

    monkeypatch.setattr(Leases, "settle", counted)

    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            await store.commit([_event(n, priority=ALARM if n % 7 == 0 else EVENT) for n in range(600)], {})
            await city.sent(await city.lease(600))
            confirmed = await city.confirm(0, [(3 + n, 600 - n) for n in range(290, -1, -1)])
            assert (confirmed.events, city.depth()) == (598, 2)
            assert sorted(settled) == list(range(3, 601))
            assert (await city.confirm(0, [(3, 600)] * 500)).events == 0
            assert len(settled) <= 2 * 598

    asyncio.run(main())


def test_what_the_broker_has_waits_until_the_platform_confirms_it(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            await store.commit([_event(n, priority=ALARM if n == 3 else EVENT) for n in range(5)], {})
            await city.sent(await city.lease(99))
            assert (city.depth(), (await city.status()).unconfirmed) == (5, 5)
            assert (await city.confirm(2, [(4, 4)])).events == 3
            assert (await city.confirm(2, [(4, 4)])).events == 0, "once more"
            assert city.depth() == 2
            assert (await city.resend(from_sequence=3, limit=1)).events == 1, "what the broker lost can be asked for"
            await city.reset_cursor()
            assert _said(await city.lease(99)) == [(3, 2), (5, 4)]
        async with make_store() as store:
            assert _said(await store.position().lease(99)) == [(3, 2), (5, 4)]
            assert (await store.position().confirm(5)).events == 2
            assert store.position().depth() == 0

    asyncio.run(main())


def test_what_the_broker_has_comes_again_when_it_is_asked_for_and_not_at_each_connection(
    make_store: MakeStore,
) -> None:
    """Marked, and before what was never sent; an alarm still overtakes it."""

    async def main() -> None:
        async with make_store(buffer_s=3600.0) as store:
            city = store.position()
            await store.commit([_event(n) for n in range(4)], {})
            await store.commit([_event(4, "t", TELEMETRY)], {})
            rows = await city.lease(99)
            waiting = await city.sent(rows[:2] + rows[4:])
            assert [row.sequence for row in waiting] == [1, 2, 5]
            await city.confirm(2)
            assert await city.sent(rows[:1]) == [], "it is confirmed already"
            await city.reset_cursor(unconfirmed=False)
            assert _said(await city.lease(99)) == [(3, 2), (4, 3)], "these were on their way"
            await city.reset_cursor(unconfirmed=False)
            await store.commit([_event(6, priority=ALARM)], {})
            await city.send_again([row.seq for row in rows])
            rows = await city.lease(99)
            assert [(row.sequence, row.resent) for row in rows] == [
                (6, False),
                (3, False),
                (4, False),
                (5, True),
            ]
            assert await city.lease(99) == []
            await city.sent(rows)
            await city.reset_cursor()
            assert [row.sequence for row in await city.lease(99)] == [6, 3, 4, 5]

    asyncio.run(main())


def test_what_is_dropped_no_longer_counts_as_unconfirmed(make_store: MakeStore) -> None:
    """Sending stops where too much is unconfirmed, and would for good."""

    async def main() -> None:
        async with make_store(max_bytes=100_000) as store:
            city = store.position()
            for n in range(300):
                await store.commit([_event(n, pad="x" * 900)], {})
                await city.sent(await city.lease(9))
            await city.reset_cursor(unconfirmed=False)
            status = await city.status()
            assert status.dropped > 0 and status.unconfirmed <= sum(status.waiting.values())
            await city.send_again(range(1, 400))
            assert len(await city.lease(999)) == status.unconfirmed

    asyncio.run(main())


@pytest.mark.parametrize(
    "highest, ranges, error",
    [
        (4, [], NeverSent),
        (0, [(2, 4)], NeverSent),
        (-1, [], ValueError),
        (1, [(3, 2)], ValueError),
        (0, [(0, 1)], ValueError),
    ],
)
def test_what_never_was_cannot_be_confirmed(
    make_store: MakeStore, highest: int, ranges: list[tuple[int, int]], error: type[Exception]
) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([_event(n) for n in range(3)], {})
            with pytest.raises(error):
                await store.position().confirm(highest, ranges)
            assert store.depth() == 3

    asyncio.run(main())


def test_an_uplink_that_is_removed_may_come_back_and_later_the_others_are_told(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store(positions=BOTH) as store:
            await store.commit([_event(0), _event(1, "lamp.level")], {})
            await store.follow({"city": BOTH["city"]})
            with pytest.raises(KeyError):
                store.position("lights")
            await store.commit([_event(2, "lamp.level")], {})
            await store.follow(BOTH)
            assert _said(await store.position("lights").lease(9)) == [(1, 1)], "what came meanwhile is not its own"
            await store.follow({"city": BOTH["city"]})
            later = structs.replace(
                _event(3), at=Moment(1.77e9, asyncio.get_running_loop().time() + 8 * 86_400, "boot-1", True)
            )
            await store.commit([later], {})
            gap, *_ = await store.position("city").lease(9)
            told = promised(gap).data
            assert (told["reason"], told["uplink"], told["dropped"]) == ("uplink_removed", "lights", 1)
            await store.follow(BOTH)
            assert await store.position("lights").lease(9) == []

    asyncio.run(main())


@pytest.mark.expects_log("how far an uplink whose name is lost is cannot be read")
def test_an_uplink_whose_name_the_disk_has_lost_is_told_without_one(make_store: MakeStore, path: Path) -> None:
    """Two are lost and two are new: nobody can say which was which."""

    async def main() -> None:
        async with make_store(positions=BOTH) as store:
            await store.commit([_event(n, "lamp.level") for n in range(3)], {})
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("DELETE FROM state WHERE key LIKE 'store.position/%'")
        path.with_name(f"{path.name}.mark").unlink()
        async with make_store(positions={"first": BOTH["city"], "second": BOTH["city"]}) as store:
            later = structs.replace(
                _event(3), at=Moment(1.77e9, asyncio.get_running_loop().time() + 8 * 86_400, "boot-1", True)
            )
            await store.commit([later], {})
            told = [promised(row).data for row in await store.position("first").lease(9) if row.type == STORE_GAP]
            assert ("uplink_removed", None) in [(each["reason"], each.get("uplink")) for each in told]

    asyncio.run(main())


def test_what_is_for_one_alone_reaches_it_under_its_new_name(make_store: MakeStore) -> None:
    """The outcome of an order that gave the pole a configuration in which its own uplink is renamed."""

    async def main() -> None:
        async with make_store(positions=BOTH) as store:
            await store.follow({"town": BOTH["city"], "lights": BOTH["lights"]}, {"town": "city"})
            await store.commit([structs.replace(_event(0), uplink="city")], {})
            assert _said(await store.position("town").lease(9)) == [(1, 0)]
            assert _said(await store.position("lights").lease(9)) == []

    asyncio.run(main())


@pytest.mark.parametrize("how", ["reload", "restart"])
def test_two_uplinks_exchange_their_names_by_way_of_a_third(make_store: MakeStore, how: str) -> None:
    """What waits for one broker must never go to the other."""
    steps: list[tuple[dict[str, Callable[[str], bool]], dict[str, str]]] = [
        ({"third": BOTH["city"], "lights": BOTH["lights"]}, {"third": "city"}),
        ({"third": BOTH["city"], "city": BOTH["lights"]}, {"city": "lights"}),
        ({"lights": BOTH["city"], "city": BOTH["lights"]}, {"lights": "third"}),
    ]

    async def main() -> None:
        store = await make_store(positions=BOTH).__aenter__()
        await store.commit([_event(0), _event(1, "lamp.level"), _event(2)], {})
        for wants, formerly in steps:
            if how == "reload":
                await store.follow(wants, formerly)
            else:
                await store.__aexit__(None, None, None)
                store = await make_store(positions=wants, formerly=formerly).__aenter__()
        assert _said(await store.position("city").lease(99)) == [(1, 1)]
        assert _said(await store.position("lights").lease(99)) == [(1, 0), (2, 1), (3, 2)]
        await store.__aexit__(None, None, None)

    asyncio.run(main())


@pytest.mark.expects_log(r"\[uplink.city\] is not taken for \[uplink.lights\]")
def test_an_old_name_that_cannot_be_taken_over_is_told(make_store: MakeStore) -> None:
    """Both have events that wait: those of the old name are kept, and told of later."""

    async def main() -> None:
        async with make_store(positions=BOTH) as store:
            await store.commit([_event(n, "lamp.level") for n in range(3)], {})
            await store.follow({"city": BOTH["city"]}, {"city": "lights"})
            assert [row.type for row in await store.position("city").lease(99)] == ["lamp.level"] * 3
            await store.follow(BOTH)
            assert len(await store.position("lights").lease(99)) == 3

    asyncio.run(main())


@pytest.mark.parametrize("how", ["reload", "restart", "kill"])
def test_an_uplink_that_is_renamed_goes_on_where_it_was(make_store: MakeStore, how: str) -> None:
    renamed, formerly = {"city": BOTH["city"], "lighting": BOTH["lights"]}, {"lighting": "lights", "new": "never was"}

    async def main() -> None:
        store = await make_store(positions=BOTH, settle_s=0.0).__aenter__()
        await store.commit([_event(n, "lamp.level") for n in range(3)], {})
        await store.position("lights").acknowledge(await store.position("lights").lease(1))
        await store.commit([], {"written": said()})
        if how == "restart":
            await store.__aexit__(None, None, None)
        elif how == "kill":
            await _kill(store)
        if how != "reload":
            store = await make_store(positions=renamed, formerly=formerly).__aenter__()
        for _ in range(2):  # the same once more changes nothing
            await store.follow(renamed, formerly)
        await store.commit([_event(9, "lamp.level")], {})
        rows = [row for row in await store.position("lighting").lease(99) if row.type == "lamp.level"]
        assert [row.sequence for row in rows[:2]] == [2, 3]
        assert (len(rows), how == "kill" or rows[2].sequence == 4) == (3, True)
        assert [row.type for row in await store.position("city").lease(99) if row.type == STORE_GAP] == []
        await store.__aexit__(None, None, None)
        async with make_store(positions=renamed) as store:
            waiting = (await store.position("lighting").status()).waiting
            assert waiting["event"] == 3

    asyncio.run(main())


@pytest.mark.parametrize("state", [False, True])
def test_what_an_uplink_leaves_out_has_no_number_there(make_store: MakeStore, *, state: bool) -> None:
    """Alone in memory, or in a transaction that is needed anyway."""
    spares = {"city"}

    async def main() -> None:
        async with make_store(
            positions={"city": lambda type: True, "lights": lambda type: True},
            leaves_out=lambda name, event: name in spares and event.data.n % 2 == 1,
        ) as store:
            await store.commit([_event(n, "t.reading", TELEMETRY) for n in range(5)], {"k": said()} if state else {})
            await store.commit([_event(7, "t.reading", ALARM)], {})
            rows = await store.position("city").lease(99)
            assert [(row.sequence, event_of(row).data["n"]) for row in rows] == [(4, 7), (1, 0), (2, 2), (3, 4)]
            assert len(await store.position("lights").lease(99)) == 6
            spares.add("lights")
            await store.commit([_event(9, "t.reading", TELEMETRY)], {})
            assert (await store.position("city").lease(9), await store.position("lights").lease(9)) == ([], [])

    asyncio.run(main())


def test_what_is_erased_is_no_loss_and_its_numbers_are_told(make_store: MakeStore) -> None:
    async def main() -> None:
        async with make_store() as store:
            city = store.position()
            await store.commit([_event(n, "kerb.suspected" if n % 2 else "bay.freed", ALARM) for n in range(6)], {})
            await city.acknowledge(await city.lease(2))
            erased = await store.erase(What(frozenset({"kerb.suspected"})), lambda count: _event(count, "kerb.purged"))
            assert erased.events == 3
            rows = await city.lease(99)
            assert _said(rows) == [(3, 2), (5, 4), (8, None), (7, 3)]
            assert promised(rows[2]).data == {"reason": "erased", "sequences": [[2, 2], [4, 4], [6, 6]]}
            assert (await store.status()).dropped == 0
            assert (await store.erase(What(frozenset({"bay.freed"}), "nowhere"), _event)).events == 0

    asyncio.run(main())


async def _kill(store: Store) -> None:
    """What was not written is gone; another may open the file."""
    store._timer.stop()
    await store._thread._call(store._keeper.close)


def test_a_crash_takes_telemetry_and_its_numbers_and_says_which(make_store: MakeStore) -> None:
    async def main() -> None:
        store = make_store(buffer_s=3600.0, settle_s=3600.0)
        await store.__aenter__()
        await store.commit([_event(0)], {})
        await store.commit([_event(1, "t", TELEMETRY)], {})
        sent = await store.position().lease(9)
        await store.position().acknowledge(sent[:1])
        await store.commit([_event(2)], {})
        await store.commit([_event(3, "t", TELEMETRY)], {})
        assert _said(sent) == [(1, 0), (2, 1)]
        await _kill(store)
        async with make_store() as store:
            await store.commit([_event(4)], {})
            skipped, *rows = await store.position().lease(9)
            told = promised(skipped)
            assert (told.type, told.data["reason"], told.data["sequences"][0]) == (STORE_SKIPPED, "restart", [2, 2])
            first, last = told.data["sequences"][1]
            assert _said(rows) == [(3, 2), (last + 2, 4)] and first == 4 and skipped.sequence == last + 1

    asyncio.run(main())


def test_what_the_disk_has_changed_of_a_position_is_sent_again_and_no_number_comes_twice(
    make_store: MakeStore, path: Path
) -> None:
    async def sent(position: Position) -> dict[str, int]:
        return {row.id: row.sequence for row in await position.lease(99) if row.type == "bay.freed"}

    async def main() -> None:
        async with make_store() as store:
            await store.commit([_event(n) for n in range(3)], {})
            before = await sent(store.position())
        for change in (
            "UPDATE state SET body = x'7b7d' WHERE key GLOB 'store.position*'",
            "DELETE FROM state WHERE key GLOB 'store.position*'",
        ):
            with closing(sqlite3.connect(path, isolation_level=None)) as database:
                database.execute(change)
            async with make_store() as store:
                assert await sent(store.position()) == before
                await store.commit([_event(9)], {})
                (new,) = [row for row in await store.position().lease(99) if row.type == "bay.freed"]
                assert new.sequence > max(before.values())
                before[new.id] = new.sequence

    asyncio.run(main())


def test_what_the_disk_has_changed_of_what_is_left_behind_is_sent_again(make_store: MakeStore, path: Path) -> None:
    async def main() -> None:
        async with make_store() as store:
            await store.commit([_event(n) for n in range(4)], {})
            rows = await store.position().lease(9)
            await store.position().acknowledge([rows[1], rows[3]])
        async with make_store() as store:
            assert _said(await store.position().lease(9)) == [(1, 0), (3, 2)]
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            assert database.execute("UPDATE left_behind SET seq = seq - 1 WHERE seq > 1").rowcount == 1
        async with make_store() as store:
            assert [sequence for sequence, _ in _said(await store.position().lease(9))] == [1, 2, 3, 4]

    asyncio.run(main())
