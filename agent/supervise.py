"""Keeps a driver running: growing pauses, one log line down, one line back; its defect is a device that is down."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from agent.last_readings import LastReadings
from drivers.backoff import Backoff
from drivers.base import (
    CountsDrops,
    CountsGarbage,
    Driver,
    Emit,
    HasBackoff,
    HasFigures,
    LeavesOut,
    Quality,
    Reading,
    TellsWhenHeard,
)
from drivers.errors import AccessRefused, DeviceError
from drivers.level import LEVEL
from drivers.translation import _

log = logging.getLogger(__name__)

Reach = Literal["up", "down", "waiting", "stale"]
"""Whether a device answers; "waiting": it has not yet said anything; "stale": it has no value to tell for some time."""

Sleep = Callable[[float], Awaitable[None]]

OWN_PACE_S = 10.0
"""The age of what a driver with a pace of its own has said is told in such steps: how far it is late tells of its work.
"""


class _Ended(Struct, frozen=True):
    """Why a driver ended; `refused`: the other side does not want it."""

    reason: str
    refused: bool = False


class Supervisor:
    """Runs one driver for ever and tells, as readings of quantity "reachable", when it goes down and comes back.

    Args:
        backoff: pauses before the driver is started again; None: the driver's own, where it has one.
    """

    def __init__(
        self,
        driver: Driver,
        emit: Emit,
        backoff: Backoff | None = None,
        sleep: Sleep = asyncio.sleep,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.driver, self._emit = driver, emit
        self._backoff = backoff or (driver.backoff if isinstance(driver, HasBackoff) else Backoff())
        self._sleep, self._now_s = sleep, now_s
        self.down_because: str | None = None
        self.last_reading: Reading | None = None
        self.readings = LastReadings(driver)

    @property
    def name(self) -> str:
        return self.driver.name

    @property
    def dropped_bytes(self) -> int | None:
        """Bytes that were no valid frame, where the driver counts them."""
        return self.driver.dropped_bytes if isinstance(self.driver, CountsGarbage) else None

    @property
    def dropped(self) -> Mapping[str, int]:
        """Messages that were left unread, by cause, where the driver counts them."""
        return self.driver.dropped if isinstance(self.driver, CountsDrops) else {}

    @property
    def figures(self) -> Mapping[str, bool | float | str]:
        """What else the driver tells of itself."""
        return self.driver.figures if isinstance(self.driver, HasFigures) else {}

    def age_s(self, now_s: float) -> float | None:
        """How long ago it was heard, s, to within 0.1; None: not yet."""
        if isinstance(self.driver, TellsWhenHeard):
            heard_s = self.driver.heard_s
            return None if heard_s is None else (now_s - heard_s) // OWN_PACE_S * OWN_PACE_S
        return None if self.last_reading is None else round(now_s - self.last_reading.at_s, 1)

    def shown(self, now_s: float) -> Reading | None:
        """The last reading that may be shown as such, of a lamp that of its level; None: there is none."""
        if isinstance(self.driver, TellsWhenHeard):
            return None
        last = self.readings.counting(LEVEL, now_s, self.down_because is not None) or self.last_reading
        return last if last is not None and last.quality is Quality.GOOD else None

    @property
    def left_out(self) -> Sequence[str]:
        """What the device refuses to tell for now."""
        return self.driver.left_out if isinstance(self.driver, LeavesOut) else ()

    def fresh(self, now_s: float) -> frozenset[str]:
        """The quantities whose last readings count; none of a device that speaks by itself."""
        return self.readings.fresh(now_s, self.down_because is not None)

    def old(self, now_s: float) -> dict[str, Reading]:
        """The last readings, by quantity, that do not count any more: of long ago, of a device that is down, or doubted
        since."""
        return self.readings.old(now_s, self.down_because is not None)

    def reach(self, now_s: float) -> Reach:
        """Whether the device answers, and with values."""
        if self.down_because is not None:
            return "down"
        if self.last_reading is None:
            return "waiting"
        return "stale" if self.readings.is_heard and not self.fresh(now_s) else "up"

    async def run(self) -> None:
        """Runs the driver, again and again, until cancelled."""
        while True:
            began_s = self._now_s()
            ended = await self._attempt()
            if self.down_because is None:
                log.warning("%s is down: %s", self.driver.name, ended.reason)
                await self._tell(False, ended.reason)
            self.down_because = ended.reason
            await self._sleep(self._backoff.pause_s(self._now_s() - began_s, ended.refused))

    async def _attempt(self) -> _Ended:
        """Run the driver once."""
        try:
            await self.driver.run(self._pass_on)
        except DeviceError as error:
            return _Ended(error.words, refused=isinstance(error, AccessRefused))
        except Exception as error:
            log.exception("%s failed in a way that its driver does not know", self.driver.name)
            return _Ended(_("defect in its driver: {kind}: {reason}").format(kind=type(error).__name__, reason=error))
        return _Ended(_("its driver ended by itself"))

    async def _pass_on(self, reading: Reading) -> None:
        self.last_reading = reading
        self.readings.take(reading)
        if self.down_because is not None:
            log.warning("%s is back", self.driver.name)
            self.down_because = None
            await self._tell(True, "")
        await self._emit(reading)

    async def _tell(self, reachable: bool, detail: str) -> None:
        await self._emit(Reading(self.driver.name, "reachable", reachable, self._now_s(), detail=detail))
