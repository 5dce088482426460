"""What leaves the outbox, in which order and how many at a time, over a link whose broker the test plays."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import json, structs
from patience import PATIENCE_S
from stored import event_of, said

from agent.clock import Moment, SystemClock
from agent.events import COMMAND_OUTCOME, Event, Priority, new_id
from agent.isolation import Isolation
from agent.store import Store, Stored
from agent.uplink.commands import Reply
from agent.uplink.context import UplinkContext
from agent.uplink.dialects import Topics
from agent.uplink.dialects.cloudevents import CloudEvents
from agent.uplink.dialects.topics import TopicOptions
from agent.uplink.publisher import OutboxPublisher, PublishSettings
from agent.uplink.quarantine import Quarantine
from agent.uplink.rate_limit import CommandLimiter
from agent.uplink.withholding import Withholding
from drivers.mqtt.errors import MqttError, PacketTooLarge, PublishRefused, Withheld
from drivers.mqtt.message import Message

BOOT = "boot-1"
FAST = PublishSettings(in_flight=4, replay_per_s=1e6, settle_s=0.0, again_s=3600.0)


class Broker:
    """The near side of a link; the test lets messages be acknowledged.

    Args:
        came: numbers of the events, in the order in which they were published.
        took: those that were acknowledged.
        holds: what is published on a topic that ends so is not acknowledged.
        most: that were on their way at one time.
        free: how many more are acknowledged at once; None: all.
    """

    def __init__(self) -> None:
        self.came: list[int] = []
        self.took: list[int] = []
        self.holds: str | None = None
        self.messages: list[dict[str, Any]] = []
        self.on_way = self.most = 0
        self.free: int | None = None
        self.broken = False
        self.refuses: Callable[[Message], Exception | None] = lambda _: None
        self._release = asyncio.Event()
        self._news = asyncio.Event()

    async def deliver(self, message: Message, stops: Callable[[], bool] = lambda: False) -> None:
        if stops():
            raise Withheld
        body = json.decode(message.payload)
        self.came.append(body["data"]["n"])
        self.messages.append(body)
        self.on_way += 1
        self.most = max(self.most, self.on_way)
        self._news.set()
        try:
            while self.free == 0 or (self.holds is not None and message.topic.endswith(self.holds)):
                self._release.clear()
                await self._release.wait()
            if self.free is not None:
                self.free -= 1
            else:
                await asyncio.sleep(0)
            if (refusal := self.refuses(message)) is not None:
                raise refusal
            self.took.append(body["data"]["n"])
        finally:
            self.on_way -= 1

    def release(self, count: int | None = None) -> None:
        self.free = count
        self._release.set()

    async def has(self, count: int) -> list[int]:
        """Waits until so many have come, and returns them."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.came) < count:
                self._news.clear()
                await self._news.wait()
        return self.came


class Uplink:
    """One session of a pole."""

    def __init__(self, store: Store, pace: PublishSettings) -> None:
        self.broker = Broker()
        clock = SystemClock("rtc", floor_unix_s=0.0, boot=BOOT)
        self.clock = clock
        link: Any = self.broker
        dialect = CloudEvents(Topics(TopicOptions(), "town", "p1"))
        mapping = Isolation("p1", clock).part("dialect", each_alone=True)
        self.forbidden: set[str] = set()
        gate = Withholding(lambda row: row.type in self.forbidden)
        position, limiter = store.position(), CommandLimiter(0.0)
        self.pole = UplinkContext(dialect, position, clock, limiter, dict, dict, (), mapping, withholding=gate)
        self.drain = OutboxPublisher(self.pole, link, pace)
        self.task: asyncio.Task[None] | None = None

    def start(self) -> "Uplink":
        self.task = asyncio.create_task(self.drain.run())
        return self

    async def ended(self) -> BaseException | None:
        """How it ended, once it has."""
        assert self.task is not None
        await asyncio.wait([self.task], timeout=PATIENCE_S)
        return None if self.task.cancelled() else self.task.exception()

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])


@contextlib.asynccontextmanager
async def pole(folder: Path, pace: PublishSettings = FAST) -> AsyncIterator[tuple[Store, Uplink]]:
    async with Store(folder / "s.db", max_bytes=1 << 24, boot=BOOT, buffer_s=0.0) as store:
        uplink = Uplink(store, pace)
        try:
            yield store, uplink
        finally:
            if uplink.task is not None:
                await uplink.stop()


def event(n: int, priority: Priority = Priority.EVENT, kind: str = "bay.freed", ago_s: float = 0.0) -> Event:
    now = SystemClock("rtc", floor_unix_s=0.0, boot=BOOT).now()
    at = Moment(now.unix_s - ago_s, now.mono_s - ago_s, BOOT, True)
    return Event(type=kind, subject=f"b{n}", at=at, data=said(n=n), priority=priority)


def telemetry(count: int) -> list[Event]:
    return [event(n, Priority.TELEMETRY, "telemetry.reading") for n in range(count)]


ALARM = -1


@pytest.mark.parametrize(
    ("pace", "waiting", "before", "at_most"),
    [
        (FAST, 100, 4, 12),
        (structs.replace(FAST, replay_per_s=40.0, in_flight=64), 400, 201, 12),
        (structs.replace(FAST, replay_per_s=4.0, in_flight=64), 60, 21, 2),
    ],
    ids=["as many as may be on their way", "a quarter of a second's", "one"],
)
def test_an_alarm_waits_for_little_of_the_telemetry_that_was_there_before_it(
    tmp_path: Path, pace: PublishSettings, waiting: int, before: int, at_most: int
) -> None:
    """It waits for what is on its way, what is ready to go, and what was taken at once: beyond the burst that may
    pass."""

    async def main() -> tuple[int, float]:
        async with pole(tmp_path, pace) as (store, uplink):
            await store.commit(telemetry(waiting), {})
            began_s = time.monotonic()
            uplink.start().broker.release(before)
            await uplink.broker.has(before)
            await store.commit([event(ALARM, Priority.ALARM, "bay.overstay")], {})
            uplink.broker.release()
            async with asyncio.timeout(PATIENCE_S):
                while ALARM not in uplink.broker.came:
                    await uplink.broker.has(len(uplink.broker.came) + 1)
            return uplink.broker.came.index(ALARM), time.monotonic() - began_s

    place, took_s = asyncio.run(main())
    meanwhile = 0.0 if pace is FAST else took_s * pace.replay_per_s
    assert place <= before + at_most + meanwhile


def test_promise_privacy_what_may_not_go_when_it_is_its_turn_stays_and_goes_once_it_may(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, in_flight=1, again_s=0.01)) as (store, uplink):
            await store.commit([event(1), event(2, kind="kerb.suspected"), event(3)], {})
            uplink.start().broker.release(0)
            await uplink.broker.has(1)
            uplink.forbidden.add("kerb.suspected")  # while it waits behind the first
            uplink.broker.release()
            await uplink.broker.has(2)
            uplink.forbidden.clear()
            return await uplink.broker.has(3)

    assert asyncio.run(main()) == [1, 3, 2]


def test_what_waited_goes_out_where_not_even_one_may_pass_in_a_step(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=1.0)) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            return await uplink.start().broker.has(3)

    assert asyncio.run(main()) == [0, 1, 2]


async def settled(rounds: int = 200) -> None:
    """Whatever can happen at once has happened."""
    for _ in range(rounds):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)


async def shrinks_to(store: Store, depth: int) -> None:
    """Waits until the outbox holds so many; what was acknowledged is deleted by another thread, a moment later."""
    async with asyncio.timeout(PATIENCE_S):
        while store.depth() > depth:
            await asyncio.sleep(0.01)
    assert store.depth() == depth


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [body["type"] for body in messages]


def test_all_may_be_on_their_way_that_are_allowed_and_no_more(tmp_path: Path) -> None:
    async def main() -> tuple[int, int]:
        async with pole(tmp_path) as (store, uplink):
            uplink.broker.free = 0
            await store.commit([event(n) for n in range(10)], {})
            uplink.start()
            await uplink.broker.has(4)
            await settled()
            return uplink.broker.on_way, len(uplink.broker.came)

    assert asyncio.run(main()) == (4, 4)


def test_what_was_acknowledged_is_counted_and_forgotten_while_the_session_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with pole(tmp_path) as (store, uplink):
            assert uplink.drain.sent == 0
            await store.commit([event(n) for n in range(3)], {})
            uplink.start()
            await uplink.broker.has(3)
            await shrinks_to(store, 0)
            assert uplink.drain.sent == 3
            await store.commit([event(3)], {})
            assert await uplink.broker.has(4) == [0, 1, 2, 3]
            await shrinks_to(store, 0)
            assert uplink.drain.sent == 4

    asyncio.run(main())


def test_a_session_that_ends_forgets_what_was_acknowledged_and_keeps_the_rest(tmp_path: Path) -> None:
    """The pause before deletion has not passed."""

    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, settle_s=3600.0)) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            uplink.broker.free = 1
            uplink.start()
            await uplink.broker.has(3)
            await settled()
            assert store.depth() == 3
            await uplink.stop()
            assert store.depth() == 2
            return [event_of(row).data["n"] for row in await store.position().lease(9)]

    assert asyncio.run(main()) == [1, 2]


def test_a_drain_that_is_finished_waits_for_what_is_on_its_way_and_ends(tmp_path: Path) -> None:
    async def main() -> tuple[BaseException | None, int, int]:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(n) for n in range(2)], {})
            uplink.broker.free = 0
            uplink.start()
            await uplink.broker.has(2)
            uplink.drain.finish()
            await settled()
            assert uplink.task is not None and not uplink.task.done()
            await store.commit([event(2)], {})
            uplink.broker.release()
            how = await uplink.ended()
            assert uplink.task.done()
            return how, store.depth(), uplink.drain.sent

    assert asyncio.run(main()) == (None, 1, 2)


def test_a_drain_that_has_nothing_to_do_ends_when_it_is_finished(tmp_path: Path) -> None:
    async def main() -> bool:
        async with pole(tmp_path) as (_, uplink):
            uplink.start()
            await settled()
            uplink.drain.finish()
            return await uplink.ended() is None

    assert asyncio.run(main())


def test_an_alarm_that_comes_while_one_of_the_backlog_waits_its_turn_does_not_wait_with_it(tmp_path: Path) -> None:
    """The alarm would otherwise be ten seconds late at one event in that time; and the backlog keeps its order."""

    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=1.0)) as (store, uplink):
            await store.commit([event(n) for n in range(7)], {})
            uplink.start()
            await uplink.broker.has(5)
            await store.commit([event(19), event(20, Priority.ALARM), event(21, Priority.ALARM)], {})
            await store.commit([event(22, Priority.ALARM)], {})
            return await uplink.broker.has(11)

    assert asyncio.run(main()) == [0, 1, 2, 3, 4, 20, 21, 22, 5, 6, 19]


def test_what_is_saved_is_left_out_or_waits_until_the_month_ends(tmp_path: Path) -> None:
    """One reading of each device goes out, statistics wait, an alarm and an event pass."""

    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05)) as (store, uplink):
            thrift = uplink.pole.thrift
            thrift.stage = "statistics"
            reading = event(0, Priority.TELEMETRY, "telemetry.reading")
            news = [reading, *(structs.replace(reading, id=new_id(), data=said(n=n)) for n in (1, 2))]
            statistics = [event(n, Priority.TELEMETRY, "bay.statistics") for n in range(10, 12)]
            uplink.start()
            await store.commit([*news, *statistics, event(20), event(30, Priority.ALARM)], {})
            came = await uplink.broker.has(3)
            assert sorted(came) == [0, 20, 30]
            async with asyncio.timeout(PATIENCE_S):
                while store.depth() != 2:
                    await asyncio.sleep(0.01)
            assert thrift.left_out == 2
            assert (await store.position().resend(from_sequence=2, limit=2)).events == 2
            assert (await uplink.broker.has(5))[3:] == [1, 2], "who asks for what was left out gets it"
            thrift.stage = "none"
            assert (await uplink.broker.has(7))[5:] == [10, 11]

    asyncio.run(main())


def test_a_drain_that_holds_back_ends_when_it_is_finished(tmp_path: Path) -> None:
    async def main() -> bool:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=0.1)) as (store, uplink):
            await store.commit([event(n) for n in range(5)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            uplink.drain.finish()
            return await uplink.ended() is None

    assert asyncio.run(main())


@pytest.mark.parametrize(("replay_per_s", "at_once"), [(4.0, 20), (0.1, 1)])
def test_five_seconds_worth_of_what_waited_goes_out_at_once_and_one_event_at_least(
    tmp_path: Path, replay_per_s: float, at_once: int
) -> None:
    async def main() -> tuple[int, float]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=replay_per_s)) as (store, uplink):
            await store.commit([event(n) for n in range(40)], {})
            began_s = time.monotonic()
            uplink.start()
            async with asyncio.timeout(4):  # one after the other, the twenty would take five seconds
                await uplink.broker.has(at_once)
            await settled()
            return len(uplink.broker.came), time.monotonic() - began_s

    came, took_s = asyncio.run(main())
    assert at_once <= came <= at_once + took_s * replay_per_s


def test_the_very_last_that_waited_is_held_back_too(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=0.1)) as (store, uplink):
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            return uplink.broker.came

    assert asyncio.run(main()) == [0]


def test_what_comes_while_the_pole_is_connected_is_never_held_back(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=0.1)) as (store, uplink):
            await store.commit([event(0)], {})
            uplink.start()
            await uplink.broker.has(1)
            await store.commit([event(n) for n in range(1, 9)], {})
            async with asyncio.timeout(20):  # held back, they would take more than a minute
                return await uplink.broker.has(9)

    assert asyncio.run(main()) == list(range(9))


@pytest.mark.parametrize(("ago_s", "late"), [(0.0, False), (5.0, False), (10.5, True), (3600.0, True), (-3600.0, True)])
def test_what_waited_ten_seconds_for_a_connection_is_no_news(tmp_path: Path, ago_s: float, late: bool) -> None:
    async def main() -> list[bool]:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(0, ago_s=ago_s)], {})
            uplink.start()
            await uplink.broker.has(1)
            await store.commit([event(1, ago_s=3600.0)], {})
            await uplink.broker.has(2)
            return ["replayed" in body for body in uplink.broker.messages]

    assert asyncio.run(main()) == [late, False], "what came since the session began has not waited for one"


def test_the_time_that_an_event_waits_in_the_session_counts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_s = 0.0
    monkeypatch.setattr("agent.uplink.backlog.monotonic", lambda: time.monotonic() + passed_s)

    async def main() -> list[bool]:
        nonlocal passed_s
        async with pole(tmp_path, structs.replace(FAST, in_flight=1)) as (store, uplink):
            await store.commit([event(0, ago_s=5.0), event(1, ago_s=5.0)], {})
            uplink.broker.free = 0
            uplink.start()
            await uplink.broker.has(1)
            passed_s = 5.5
            uplink.broker.release()
            await uplink.broker.has(2)
            return ["replayed" in body for body in uplink.broker.messages]

    assert asyncio.run(main()) == [False, True]


def test_an_event_whose_age_no_clock_tells_is_no_news(tmp_path: Path) -> None:
    async def main() -> list[bool]:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([structs.replace(event(0), at=Moment(5.0, 5.0, "another boot", False))], {})
            uplink.start()
            await uplink.broker.has(1)
            return ["replayed" in body for body in uplink.broker.messages]

    assert asyncio.run(main()) == [True]


def refused(kind: str) -> Callable[[Message], Exception | None]:
    return lambda message: PublishRefused(message.topic, "not authorised") if message.topic.endswith(kind) else None


def test_a_type_that_the_broker_refuses_waits_as_a_whole_and_the_others_pass(tmp_path: Path) -> None:
    async def main() -> None:
        async with pole(tmp_path) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0), event(1, kind="bay.occupied")], {})
            uplink.start()
            await uplink.broker.has(2)
            await settled()
            await store.commit([event(2), event(3, kind="bay.occupied"), event(4)], {})
            await uplink.broker.has(3)
            await settled()
            assert uplink.broker.came == [0, 1, 3], "asked once"
            assert uplink.drain.sent == 2
            assert isinstance(uplink.drain.refusals.first, PublishRefused)
            await shrinks_to(store, 3)
            await uplink.stop()
            assert [event_of(row).data["n"] for row in await store.position().lease(9)] == [0, 2, 4]

    asyncio.run(main())


def test_the_first_of_a_refused_type_asks_again_and_once_it_passes_all_follow_in_their_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05, in_flight=1)) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(n) for n in range(3)], {})
            uplink.start()
            assert set(await uplink.broker.has(3)) == {0}, "the first of them alone"
            assert isinstance(uplink.drain.refusals.first, PublishRefused)
            assert "no event any more" not in caplog.text
            uplink.broker.refuses = lambda _: None
            await shrinks_to(store, 0)
            assert uplink.broker.came[-3:] == [0, 1, 2] and set(uplink.broker.came[:-3]) == {0}
            assert uplink.drain.refusals.first is None
            assert uplink.drain.sent == 3

    asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "uplink: the broker refused lamppost/town/p1/event/bay.freed: not authorised; kept, the others pass",
        "uplink: no event is refused any more",
    ]


def test_a_type_that_passes_again_while_more_is_leased_keeps_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of the type was left out of an earlier round, the third stands in this one."""

    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05)) as (store, uplink):
            lease = uplink.pole.position.lease

            async def slow(limit: int) -> list[Stored]:
                rows = await lease(limit)
                if any(event_of(row).data["n"] == 2 for row in rows):
                    uplink.broker.refuses = lambda _: None
                    async with asyncio.timeout(PATIENCE_S):
                        while uplink.drain.refusals.first is not None:
                            await asyncio.sleep(0.01)
                return rows

            monkeypatch.setattr(uplink.pole.position, "lease", slow)
            uplink.broker.refuses = refused("bay.freed")
            for n in range(3):
                await store.commit([event(n)], {})
                if not n:
                    await uplink.start().broker.has(1)
                await settled()
            await shrinks_to(store, 0)
            assert uplink.broker.took == [0, 1, 2]

    asyncio.run(main())


def test_what_is_on_its_way_when_a_refused_type_passes_again_is_not_sent_twice(tmp_path: Path) -> None:
    """Nor is the one that asked, though its row is deleted only much later."""

    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05, settle_s=3600.0)) as (store, uplink):
            uplink.broker.refuses, uplink.broker.holds = refused("bay.freed"), "bay.occupied"
            await store.commit([event(0), event(5, kind="bay.occupied"), event(1)], {})
            uplink.start()
            await uplink.broker.has(3)
            uplink.broker.refuses = lambda _: None
            async with asyncio.timeout(PATIENCE_S):
                while 0 not in uplink.broker.took:
                    await asyncio.sleep(0.01)
            await settled()
            uplink.broker.holds = None
            uplink.broker.release()
            async with asyncio.timeout(PATIENCE_S):
                while len(uplink.broker.took) < 3:
                    await asyncio.sleep(0.01)
            await settled()
            assert sorted(uplink.broker.took) == [0, 1, 5]
            assert uplink.broker.came.count(5) == 1

    asyncio.run(main())


def test_what_is_taken_up_again_may_go_out_as_fast_as_at_the_begin_of_a_session(tmp_path: Path) -> None:
    """The first of them has used up what may pass at once; the next would be held back for ten seconds."""

    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05, replay_per_s=0.1)) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            uplink.broker.refuses = lambda _: None
            async with asyncio.timeout(8):  # held back, it would come after ten
                while uplink.broker.took != [0, 1]:
                    await asyncio.sleep(0.01)

    asyncio.run(main())


class Asked:
    """Counts how often a position is asked for rows, and of how many it is told that they have arrived."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = self.acknowledged = 0
        self._position = store.position()
        self._lease, self._acknowledge = self._position.lease, self._position.acknowledge
        monkeypatch.setattr(self._position, "lease", self._counted_lease)
        monkeypatch.setattr(self._position, "acknowledge", self._counted_acknowledge)

    async def _counted_acknowledge(self, rows: Sequence[Stored]) -> None:
        await self._acknowledge(rows)  # one that is cancelled in the middle is done again
        self.acknowledged += len(rows)

    async def _counted_lease(self, limit: int) -> list[Stored]:
        self.times += 1
        return await self._lease(limit)


def test_what_was_acknowledged_is_deleted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> int:
        async with Store(tmp_path / "s.db", max_bytes=1 << 24, boot=BOOT) as store:
            asked = Asked(store, monkeypatch)
            uplink = Uplink(store, FAST).start()
            for n in range(3):
                await store.commit([event(n)], {})
                async with asyncio.timeout(PATIENCE_S):
                    while asked.acknowledged <= n:
                        await asyncio.sleep(0.001)
            await uplink.stop()
            return asked.acknowledged

    assert asyncio.run(main()) == 3


def test_waiting_for_events_leaves_no_task_behind(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path) as (store, uplink):
            uplink.start()
            tasks = []
            for n in range(30):
                await store.commit([event(n)], {})
                await uplink.broker.has(n + 1)
                await settled()
                tasks.append(len(asyncio.all_tasks()))
            return tasks

    first, *_, last = asyncio.run(main())
    assert last < first + 10, "a few may be under way, and not one for each event"


def test_an_empty_outbox_is_not_asked_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> int:
        async with Store(tmp_path / "s.db", max_bytes=1 << 24, boot=BOOT) as store:
            asked = Asked(store, monkeypatch)
            uplink = Uplink(store, FAST).start()
            async with asyncio.timeout(PATIENCE_S):
                while not asked.times:
                    await asyncio.sleep(0.001)
            await asyncio.sleep(0.1)
            await uplink.stop()
            return asked.times

    assert asyncio.run(main()) <= 2


def test_after_a_refused_type_was_taken_up_again_the_outbox_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> int:
        async with Store(tmp_path / "s.db", max_bytes=1 << 24, boot=BOOT) as store:
            asked = Asked(store, monkeypatch)
            uplink = Uplink(store, structs.replace(FAST, again_s=0.05))
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            uplink.broker.refuses = lambda _: None
            async with asyncio.timeout(PATIENCE_S):
                while uplink.drain.sent < 2:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            await uplink.stop()
            return asked.times

    assert 2 <= asyncio.run(main()) <= 4, "each time for what is there, and once more until there is nothing"


def test_a_type_that_was_refused_in_an_earlier_session_is_not_pressed_on_the_broker_in_the_next(
    tmp_path: Path,
) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            await uplink.stop()
            second = Uplink(store, FAST)
            link: Any = second.broker
            second.drain = OutboxPublisher(uplink.pole, link, FAST)
            await store.commit([event(2, kind="bay.occupied")], {})
            second.start()
            await second.broker.has(1)
            await settled()
            await second.stop()
            return second.broker.came

    assert asyncio.run(main()) == [2]


def test_an_event_that_is_too_large_waits_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with pole(tmp_path) as (store, uplink):
            uplink.broker.refuses = lambda message: PacketTooLarge("t", "95") if b'"n":0' in message.payload else None
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(2)
            await store.commit([event(2)], {})
            await uplink.broker.has(3)
            await settled()
            assert uplink.broker.came == [0, 1, 2]
            assert isinstance(uplink.drain.refusals.first, PacketTooLarge)
            await shrinks_to(store, 1)

    asyncio.run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "uplink: the broker refused t: 95; kept, the others pass"
    ]


def test_the_first_of_a_refused_type_that_is_too_large_holds_up_its_type_no_longer(tmp_path: Path) -> None:
    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, again_s=0.05)) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0), event(1)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            uplink.broker.refuses = lambda message: PacketTooLarge("t", "95") if b'"n":0' in message.payload else None
            async with asyncio.timeout(PATIENCE_S):
                while uplink.drain.sent < 1:
                    await asyncio.sleep(0.01)
            assert uplink.broker.came[-1] == 1
            await shrinks_to(store, 1)

    asyncio.run(main())


def test_what_the_broker_refuses_may_go_when_the_store_is_full(tmp_path: Path) -> None:
    """What is on its way must not; what only waits for a broker to change its mind would fill the store for ever."""

    async def main() -> None:
        async with Store(tmp_path / "s.db", max_bytes=80_000, boot=BOOT) as store:
            uplink = Uplink(store, structs.replace(FAST, in_flight=1000))
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([structs.replace(event(n), data=said(n=n, pad="x" * 500)) for n in range(100)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            await store.commit([event(100)], {})
            await settled()
            for n in range(101, 200):
                await store.commit([structs.replace(event(n), data=said(n=n, pad="x" * 500))], {})
                await settled(20)
            assert (await store.status()).dropped > 50
            await uplink.stop()
            kept = [event_of(row).data.get("n") for row in await store.position().lease(999)]
            assert kept[-1] == 199, "the oldest go, not the newest"

    asyncio.run(main())


def test_a_connection_that_breaks_with_nothing_arrived_makes_the_next_session_careful(tmp_path: Path) -> None:
    async def main() -> None:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(n) for n in range(6)], {})
            uplink.broker.free = 0
            uplink.start()
            await uplink.broker.has(4)
            uplink.broker.broken = True
            uplink.broker.refuses = lambda _: MqttError("gone")
            uplink.broker.release()
            assert isinstance(await uplink.ended(), ExceptionGroup)
            assert uplink.pole.quarantine.probing
            assert store.depth() == 6

            careful = Uplink(store, FAST)
            link: Any = careful.broker
            careful.drain = OutboxPublisher(uplink.pole, link, FAST)
            careful.broker.free = 0
            careful.start()
            await careful.broker.has(1)
            await settled()
            assert careful.broker.came == [0], "one alone"
            careful.broker.release(1)
            await careful.broker.has(5)
            await settled()
            assert careful.broker.on_way == 4, "then many"
            careful.broker.broken = True
            careful.broker.refuses = lambda _: MqttError("gone")
            careful.broker.release()
            assert isinstance(await careful.ended(), ExceptionGroup)
            assert not uplink.pole.quarantine.probing, "one had arrived, and none was alone"

    asyncio.run(main())


def test_what_the_broker_refused_is_not_on_its_way_when_the_connection_breaks(tmp_path: Path) -> None:
    async def main() -> bool:
        async with pole(tmp_path) as (store, uplink):
            uplink.broker.refuses = refused("bay.freed")
            await store.commit([event(0)], {})
            uplink.start()
            await uplink.broker.has(1)
            await settled()
            uplink.broker.broken = True
            await uplink.stop()
            return uplink.pole.quarantine.probing

    assert asyncio.run(main()) is False


class Cleared(Quarantine):
    """Notes who is cleared of suspicion."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def arrived(self, row: Stored) -> None:
        self.rows.append(event_of(row).data["n"])


def test_who_arrives_is_cleared_of_suspicion(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            link: Any = uplink.broker
            suspects = Cleared()
            uplink.drain = OutboxPublisher(structs.replace(uplink.pole, quarantine=suspects), link, FAST)
            uplink.broker.refuses = lambda message: PacketTooLarge("t", "95") if b'"n":1' in message.payload else None
            uplink.start()
            await uplink.broker.has(3)
            await settled()
            return suspects.rows

    assert asyncio.run(main()) == [0, 2]


def test_a_session_that_is_ended_by_the_pole_blames_nobody(tmp_path: Path) -> None:
    async def main() -> bool:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(0)], {})
            uplink.broker.free = 0
            uplink.start()
            await uplink.broker.has(1)
            await uplink.stop()
            return uplink.pole.quarantine.probing

    assert asyncio.run(main()) is False


def test_the_event_on_which_the_broker_hangs_up_is_set_aside_and_the_others_pass(tmp_path: Path) -> None:
    async def main() -> None:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            sessions = 0
            while not uplink.pole.quarantine.quarantined:
                sessions += 1
                again = Uplink(store, FAST)
                link: Any = again.broker
                again.drain = OutboxPublisher(uplink.pole, link, FAST)
                again.broker.broken = True
                again.broker.refuses = lambda message: MqttError("gone") if b'"n":0' in message.payload else None
                again.start()
                assert isinstance(await again.ended(), ExceptionGroup)
            assert sessions == 5, "one in which others arrived, one in which none did, and three alone"
            await store.commit([event(3)], {})
            last = Uplink(store, FAST)
            link = last.broker
            last.drain = OutboxPublisher(uplink.pole, link, FAST)
            assert isinstance(last.drain.refusals.first, PacketTooLarge)
            assert "hung up" in str(last.drain.refusals.first)
            last.start()
            assert await last.broker.has(1) == [3]
            await settled()
            assert last.broker.came == [3]
            await shrinks_to(store, 1)
            await last.stop()

    asyncio.run(main())


class Due(Quarantine):
    """Releases at once, when it is asked."""

    def __init__(self, seq: int) -> None:
        super().__init__()
        self.quarantined[seq] = "it hung up"

    def release_due(self) -> bool:
        if not self.quarantined:
            return False
        self.quarantined.clear()
        return True


def test_who_was_set_aside_is_tried_again_when_nothing_else_waits(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            link: Any = uplink.broker
            uplink.drain = OutboxPublisher(structs.replace(uplink.pole, quarantine=Due(1)), link, FAST)
            uplink.start()
            return await uplink.broker.has(3)

    assert asyncio.run(main()) == [1, 2, 0]


def outcome(n: int, command_id: str | None) -> Event:
    return structs.replace(event(n), type=COMMAND_OUTCOME, data=said(n=n, command_id=command_id))


def test_an_outcome_goes_to_who_asked_for_it_as_well_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with pole(tmp_path, structs.replace(FAST, in_flight=1)) as (store, uplink):
            replies, topics = uplink.pole.response_topics, list[tuple[str, bytes | None]]()

            def note(message: Message) -> Exception | None:
                topics.append((message.topic.rpartition("/")[2], message.correlation))
                return PublishRefused(message.topic, "no") if message.topic == "back/refused" else None

            uplink.broker.refuses = note
            replies.expect("c1", Reply("back/here", b"42", None))
            replies.expect("c2", Reply("back/refused", None, None))
            await store.commit([outcome(0, "c1"), outcome(1, "c2"), outcome(2, None), outcome(3, "c1")], {})
            uplink.start()
            await uplink.broker.has(6)
            await settled()
            told = "command.outcome"
            assert topics == [
                *((told, None), ("here", b"42")),
                *((told, None), ("refused", None)),
                *((told, None), (told, None)),
            ]
            assert uplink.drain.sent == 4
            await shrinks_to(store, 0)
            assert uplink.drain.refusals.first is None

    asyncio.run(main())
    assert "the outcome went out as an event" in caplog.text
