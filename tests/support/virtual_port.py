"""A serial port in virtual time: what is said on it comes in time, however busy the machine is."""

import asyncio
from collections.abc import Callable

Heard = Callable[[bytes], None]


class VirtualPort:
    """Both ends of a cable. A `Line` that opens `path` under `drivers.line.link.open_port` gets the near one."""

    path = "/dev/virtual"

    def __init__(self) -> None:
        self.usable = True
        self._near: Heard = self._nobody
        self._far: Callable[[], None] = lambda: None
        self._written: list[bytes] = []

    def _nobody(self, data: bytes) -> None:
        """Nothing is lost that would not be lost on a port that is closed."""

    async def open(self, options: object, heard: Heard, lost: Callable[[], None]) -> "VirtualPort":
        self._near, self.usable = heard, True
        return self

    def write(self, data: bytes) -> None:
        self._written.append(data)
        asyncio.get_running_loop().call_soon(self._far)

    def read_now(self) -> None:
        """What is said is heard at once: there is nothing to read."""

    def abort(self) -> None:
        self.usable = False

    async def close(self) -> None:
        self._near, self.usable = self._nobody, False

    def say(self, data: bytes) -> None:
        asyncio.get_running_loop().call_soon(self._near, data)

    def hear(self) -> bytes:
        return self._written.pop(0) if self._written else b""

    def listen(self, hear: Callable[[], None] | None) -> None:
        """`hear` is called for each request; None: nobody listens any more."""
        self._far = hear or (lambda: None)
