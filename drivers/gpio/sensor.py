"""One contact: its level at the start, each change of it, and again from time to time."""

import asyncio
import time

from drivers.base import Emit, Reading
from drivers.gpio.contact import Contact, Open, open_contact
from drivers.gpio.opened import in_time, opened
from drivers.gpio.options import GpioSensor


class GpioDriver:
    """Driver of one contact. Emits "occupied".

    Args:
        open_line: gives the line.
    """

    def __init__(self, name: str, options: GpioSensor, open_line: Open = open_contact) -> None:
        self.name = name
        self._options, self._open = options, open_line

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: no such chip or line, or it was lost."""
        options = self._options
        async with opened(self.name, options, options.debounce_s, self._open) as contact:
            await self._listen(contact, emit)

    async def _listen(self, contact: Contact, emit: Emit) -> None:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        fd = contact.fileno()
        loop.add_reader(fd, changed.set)
        try:
            while True:
                await self._changes(contact, emit)
                await self._tell(contact.active(), time.monotonic(), emit)
                due_s = loop.time() + self._options.period_s
                while await in_time(changed, due_s):
                    changed.clear()
                    await self._changes(contact, emit)
        finally:
            loop.remove_reader(fd)

    async def _changes(self, contact: Contact, emit: Emit) -> None:
        for edge in contact.edges():
            await self._tell(edge.active, edge.at_s, emit)

    async def _tell(self, active: bool, at_s: float, emit: Emit) -> None:
        await emit(Reading(self.name, "occupied", active, at_s))
