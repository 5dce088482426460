"""The publisher drains the outbox into one connection: many publishes in flight, a row deleted once acknowledged."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any

from msgspec import Struct

from agent.store import Stored
from agent.uplink.backlog import Backlog
from agent.uplink.context import UplinkContext
from agent.uplink.deletion import Deletion
from agent.uplink.refusals import Refusals
from drivers.mqtt.errors import PublishRefused, Unmappable, Withheld
from drivers.mqtt.link import Link
from drivers.mqtt.message import Message

log = logging.getLogger(__name__)

_MOST_HELD = 100
"""The most events that are taken from the store while one before them waits its turn, to see what else came."""


class PublishSettings(Struct, frozen=True):
    """How fast events go out.

    Args:
        in_flight: events on their way at one time.
        replay_per_s: of the events that waited for the connection.
        settle_s: acknowledged rows are collected that long and deleted together.
        again_s: what the broker refused is tried again after that time; the others pass it meanwhile.
    """

    in_flight: int
    replay_per_s: float
    settle_s: float
    again_s: float


class OutboxPublisher:
    """One session's worth of sending.

    Publishes leave in the order of `Position.lease`, so order per subject is kept. Of each type that the broker refuses
    one event asks again from time to time, in later sessions as well.
    """

    def __init__(self, context: UplinkContext, link: Link, settings: PublishSettings) -> None:
        self._context, self._position, self._link, self._settings = context, context.position, link, settings
        self._ready: asyncio.Queue[Stored] = asyncio.Queue(settings.in_flight)
        self._backlog = Backlog(context.clock, settings.replay_per_s)
        keeps = context.position if context.custody is None else context.custody
        settle = context.position.acknowledge if context.custody is None else context.custody.sent
        self._reset_cursor = keeps.reset_cursor
        self._deletion = Deletion(settle, settings.settle_s)
        self._on_way: dict[int, Stored] = {}
        self._held: list[Stored] = []
        """Events that may pass, taken from the store while one before them waited for its turn."""
        self._single_flight, self._one_arrived = context.quarantine.probing, asyncio.Event()
        self._start_over = asyncio.Event()
        self._over = asyncio.Event()
        self.refusals = Refusals(context.refused, context.quarantine)
        self.sent = 0

    async def run(self) -> None:
        """Publishes until cancelled, or `finish`. Raises, in an ExceptionGroup, what ends the session: MqttError,
        StoreError."""
        await self._begin()
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [
                    tasks.create_task(self._deletion.run(), name="uplink-delete"),
                    tasks.create_task(self._ask_again(), name="uplink-ask-again"),
                    tasks.create_task(self._deliver_all(), name="uplink-deliver"),
                ]
                await self._load()
                for task in others:
                    task.cancel()
        finally:
            if self._link.broken:
                self._context.quarantine.lost(self._on_way.values(), self.sent, self._single_flight)
            await self._deletion.delete()
            await self._reset_cursor()

    def finish(self) -> None:
        """Send no more, and end `run` when what is on its way was acknowledged."""
        self._over.set()

    async def _load(self) -> None:
        while not self._over.is_set():
            if self._start_over.is_set():
                await self._ready.join()
                await self._deletion.delete()
                await self._begin()
            held, self._held = self._held, []
            rows = held or await self._position.lease(self._backlog.batch_size(self._settings.in_flight))
            if not rows and self._context.quarantine.release_due():
                self._start_over.set()
            elif not rows:
                await _first_of(self._position.committed(), self._start_over.wait(), self._over.wait())
            for row in held or await _passing(self._context, self.refusals, rows):
                if self._may_go(row):
                    await self._wait_turn(row)
                    if self._may_go(row):
                        await self._ready.put(row)
        await self._ready.join()

    def _may_go(self, row: Stored) -> bool:
        """Whether it goes in this round; what is left of one when all begin anew comes again, in its order."""
        return self.refusals.may_pass(row) and not self._start_over.is_set()

    async def _wait_turn(self, row: Stored) -> None:
        while (wait_s := self._backlog.hold_back_s(row)) > 0 and not self._over.is_set():
            looks = len(self._held) < _MOST_HELD
            news = (self._position.committed(),) if looks else ()
            await _first_of(asyncio.sleep(wait_s), self._over.wait(), *news)
            if looks:
                await self._let_by(row)

    async def _let_by(self, held_back: Stored) -> None:
        """What came meanwhile goes first where it goes first of all that waits: an alarm above all."""
        while rows := await self._position.lease(1):
            passing = await _passing(self._context, self.refusals, rows)
            if self._backlog.waited(rows[0]) or rows[0].priority <= held_back.priority:
                self._held += passing
                return
            for row in passing:
                await self._ready.put(row)

    async def _begin(self) -> None:
        """Begin at the head of the outbox."""
        self._start_over.clear()
        self._held = []
        self._backlog.begin(await self._reset_cursor())

    async def _deliver_all(self) -> None:
        """Many at a time; after a session in which nothing was acknowledged, one alone until the first PUBACK."""
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
        """Whether the broker took it. What it refuses stays in the store, and what may not be sent by now."""
        try:
            await self._send(row)
        except Withheld:
            self._on_way.pop(row.seq, None)
            await self._position.release([row])
            return False
        except PublishRefused as refusal:
            self._on_way.pop(row.seq, None)
            self.refusals.add(row, refusal)
            return False
        return True

    async def _send(self, row: Stored) -> None:
        dialect = self._context.dialect
        reply = self._context.response_topics.to(row)
        mapped = partial(dialect.event, row, self._backlog.is_late(row), reply.traceparent)
        message = self._context.mapping.ask(mapped, row.type)
        if message is None:
            raise Unmappable(row.type)
        self._on_way[row.seq] = row
        await self._link.deliver(message, partial(self._context.withholding.stops, row))
        answer = self._context.mapping.ask(partial(dialect.outcome, message, reply), "outcome")
        if answer is not None:
            await self._answer(row, answer)
        # At last: what is not deleted is sent again after a crash, with its answer.
        self._arrived(row)

    def _arrived(self, row: Stored) -> None:
        self.sent += 1
        self._deletion.add(row)
        self._one_arrived.set()
        self._context.quarantine.arrived(row)
        # It may have been on its way twice, where it was asked for again meanwhile.
        self._on_way.pop(row.seq, None)

    async def _answer(self, row: Stored, answer: Message) -> None:
        try:
            await self._link.deliver(answer)
        except PublishRefused as refusal:
            log.warning("uplink: %s; the outcome went out as an event", refusal)
        self._context.response_topics.done(row)

    async def _ask_again(self) -> None:
        """One event of each type that was refused. Once one passes, all of its type are taken up from the first on."""
        while True:
            await asyncio.sleep(self._settings.again_s)
            if self._context.thrift.lets_go() or self._context.withholding.lets_go():
                self._start_over.set()
            for row in self.refusals.to_ask_again():
                if self.refusals.lift(row, passed=await self._publish_one(row)):
                    self._start_over.set()


async def _passing(context: UplinkContext, refusals: Refusals, rows: list[Stored]) -> list[Stored]:
    """Returns those that are sent; the others wait in the store, or are left out for the sake of a budget.

    What is left out counts as arrived: a consumer that misses its number may ask for it, and then gets it.
    """
    thrift, waiting, spared, passing = context.thrift, list[Stored](), list[Stored](), list[Stored]()
    for row in rows:
        if context.withholding.stops(row) or not refusals.may_pass(row) or thrift.waits(row):
            waiting.append(row)
        elif not row.resent and thrift.leaves_out(row):
            spared.append(row)
        else:
            passing.append(row)
    if waiting:
        await context.position.release(waiting)
    if spared:
        await context.position.acknowledge(spared)
    return passing


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Waits until one of them is over; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
