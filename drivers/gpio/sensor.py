"""One contact: its level at the start, each change of it, and again from time to time."""

import asyncio
import errno
import time

from drivers.base import Emit, Reading
from drivers.errors import LineError
from drivers.gpio.contact import Contact, Open, open_contact
from drivers.gpio.options import GpioSensor
from drivers.translation import _

_HINTS = {
    errno.ENOENT: _("look for it with: ls /dev/gpiochip*"),
    errno.EACCES: _("let the daemon's user read it: adduser lamppost gpio"),
    errno.EBUSY: _("another program has this line: gpioinfo shows which"),
    errno.EINVAL: _("gpioinfo shows which lines the chip has"),
    errno.ENXIO: _("this line reports no edges; take another one"),
}


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
        try:
            contact = await self._open(self._options)
        except ImportError as error:
            what = _("the library for GPIO chips is not installed")
            raise LineError(self.name, what, _("pip install 'lamppost[gpio]'")) from error
        except OSError as error:
            raise self._lost(error) from error
        try:
            await self._listen(contact, emit)
        except OSError as error:
            raise self._lost(error) from error
        finally:
            contact.close()

    async def _listen(self, contact: Contact, emit: Emit) -> None:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()
        fd = contact.fileno()
        loop.add_reader(fd, changed.set)
        try:
            while True:
                await self._changes(contact, emit)
                await self._tell(contact.active(), time.monotonic(), emit)
                due_s = loop.time() + self._options.period_s
                while await _in_time(changed, due_s):
                    changed.clear()
                    await self._changes(contact, emit)
        finally:
            loop.remove_reader(fd)

    async def _changes(self, contact: Contact, emit: Emit) -> None:
        for edge in contact.edges():
            await self._tell(edge.active, edge.at_s, emit)

    async def _tell(self, active: bool, at_s: float, emit: Emit) -> None:
        await emit(Reading(self.name, "occupied", active, at_s))

    def _lost(self, error: OSError) -> LineError:
        what = _("line {offset} of {chip}: {reason}").format(
            offset=self._options.offset, chip=self._options.chip, reason=error.strerror or error
        )
        return LineError(self.name, what, _HINTS.get(error.errno or 0, _("check the chip and the wire")))


async def _in_time(changed: asyncio.Event, due_s: float) -> bool:
    """Wait; whether something has changed before `due_s` of the loop."""
    try:
        async with asyncio.timeout_at(due_s):
            await changed.wait()
    except TimeoutError:
        return False
    return True
