"""Frames of one sensor that wait to be read, no more of them than a sensor can send.

A radio sends a frame in some seconds at most; who sits at the network server's broker can send thousands in a second in
a sensor's name. Each that is read is written to the disk, and the network waits for that: those behind a flood waited
for all of it. So of more than a sensor can send one is read in a while, and nobody waits for that.
"""

import asyncio
from asyncio import sleep
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct, structs

from drivers.lorawan.uplink import UplinkFrame

MOST_WAITING = 16
"""Frames that wait to be read. The network hands one over, and waits until it is read; a connection that ends meanwhile
leaves it, and the next one may hand over another."""

MOST_OF_A_FLOOD = 2
"""Frames that are kept of a flood: the newest."""

PACE_S, BURST = 2.0, 64.0
"""A sensor reports at changes and each half hour or less often; within 1 % of the air time, which Europe allows, it
sends one in 5 s. What waited at the broker comes at once, and was sent at such a pace all the same."""


class QueuedFrame(Struct, frozen=True):
    """A frame that waits to be read.

    Args:
        at_s: when it was received, monotonic seconds.
        delay_s: it came so much later.
        restarted: its counter starts again.
        lost: frames that were sent since the one before it.
    """

    heard: UplinkFrame
    at_s: float
    delay_s: float
    restarted: bool
    lost: int


class FrameQueue:
    """Hands each out once, in their order."""

    def __init__(self) -> None:
        self._waiting: deque[QueuedFrame] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._left, self._at_s = BURST, float("-inf")
        self._is_flooded = False

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, queued: QueuedFrame) -> bool:
        """Queues a frame; whether there was room. Of too many the oldest goes; the next tells of it, and of a counter
        that started again."""
        most = MOST_OF_A_FLOOD if self._is_flooded else MOST_WAITING
        has_room = len(self._waiting) < most
        while len(self._waiting) >= most:
            self._leave_out()
        self._waiting.append(queued)
        if not self._is_flooded:
            self._idle.clear()
        return has_room

    def _leave_out(self) -> None:
        oldest, following = self._waiting.popleft(), self._waiting.popleft()
        lost, restarted = following.lost + oldest.lost + 1, following.restarted or oldest.restarted
        self._waiting.appendleft(structs.replace(following, lost=lost, restarted=restarted))

    async def take(self) -> QueuedFrame:
        """Returns the first, when it may be read."""
        first_s = self._waiting[0].at_s
        self._left = min(BURST, self._left + max(0.0, first_s - self._at_s) / PACE_S)
        self._at_s = max(self._at_s, first_s)
        while self._left < 1.0:
            await self._pause()
        self._left -= 1.0
        return self._waiting.popleft()

    async def _pause(self) -> None:
        """Wait for one pace, and let nobody else wait."""
        self._is_flooded = True
        self._idle.set()
        try:
            await sleep(PACE_S)
            self._left += 1.0
        finally:
            self._is_flooded = False

    @contextmanager
    def being_read(self) -> Iterator[None]:
        """Whoever waits for what is read inside waits no longer behind it, unless some are left."""
        try:
            yield
        finally:
            if not self._waiting:
                self._idle.set()

    async def drained(self) -> None:
        """Return when none waits any more, but those of a flood."""
        await self._idle.wait()
