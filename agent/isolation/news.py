"""What is to be told of parts, until the disk takes it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from agent.clock import Moment
from agent.events import Event
from agent.events.parts import PartFailed, PartRestored
from agent.events.registry import event
from agent.isolation.part import STORE_RETRY_S
from agent.rule import Commit
from agent.store import StoreError

MOST_UNTOLD = 64
"""Events that wait for a disk that refuses; beyond that the oldest go, and the log has them."""


class News:
    """
    Args:
        pole: subject of the events.
        sleep: pauses, seconds.
    """

    def __init__(self, pole: str, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._pole, self._sleep = pole, sleep
        self._untold: deque[Event] = deque(maxlen=MOST_UNTOLD)
        self._came = asyncio.Event()

    def tell(self, data: PartFailed | PartRestored, at: Moment) -> None:
        self._untold.append(event(data, self._pole, at))
        self._came.set()

    async def write(self, commit: Commit) -> None:
        """Commit all, however long the disk refuses it."""
        self._came.clear()
        while self._untold:
            first = self._untold.popleft()
            try:
                await commit((first,), {})
            except StoreError:
                if len(self._untold) < MOST_UNTOLD:
                    self._untold.appendleft(first)
                await self._sleep(STORE_RETRY_S)

    async def wait(self, most_s: float | None) -> None:
        """Return when there is something to tell, after `most_s` at the latest."""
        if self._untold:
            return
        waiting: list[asyncio.Future[object]] = [asyncio.ensure_future(self._came.wait())]
        if most_s is not None:
            waiting.append(asyncio.ensure_future(self._sleep(most_s)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
