"""A line of a simulated chip, where a machine has none: a Unix socket that stands in place of the chip's device file.

The client says its offset on a line ("4"); the chip answers with the level of that line, "0" or "1", at once and after
each change, each on a line of its own.
"""

import contextlib
import socket
import time
from collections.abc import Sequence

from drivers.parking.gpio.contact import Edge
from drivers.parking.gpio.options import GpioSensor

ANSWER_S = 2.0


class SimulatedContact:
    """See Contact. Raises OSError: nobody listens at the socket, or it does not speak like a chip."""

    def __init__(self, options: GpioSensor) -> None:
        self._low = options.active == "low"
        self._rest = b""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.connect(options.chip)
            self._socket.sendall(b"%d\n" % options.offset)
            self._active = self._read(self._socket.recv(2))
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise

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
                raise ConnectionResetError("the simulated chip is gone")
        *levels, self._rest = (self._rest + heard).split(b"\n")
        found = [Edge(self._read(level + b"\n"), time.monotonic()) for level in levels]
        if found:
            self._active = found[-1].active
        return found

    def close(self) -> None:
        self._socket.close()

    def _read(self, level: bytes) -> bool:
        if level not in (b"0\n", b"1\n"):
            raise ConnectionError(f"the simulated chip said {level!r}")
        return (level == b"1\n") != self._low
