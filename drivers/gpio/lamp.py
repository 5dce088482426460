"""A lamp or a circuit that an output line of a GPIO chip switches, by a relay or a contactor."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from drivers.base import Emit, Outcome, Reading, fresh_for_s
from drivers.gpio.contact import Contact, Output, open_contact, open_output
from drivers.gpio.opened import lost, no_library, opened
from drivers.gpio.options import OutputLine
from drivers.level import FULL_PERCENT, LEVEL, LOOK_S, PERCENT
from drivers.quantity import Quantity
from drivers.translation import _

DEBOUNCE_S = 0.02
"""An auxiliary contact bounces for some milliseconds; the kernel waits them out."""

OpenOutput = Callable[[str, int, bool, bool], Awaitable[Output]]
"""Asks for a line of a chip: offset, whether it is active low, and whether it is active from the start. Raises OSError,
ImportError."""


class GpioLamp:
    """Driver and actuator of one lamp. Emits "level_percent", 100 or 0: by its auxiliary contact where it has one, else
    by the level that the chip reads on the line.

    The line is opened with the first order, so that a start puts no lamp out and lights none.

    Args:
        open_line: gives the line.
    """

    def __init__(self, name: str, device: OutputLine, open_line: OpenOutput = open_output) -> None:
        self.name = name
        self._device, self._open_line = device, open_line
        self._output: Output | None = None
        self._contact: Contact | None = None
        self._wanted: bool | None = None
        self._ordered, self._driving = asyncio.Event(), asyncio.Lock()

    async def run(self, emit: Emit) -> None:
        """Look until cancelled. Raises LineError: no such chip or line, or it was lost."""
        if self._device.contact is None:
            await self._look_at_line(emit)
            return
        try:
            async with opened(self.name, self._device.contact, DEBOUNCE_S, open_contact) as self._contact:
                await self._tell(emit)
        finally:
            self._contact = None

    async def close(self) -> None:
        """Gives the line back; what it is then is the chip's affair."""
        output, self._output = self._output, None
        if output is not None:
            output.close()

    def quantity(self, name: str) -> Quantity:
        return PERCENT

    def fresh_s(self, quantity: str) -> float:
        return fresh_for_s(self._device.period_s)

    async def set_level(self, command_id: str, level_percent: float) -> Outcome:
        """Switch it, and look whether it did. Raises LineError: no such chip or line, or it was lost."""
        if level_percent not in (0.0, FULL_PERCENT):
            reason = _("it only switches: 0 or 100 %")
            return Outcome(command_id, "refused", _("the lamp cannot take this level: {reason}").format(reason=reason))
        self._wanted = level_percent > 0
        await self._drive()
        self._ordered.set()
        return await self._read_back(command_id, level_percent)

    async def _look_at_line(self, emit: Emit) -> None:
        """Raises LineError."""
        await self._ordered.wait()
        await self._drive()
        await self._tell(emit)

    async def _tell(self, emit: Emit) -> None:
        while True:
            level_percent = self._look()
            if level_percent is not None:
                await emit(Reading(self.name, LEVEL, level_percent, time.monotonic()))
            await asyncio.sleep(self._device.period_s)

    async def _drive(self) -> None:
        """Puts the line where it is wanted. Raises LineError."""
        async with self._driving:
            if self._output is None:
                self._output = await self._opened(bool(self._wanted))
                return
            try:
                self._output.set(bool(self._wanted))
            except OSError as error:
                await self.close()
                raise lost(self.name, self._device.chip, self._device.offset, error) from error

    async def _opened(self, active: bool) -> Output:
        """Raises LineError."""
        device = self._device
        try:
            return await self._open_line(device.chip, device.offset, device.active == "low", active)
        except ImportError as error:
            raise no_library(self.name) from error
        except OSError as error:
            raise lost(self.name, device.chip, device.offset, error) from error

    def _look(self) -> float | None:
        """The level, %; None: nothing tells it yet. Raises LineError, or OSError where the contact is gone."""
        if self._device.contact is not None:
            return None if self._contact is None else _percent(self._contact.active())
        if self._output is None:
            return None
        try:
            return _percent(self._output.active())
        except OSError as error:
            self._output.close()
            self._output = None
            raise lost(self.name, self._device.chip, self._device.offset, error) from error

    async def _read_back(self, command_id: str, wanted_percent: float) -> Outcome:
        """Look until it is where it was sent, for as long as a contactor takes."""
        until_s = time.monotonic() + self._device.settle_s
        while (observed := self._seen()) != wanted_percent:
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return Outcome(command_id, "failed", self._strayed(observed), observed)
            await asyncio.sleep(min(LOOK_S, left_s))
        return Outcome(command_id, "done", observed=observed)

    def _seen(self) -> float | None:
        """Looks likewise; a contact that is gone tells nothing: whoever listens to it says that it is."""
        try:
            return self._look()
        except OSError:
            return None

    def _strayed(self, observed: float | None) -> str:
        contact = self._device.contact
        if contact is None:
            what = _("line {offset} of {chip} does not take that level; check what is wired to it")
            return what.format(offset=self._device.offset, chip=self._device.chip)
        if observed is None:
            what = _("its contact on line {offset} of {chip} tells nothing")
        else:
            what = _("its contact on line {offset} of {chip} did not follow; check relay, contactor and their supply")
        return what.format(offset=contact.offset, chip=contact.chip)


def _percent(active: bool) -> float:
    return FULL_PERCENT if active else 0.0
