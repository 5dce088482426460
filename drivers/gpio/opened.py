"""A line of a chip while a driver has it, and its failures in a technician's words."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from drivers.errors import LineError
from drivers.extras import remedy
from drivers.gpio.contact import Contact, Open
from drivers.gpio.options import GpioLine
from drivers.translation import _

_HINTS = {
    errno.ENOENT: _("look for it with: ls /dev/gpiochip*"),
    errno.EACCES: _("let the daemon's user read it: adduser lamppost gpio"),
    errno.EBUSY: _("another program has this line: gpioinfo shows which"),
    errno.EINVAL: _("gpioinfo shows which lines the chip has"),
    errno.ENXIO: _("this line reports no edges; take another one"),
}


@asynccontextmanager
async def opened(device: str, options: GpioLine, debounce_s: float, open_line: Open) -> AsyncIterator[Contact]:
    """The line, given back at the end. Raises LineError: no such chip or line, or it was lost."""
    try:
        contact = await open_line(options, debounce_s)
    except ImportError as error:
        raise no_library(device) from error
    except OSError as error:
        raise lost(device, options.chip, options.offset, error) from error
    try:
        yield contact
    except OSError as error:
        raise lost(device, options.chip, options.offset, error) from error
    finally:
        contact.close()


def no_library(device: str) -> LineError:
    return LineError(device, _("the library for GPIO chips is not installed"), remedy("gpio"))


def lost(device: str, chip: str, offset: int, error: OSError) -> LineError:
    what = _("line {offset} of {chip}: {reason}").format(offset=offset, chip=chip, reason=error.strerror or error)
    return LineError(device, what, _HINTS.get(error.errno or 0, _("check the chip and the wire")))


async def in_time(changed: asyncio.Event, due_s: float) -> bool:
    """Wait; whether something has changed before `due_s` of the loop."""
    try:
        async with asyncio.timeout_at(due_s):
            await changed.wait()
    except TimeoutError:
        return False
    return True
