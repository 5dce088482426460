"""Keeps a driver running: growing pauses, one log line down, one line back; its defect is a device that is down."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from drivers.backoff import Backoff
from drivers.base import CountsDrops, CountsGarbage, Driver, Emit, HasBackoff, HasFigures, Reading
from drivers.errors import AccessRefused, DeviceError
from drivers.translation import _

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


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
        self._driver, self._emit = driver, emit
        self._backoff = backoff or (driver.backoff if isinstance(driver, HasBackoff) else Backoff())
        self._sleep, self._now_s = sleep, now_s
        self.down_because: str | None = None
        self.last_reading: Reading | None = None

    @property
    def name(self) -> str:
        return self._driver.name

    @property
    def dropped_bytes(self) -> int | None:
        """Bytes that were no valid frame, where the driver counts them."""
        return self._driver.dropped_bytes if isinstance(self._driver, CountsGarbage) else None

    @property
    def dropped(self) -> Mapping[str, int]:
        """Messages that were left unread, by cause, where the driver counts them."""
        return self._driver.dropped if isinstance(self._driver, CountsDrops) else {}

    @property
    def figures(self) -> Mapping[str, bool | float | str]:
        """What else the driver tells of itself."""
        return self._driver.figures if isinstance(self._driver, HasFigures) else {}

    async def run(self) -> None:
        """Runs the driver, again and again, until cancelled."""
        while True:
            began_s = self._now_s()
            ended = await self._attempt()
            if self.down_because is None:
                log.warning("%s is down: %s", self._driver.name, ended.reason)
                await self._tell(False, ended.reason)
            self.down_because = ended.reason
            await self._sleep(self._backoff.pause_s(self._now_s() - began_s, ended.refused))

    async def _attempt(self) -> _Ended:
        """Run the driver once."""
        try:
            await self._driver.run(self._pass_on)
        except DeviceError as error:
            return _Ended(error.words, refused=isinstance(error, AccessRefused))
        except Exception as error:
            log.exception("%s failed in a way that its driver does not know", self._driver.name)
            return _Ended(_("defect in its driver: {kind}: {reason}").format(kind=type(error).__name__, reason=error))
        return _Ended(_("its driver ended by itself"))

    async def _pass_on(self, reading: Reading) -> None:
        self.last_reading = reading
        if self.down_because is not None:
            log.warning("%s is back", self._driver.name)
            self.down_because = None
            await self._tell(True, "")
        await self._emit(reading)

    async def _tell(self, reachable: bool, detail: str) -> None:
        await self._emit(Reading(self._driver.name, "reachable", reachable, self._now_s(), detail=detail))
