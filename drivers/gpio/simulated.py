"""A line of a simulated chip, where a machine has none: a Unix socket that stands in place of the chip's device file.

The client says its offset on a line ("4"); the chip answers with the level of that line, "0" or "1", at once and after
each change, each on a line of its own. Who drives a line says the level with it ("4=1"), on a line for each change; it
is answered in the same way.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Sequence

from drivers.gpio.contact import Edge
from drivers.gpio.options import GpioLine
from drivers.translation import _

ANSWER_S = 2.0
LEVEL_BYTES = 2


async def open_simulated(options: GpioLine) -> "SimulatedContact":
    """Raises OSError: nobody listens at the socket, or it does not answer like a chip."""
    end, first = await _asked(options.chip, b"%d\n" % options.offset)
    try:
        return SimulatedContact(end, first, low=options.active == "low")
    except OSError:
        end.close()
        raise


async def open_simulated_output(chip: str, offset: int, active_low: bool, active: bool) -> "SimulatedOutput":
    """Raises OSError as above."""
    end, first = await _asked(chip, b"%d=%d\n" % (offset, active != active_low))
    try:
        return SimulatedOutput(end, first, offset, active_low)
    except OSError:
        end.close()
        raise


async def _asked(chip: str, question: bytes) -> tuple[socket.socket, bytes]:
    """The open socket, and what the chip has answered first."""
    loop, end = asyncio.get_running_loop(), socket.socket(socket.AF_UNIX)
    end.setblocking(False)
    try:
        async with asyncio.timeout(ANSWER_S):
            await loop.sock_connect(end, chip)
            await loop.sock_sendall(end, question)
            return end, await loop.sock_recv(end, LEVEL_BYTES)
    except OSError:
        end.close()
        raise


class SimulatedContact:
    """See Contact.

    Args:
        end: where the chip tells the line's level, and that of the start: `first`.
        low: a low level is active.
    """

    def __init__(self, end: socket.socket, first: bytes, low: bool) -> None:
        self._socket, self._low, self._rest = end, low, b""
        self._active = self._read(first)

    def fileno(self) -> int:
        return self._socket.fileno()

    def active(self) -> bool:
        self.edges()
        return self._active

    def edges(self) -> Sequence[Edge]:
        heard = b""
        with contextlib.suppress(BlockingIOError):
            heard = self._socket.recv(4096)
            if not heard:
                raise ConnectionResetError(_("the simulated chip is gone"))
        *levels, self._rest = (self._rest + heard).split(b"\n")
        found = [Edge(self._read(level + b"\n"), time.monotonic()) for level in levels]
        if found:
            self._active = found[-1].active
        return found

    def close(self) -> None:
        self._socket.close()

    def _read(self, level: bytes) -> bool:
        if level not in (b"0\n", b"1\n"):
            raise ConnectionError(_("the simulated chip said {level!r}").format(level=level))
        return (level == b"1\n") != self._low


class SimulatedOutput(SimulatedContact):
    """See Output."""

    def __init__(self, end: socket.socket, first: bytes, offset: int, active_low: bool) -> None:
        super().__init__(end, first, active_low)
        self._offset = offset

    def set(self, active: bool) -> None:
        self._socket.send(b"%d=%d\n" % (self._offset, active != self._low))
