"""The times at which a device is polled next."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping


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


class Timetable:
    """Several things at equal distances, each at its own; all are due at once at first.

    The first distance is cut short by chance, by up to half, so that devices which were started together do not
    speak in bunches for ever.

    Args:
        periods_s: time between two, of each thing by its name.
        now_s, sleep: monotonic time and waiting, as in `time` and `asyncio`.
        draw: gives 0..1.
    """

    def __init__(
        self,
        periods_s: Mapping[str, float],
        now_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._periods_s, self._now_s, self._sleep = dict(periods_s), now_s, sleep
        self._due_s = {name: now_s() - period_s * draw() / 2 for name, period_s in self._periods_s.items()}
        self._begun = False

    async def next(self) -> list[str]:
        """Wait until something is due; the names of all that is. Moments that have passed twice count once."""
        if not self._begun:
            self._begun = True
            return self._take(set(self._periods_s))
        await self._sleep(max(0.0, min(self._due_s.values()) - self._now_s()))
        now_s = self._now_s()
        return self._take({name for name, due_s in self._due_s.items() if due_s <= now_s})

    def _take(self, due: set[str]) -> list[str]:
        now_s = self._now_s()
        for name in due:
            period_s = self._periods_s[name]
            missed = math.floor(max(0.0, now_s - self._due_s[name]) / period_s)
            self._due_s[name] += (missed + 1) * period_s
        return [name for name in self._periods_s if name in due]
