"""Units that must not be asked for a while: whoever waits for one goes on in the order of the line."""

import asyncio
import time

from drivers.line.priority_lock import Priority
from drivers.line.timeouts import AdaptiveTimeouts

Place = tuple[Priority, int]
"""The lowest goes on first."""


class HoldOff:
    """
    Args:
        timeouts: know until when each unit is left alone.
    """

    def __init__(self, timeouts: AdaptiveTimeouts) -> None:
        self._timeouts = timeouts
        self._waiting: dict[int, list[tuple[Place, asyncio.Future[None]]]] = {}  # by unit

    def left_s(self, unit: int) -> float:
        """How long `unit` must not be asked yet; 0 or less: it may."""
        return self._timeouts.hold_off_left_s(unit, time.monotonic())

    async def until_free(self, unit: int, place: Place) -> None:
        """Waits until the unit may be asked again; those who wait for it go on in the order of `place`."""
        waiting = self._waiting.setdefault(unit, [])
        free = asyncio.get_running_loop().create_future()
        waiting.append((place, free))
        if len(waiting) == 1:
            self._free_later(unit)
        await free
        await asyncio.sleep(0)  # one round more: the loop wakes sleepers before it reads what came meanwhile

    def _free_later(self, unit: int) -> None:
        asyncio.get_running_loop().call_later(self.left_s(unit), self._free, unit)

    def _free(self, unit: int) -> None:
        if self.left_s(unit) > 0:  # a late answer was overheard meanwhile
            self._free_later(unit)
            return
        for _, free in sorted(self._waiting.pop(unit), key=lambda each: each[0]):
            if not free.done():
                free.set_result(None)
