"""Frames of one sensor that wait: no more are read than a sensor can send, and nobody waits for the rest."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from patience import PATIENCE_S

from drivers.lorawan import frame_queue
from drivers.lorawan.frame_queue import BURST, MOST_OF_A_FLOOD, MOST_WAITING, PACE_S, FrameQueue, QueuedFrame
from drivers.lorawan.uplink import UplinkFrame


def frame(number: int, at_s: float = 100.0, lost: int = 0) -> QueuedFrame:
    return QueuedFrame(UplinkFrame("70b3d5a1c0de0001", 1, number, b"\1"), at_s, 0.0, False, lost)


class Clock:
    """Pauses that end when they are told to."""

    def __init__(self) -> None:
        self.paused = 0
        self._go_on = asyncio.Event()

    async def sleep(self, for_s: float) -> None:
        assert for_s == PACE_S
        self.paused += 1
        await self._go_on.wait()
        self._go_on.clear()

    async def pass_on(self) -> None:
        self._go_on.set()
        await _turns()


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Reader:
    """Reads whatever waits."""

    def __init__(self, queue: FrameQueue, clock: Clock) -> None:
        self.queue, self.clock, self.read = queue, clock, list[QueuedFrame]()

    async def run(self) -> None:
        while True:
            with self.queue.being_read():
                while self.queue:
                    self.read.append(await self.queue.take())
            await _sleep(0)

    async def hand_over(self, queued: QueuedFrame) -> bool:
        """Whether it was read before whoever brought it went on."""
        self.queue.add(queued)
        async with asyncio.timeout(PATIENCE_S):
            await self.queue.drained()
        return self.read[-1:] == [queued]


_sleep = asyncio.sleep


@asynccontextmanager
async def _reading(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    clock = Clock()
    monkeypatch.setattr(frame_queue, "sleep", clock.sleep)
    reader = Reader(FrameQueue(), clock)
    running = asyncio.create_task(reader.run())
    try:
        yield reader
    finally:
        running.cancel()
        await asyncio.wait([running])


def test_promise_security_nobody_waits_for_more_than_a_sensor_can_send(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with _reading(monkeypatch) as reader:
            waited = [await reader.hand_over(frame(number)) for number in range(5000)]
            assert waited == [True] * int(BURST) + [False] * (5000 - int(BURST))
            assert len(reader.queue) <= MOST_OF_A_FLOOD and reader.clock.paused == 1

    asyncio.run(main())


def test_of_a_flood_the_newest_is_read_and_tells_how_many_were_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with _reading(monkeypatch) as reader:
            for number in range(1000):
                await reader.hand_over(frame(number))
            while reader.queue:
                await reader.clock.pass_on()
            assert reader.read[-1].heard.f_cnt == 999
            told = len(reader.read) + sum(each.lost for each in reader.read)
            assert told == 1000, "each was read, or counts as lost"

    asyncio.run(main())


def test_what_waited_at_a_broker_is_all_read_though_it_comes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The times count at which it was received: a week of frames, ten minutes apart."""

    async def main() -> None:
        async with _reading(monkeypatch) as reader:
            assert all([await reader.hand_over(frame(number, 600.0 * number)) for number in range(1008)])
            assert reader.clock.paused == 0

    asyncio.run(main())


@pytest.mark.parametrize("times", [lambda n: 1e9 - n, lambda n: 100.0 + n % 2, lambda n: float(-n)])
def test_times_that_go_back_bring_no_more_frames(
    times: Callable[[int], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with _reading(monkeypatch) as reader:
            waited = [await reader.hand_over(frame(number, times(number))) for number in range(500)]
            assert sum(waited) <= BURST + 1

    asyncio.run(main())


def test_behind_a_flood_a_sensor_is_read_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with _reading(monkeypatch) as reader:
            for number in range(500):
                await reader.hand_over(frame(number))
            while reader.queue:
                await reader.clock.pass_on()
            assert await reader.hand_over(frame(500, 100.0 + 600.0))

    asyncio.run(main())


def test_without_a_flood_more_may_wait() -> None:
    queue = FrameQueue()
    assert [queue.add(frame(number)) for number in range(MOST_WAITING + 2)] == [True] * MOST_WAITING + [False] * 2
    assert len(queue) == MOST_WAITING
