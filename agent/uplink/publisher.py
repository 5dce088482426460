"""The publisher drains the outbox into one connection: many publishes in flight, a row deleted once acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from time import monotonic
from typing import Any

from msgspec import Struct

from agent.store import Stored
from agent.uplink.context import UplinkContext
from agent.uplink.rate_limit import TokenBucket
from drivers.mqtt.errors import PacketTooLarge, PublishRefused, Unmappable
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message

log = logging.getLogger(__name__)

LATE_S = 10.0
"""An event that waited for a connection so long is no news."""

MOST_ALONE = 1000
"""Of events that the dialect cannot say so many wait each by itself; then their types wait as a whole."""

_BURST_S = 5.0
_STEP_S = 0.25


class PublishSettings(Struct, frozen=True):
    """How fast events go out.

    Args:
        in_flight: events on their way at one time.
        replay_per_s: of the events that waited for the connection.
        settle_s: acknowledged rows are gathered that long and deleted together (SD cards wear); a crash within it sends
            them again under the same ids.
        again_s: what the broker refused is tried again after that time; the others pass it meanwhile.
    """

    in_flight: int
    replay_per_s: float
    settle_s: float
    again_s: float


class OutboxPublisher:
    """One session's worth of sending.

    Publishes leave in the order of `Store.next`, so order per subject is kept. A type of event that the broker refuses
    waits as a whole, so that its order is kept too, and one event of it asks again from time to time; in later sessions
    as well, so that what is refused stands in the way of the others once at most.
    """

    def __init__(self, context: UplinkContext, link: Link, settings: PublishSettings) -> None:
        self._store, self._dialect, self._replies, self._clock = (
            context.store,
            context.dialect,
            context.response_topics,
            context.clock,
        )
        self._link, self._settings, self._mapping = link, settings, context.mapping
        self._ready: asyncio.Queue[Stored] = asyncio.Queue(settings.in_flight)
        self._acknowledged: list[Stored] = []
        self._some_acknowledged = asyncio.Event()
        self._refused, self._quarantine = context.refused, context.quarantine
        self._too_large: dict[int, PublishRefused] = {}
        """Events that wait each by itself until the next session: too large, or not to be said by the dialect."""
        self._on_way: dict[int, Stored] = {}
        self._single_flight, self._one_arrived = context.quarantine.probing, asyncio.Event()
        self._start_over = asyncio.Event()
        self._over = asyncio.Event()
        self._backlog_end_seq, self._began, self._began_s = 0, self._clock.now(), monotonic()
        self._bucket = self._new_bucket()
        self.sent = 0

    @property
    def refusal(self) -> PublishRefused | None:
        """What the broker refuses, or the dialect cannot say; None: nothing."""
        refusals = [refusal for _, refusal in self._refused.values()]
        hung_up = [PacketTooLarge("an event", words) for words in self._quarantine.quarantined.values()]
        return next(iter([*refusals, *self._too_large.values(), *hung_up]), None)

    async def run(self) -> None:
        """Until cancelled, or `finish`. Raises, in an ExceptionGroup, what ends the session: MqttError, StoreError."""
        await self._reset_cursor()
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [
                    tasks.create_task(self._delete_loop(), name="uplink-forget"),
                    tasks.create_task(self._ask_again(), name="uplink-ask-again"),
                    tasks.create_task(self._deliver_all(), name="uplink-deliver"),
                ]
                await self._load()
                for task in others:
                    task.cancel()
        finally:
            if self._link.broken:
                self._quarantine.lost(self._on_way.values(), self.sent, self._single_flight)
            await self._delete_acknowledged()
            await self._store.reset_cursor()

    def finish(self) -> None:
        """Send no more, and end `run` when what is on its way was acknowledged."""
        self._over.set()

    async def _load(self) -> None:
        while not self._over.is_set():
            if self._start_over.is_set():
                await self._ready.join()
                await self._delete_acknowledged()
                await self._reset_cursor()
            rows = await self._store.lease(self._batch_size())
            if not rows and self._quarantine.release_due():
                self._start_over.set()
            elif not rows:
                await _first_of(self._store.committed(), self._start_over.wait(), self._over.wait())
            if waiting := [row for row in rows if not self._may_pass(row)]:
                await self._store.release(waiting)
            for row in rows:
                if self._may_pass(row):
                    await self._throttle(row)
                    await self._ready.put(row)
        await self._ready.join()

    def _may_pass(self, row: Stored) -> bool:
        aside = row.seq in self._too_large or row.seq in self._quarantine.quarantined
        return not aside and row.type not in self._refused

    def _batch_size(self) -> int:
        """Rows to take at once: few while they are held back, so that an alarm that comes now waits for few."""
        held_back = self._settings.replay_per_s * _STEP_S
        return max(1, min(self._settings.in_flight, int(held_back)))

    async def _throttle(self, row: Stored) -> None:
        """A fleet that comes back must not drown its broker with what it has to tell of the outage."""
        if row.seq > self._backlog_end_seq:
            return
        while not self._bucket.take(monotonic()):
            wait_s = self._bucket.wait_s(monotonic())
            await _first_of(asyncio.sleep(wait_s), self._over.wait())
            if self._over.is_set():
                return

    async def _reset_cursor(self) -> None:
        """Begin at the head of the outbox. Whatever is in it now waited."""
        self._start_over.clear()
        await self._store.reset_cursor()
        self._backlog_end_seq, self._began, self._began_s = self._store.newest, self._clock.now(), monotonic()
        self._bucket = self._new_bucket()

    def _new_bucket(self) -> TokenBucket:
        return TokenBucket(self._settings.replay_per_s, max(1.0, self._settings.replay_per_s * _BURST_S), monotonic())

    async def _deliver_all(self) -> None:
        """Many at a time; after a session in which nothing arrived, one alone until it has."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver(), name="uplink-deliver[0]")
            if self._single_flight:
                await self._one_arrived.wait()
                self._single_flight = False
            for n in range(1, self._settings.in_flight):
                tasks.create_task(self._deliver(), name=f"uplink-deliver[{n}]")

    async def _deliver(self) -> None:
        while True:
            row = await self._ready.get()
            try:
                await self._publish_one(row)
            finally:
                self._ready.task_done()

    async def _publish_one(self, row: Stored) -> bool:
        """Whether the broker took it. What it refuses stays in the store."""
        try:
            await self._send(row)
        except PublishRefused as refusal:
            self._record_refusal(row, refusal)
            unmappable = isinstance(refusal, Unmappable) and len(self._too_large) < MOST_ALONE
            if unmappable or isinstance(refusal, PacketTooLarge):
                self._too_large[row.seq] = refusal
                return False
            before, _ = self._refused.get(row.type, (row, refusal))
            self._refused[row.type] = before, refusal
            return False
        return True

    def _record_refusal(self, row: Stored, refusal: PublishRefused) -> None:
        self._on_way.pop(row.seq, None)
        if self.refusal is None:
            log.warning("uplink: %s; kept, the others pass", refusal)

    async def _send(self, row: Stored) -> None:
        reply = self._replies.to(row)
        mapped = partial(self._dialect.event, row, self._is_late(row), reply.traceparent)
        message = self._mapping.ask(mapped, row.type)
        if message is None:
            raise Unmappable(row.type)
        self._on_way[row.seq] = row
        await self._link.deliver(message)
        self._arrived(row)
        if (answer := self._dialect.outcome(message, reply)) is not None:
            await self._answer(row, answer)

    def _arrived(self, row: Stored) -> None:
        self.sent += 1
        self._acknowledged.append(row)
        self._some_acknowledged.set()
        self._one_arrived.set()
        self._quarantine.arrived(row)
        del self._on_way[row.seq]

    async def _answer(self, row: Stored, answer: Message) -> None:
        try:
            await self._link.deliver(answer)
        except PublishRefused as refusal:
            log.warning("uplink: %s; the outcome went out as an event", refusal)
        self._replies.done(row)

    def _is_late(self, row: Stored) -> bool:
        """Whether it waited for the connection, and long enough to be no news."""
        if row.seq > self._backlog_end_seq:
            return False
        age_s = self._began.elapsed_since(row.at)
        return age_s is None or age_s + monotonic() - self._began_s > LATE_S

    async def _delete_loop(self) -> None:
        while True:
            await self._some_acknowledged.wait()
            await asyncio.sleep(self._settings.settle_s)
            await self._delete_acknowledged()

    async def _delete_acknowledged(self) -> None:
        """One that is cancelled in the middle is done again at the end: what was acknowledged is not sent twice."""
        self._some_acknowledged.clear()
        rows = list(self._acknowledged)
        if rows:
            await self._store.delete(rows)
            deleted = {row.seq for row in rows}
            self._acknowledged = [row for row in self._acknowledged if row.seq not in deleted]

    async def _ask_again(self) -> None:
        """One event of each type that was refused. Once one passes, all of its type are taken up from the first on."""
        while True:
            await asyncio.sleep(self._settings.again_s)
            for type, (row, _) in list(self._refused.items()):
                if await self._publish_one(row) or row.seq in self._too_large:
                    del self._refused[type]
                    self._start_over.set()
                    if self.refusal is None:
                        log.warning("uplink: the broker refuses no event any more")


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Until one of them is over; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
