"""The lock of a line: commands go before polls, and what a technician asks comes last."""

import asyncio
import heapq
import itertools
from enum import IntEnum


class Priority(IntEnum):
    """Lower goes first."""

    COMMAND = 0
    POLL = 1
    SPARE = 2


class _Grant:
    """One turn. (A class, because a generator costs each exchange three microseconds.)"""

    __slots__ = ("_priority", "_turns")

    def __init__(self, turns: "PriorityLock", priority: Priority) -> None:
        self._turns, self._priority = turns, priority

    async def __aenter__(self) -> None:
        await self._turns.take(self._priority)

    async def __aexit__(self, *_: object) -> None:
        self._turns.leave()


class PriorityLock:
    """Commands before polls; within each, who came first goes first.

    Args:
        slots: how many may have their turn at the same time.
    """

    def __init__(self, slots: int = 1) -> None:
        self._free = self._slots = slots
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    def turn(self, priority: Priority) -> "_Grant":
        """`async with` it: waits for the turn, and gives it up at the end."""
        return _Grant(self, priority)

    async def take(self, priority: Priority) -> None:
        if self._free > 0:
            self._free -= 1
            return
        granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.leave()  # the turn was given in the moment of the cancellation: pass it on
            raise

    @property
    def is_idle(self) -> bool:
        """Whether nobody has a turn or waits for one."""
        return self._free == self._slots and not self._waiting

    def narrow(self) -> None:
        """One at a time from now on; those who have their turn keep it."""
        self._free -= self._slots - 1
        self._slots = 1

    def leave(self) -> None:
        while self._waiting and self._free >= 0:
            *_, granted = heapq.heappop(self._waiting)
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
