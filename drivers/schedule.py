"""When a device is looked at next."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable


class Deadlines:
    """Moments at equal distances from the first: a slow round delays the next one, and no other.

    Args:
        period_s: between two.
        now_s, sleep: monotonic time and waiting, as in `time` and `asyncio`.
    """

    def __init__(
        self,
        period_s: float,
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._period_s, self._now_s, self._sleep = period_s, now_s, sleep
        self._due_s = now_s()

    async def next(self) -> None:
        """Wait for the next moment; those that have passed already are left out."""
        missed = math.floor(max(0.0, self._now_s() - self._due_s) / self._period_s)
        self._due_s += (missed + 1) * self._period_s
        await self._sleep(self._due_s - self._now_s())
