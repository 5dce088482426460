"""Whose turn it is on a line."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum


class Priority(IntEnum):
    """Lower goes first."""

    COMMAND = 0
    POLL = 1


class Turns:
    """Commands before polls; within each, who came first goes first.

    Args:
        slots: how many may have their turn at the same time.
    """

    def __init__(self, slots: int = 1) -> None:
        self._free = slots
        self._order = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncIterator[None]:
        await self._take(priority)
        try:
            yield
        finally:
            self._leave()

    async def _take(self, priority: Priority) -> None:
        if self._free:
            self._free -= 1
            return
        granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self._leave()  # the turn was given in the moment of the cancellation: pass it on
            raise

    def _leave(self) -> None:
        while self._waiting:
            *_, granted = heapq.heappop(self._waiting)
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
