"""What a lamp controller is told at start, and fed from then on, so that it does the right thing without the pole."""

import logging
from collections.abc import Awaitable, Callable

from drivers.errors import DeviceError, Refused
from drivers.line import Priority
from drivers.modbus import ILLEGAL
from drivers.profile import FailsafeMap, PlacedRegister, Write
from drivers.registers import Registers
from drivers.translation import _

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""A setting that is still another one after so many writes is reported."""

TOLERANCE_PERCENT = 1.5
"""A gear keeps a level as one of its own steps."""

FEED = _("feed the fail-safe")
"""The name of the fail-safe among what is due."""


class Failsafe:
    """
    Args:
        device: its name in the configuration.
        level_percent: in place of the lamp's key in the profile.
        write: raises DeviceError.
    """

    def __init__(
        self,
        device: str,
        settings: FailsafeMap,
        level_percent: float,
        registers: Registers,
        write: Callable[[Write, Priority], Awaitable[None]],
    ) -> None:
        self._write = write
        self._device, self._registers, self._feed = device, registers, settings.feed
        self._level_percent = level_percent
        self._settings = settings.at_start
        self._open: dict[str, tuple[PlacedRegister, float, int]] = {}

    def begin(self) -> None:
        """The device may have been swapped or reset since: all settings are looked at once more."""
        self._open = {
            placed.name: (placed, self._level_percent if isinstance(value, str) else value, 0)
            for placed, value in self._settings
        }

    def periods_s(self, period_s: float) -> dict[str, float]:
        """How often it is to be fed; not at all where polling each `period_s` is food enough."""
        if self._feed is None or (self._feed.value is None and period_s <= self._feed.period_s):
            return {}
        return {FEED: self._feed.period_s}

    async def kick_watchdog(self) -> None:
        """Raises DeviceError."""
        if self._feed is None:
            return
        if self._feed.value is None:
            await self._registers.value(self._feed.register, Priority.POLL)
        else:
            await self._write(self._feed.register.writing(self._feed.value), Priority.POLL)

    async def settle(self) -> None:
        """Look at what is not known to be set, and write what differs: such registers wear.

        A lamp whose fail-safe cannot be set is still a lamp: that is logged, and raises nothing.
        """
        for name, (placed, value, tries) in tuple(self._open.items()):
            try:
                told = await self._told(placed)
                if _same(placed, told, value) or (told is None and tries):
                    del self._open[name]
                    continue
                self._open[name] = (placed, value, tries + 1)
                await self._write(placed.writing(value), Priority.POLL)
            except DeviceError as error:
                self._failed(name, error)
            else:
                self._give_up_in_time(name)

    async def _told(self, placed: PlacedRegister) -> float | None:
        """Reads the value of a register; None: the register can be written, but does not tell its value."""
        try:
            return next((float(each.value) for each in await self._registers.value(placed, Priority.POLL)), None)
        except Refused as error:
            if error.code not in ILLEGAL:
                raise
            return None

    def _failed(self, name: str, error: DeviceError) -> None:
        """Illegal stays illegal; silence, busy, or a failure behind a gateway, may pass."""
        placed, value, tries = self._open[name]
        if (isinstance(error, Refused) and error.code in ILLEGAL) or tries >= ATTEMPTS:
            log.warning("%s; %s = %g is not set, and its fail-safe may be another one", error, name, value)
            del self._open[name]
        else:
            self._open[name] = (placed, value, tries + 1)

    def _give_up_in_time(self, name: str) -> None:
        placed, value, tries = self._open[name]
        if tries > ATTEMPTS:
            log.warning("%s: register %d does not keep %s = %g", self._device, placed.address, name, value)
            del self._open[name]


def _same(placed: PlacedRegister, told: float | None, value: float) -> bool:
    tolerance = TOLERANCE_PERCENT if placed.register.unit == "%" else 0.0
    return told is not None and abs(told - value) <= tolerance
