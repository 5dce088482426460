"""What leaves the outbox, in which order and how many at a time, over a link whose broker the test plays."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import json, structs

from agent.clock import Moment, SystemClock
from agent.events import Event, Priority
from agent.store import Store
from agent.uplink.cloudevents import CloudEvents, Message
from agent.uplink.drain import Drain, Pace
from agent.uplink.flow import CommandGate
from agent.uplink.pole import Pole

BOOT = "boot-1"
FAST = Pace(in_flight=4, replay_per_s=1e6, settle_s=0.0, again_s=3600.0)


class Broker:
    """The near side of a link; the test lets messages be acknowledged.

    Args:
        came: numbers of the events, in the order in which they were published.
        most: that were on their way at one time.
        free: how many more are acknowledged at once; None: all.
    """

    def __init__(self) -> None:
        self.came: list[int] = []
        self.messages: list[dict[str, Any]] = []
        self.on_way = self.most = 0
        self.free: int | None = None
        self.broken = False
        self.refuses: Callable[[Message], Exception | None] = lambda _: None
        self._let_go = asyncio.Event()
        self._news = asyncio.Event()

    async def deliver(self, message: Message) -> None:
        body = json.decode(message.payload)
        self.came.append(body["data"]["n"])
        self.messages.append(body)
        self.on_way += 1
        self.most = max(self.most, self.on_way)
        self._news.set()
        try:
            while self.free == 0:
                self._let_go.clear()
                await self._let_go.wait()
            if self.free is not None:
                self.free -= 1
            else:
                await asyncio.sleep(0)
            if (refusal := self.refuses(message)) is not None:
                raise refusal
        finally:
            self.on_way -= 1

    def let_go(self, count: int | None = None) -> None:
        self.free = count
        self._let_go.set()

    async def has(self, count: int) -> list[int]:
        """Once so many have come."""
        async with asyncio.timeout(10):
            while len(self.came) < count:
                self._news.clear()
                await self._news.wait()
        return self.came


class Uplink:
    """One session of a pole."""

    def __init__(self, store: Store, pace: Pace) -> None:
        self.broker = Broker()
        clock = SystemClock("rtc", floor_unix_s=0.0, boot=BOOT)
        self.clock = clock
        link: Any = self.broker
        self.pole = Pole(CloudEvents("town", "p1"), store, clock, CommandGate(0.0), dict, dict, ())
        self.drain = Drain(self.pole, link, pace)
        self.task: asyncio.Task[None] | None = None

    def start(self) -> "Uplink":
        self.task = asyncio.create_task(self.drain.run())
        return self

    async def ended(self) -> BaseException | None:
        """How it ended, once it has."""
        assert self.task is not None
        await asyncio.wait([self.task], timeout=10)
        return None if self.task.cancelled() else self.task.exception()

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.wait([self.task])


@contextlib.asynccontextmanager
async def pole(folder: Path, pace: Pace = FAST) -> AsyncIterator[tuple[Store, Uplink]]:
    async with Store(folder / "s.db", max_bytes=1 << 24, boot=BOOT, gather_s=0.0) as store:
        uplink = Uplink(store, pace)
        try:
            yield store, uplink
        finally:
            if uplink.task is not None:
                await uplink.stop()


def event(n: int, priority: Priority = Priority.EVENT, kind: str = "bay.freed", ago_s: float = 0.0) -> Event:
    now = SystemClock("rtc", floor_unix_s=0.0, boot=BOOT).now()
    at = Moment(now.unix_s - ago_s, now.mono_s - ago_s, BOOT, True)
    return Event(type=kind, subject=f"b{n}", at=at, data={"n": n}, priority=priority)


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
    tmp_path: Path, pace: Pace, waiting: int, before: int, at_most: int
) -> None:
    """Of what is on its way, what is ready to go, and what was taken at once: beyond the burst that may pass."""

    async def main() -> int:
        async with pole(tmp_path, pace) as (store, uplink):
            await store.commit(telemetry(waiting), {})
            uplink.start().broker.let_go(before)
            await uplink.broker.has(before)
            await store.commit([event(ALARM, Priority.ALARM, "bay.overstay")], {})
            uplink.broker.let_go()
            async with asyncio.timeout(10):
                while ALARM not in uplink.broker.came:
                    await uplink.broker.has(len(uplink.broker.came) + 1)
            return uplink.broker.came.index(ALARM)

    assert asyncio.run(main()) <= before + at_most


def test_what_waited_goes_out_where_not_even_one_may_pass_in_a_step(tmp_path: Path) -> None:
    async def main() -> list[int]:
        async with pole(tmp_path, structs.replace(FAST, replay_per_s=1.0)) as (store, uplink):
            await store.commit([event(n) for n in range(3)], {})
            return await uplink.start().broker.has(3)

    assert asyncio.run(main()) == [0, 1, 2]
