"""Pseudo-terminals that stand for serial ports: what the daemon opens is a device file like any other."""

import asyncio
import contextlib
import os
import tty


class Port:
    """One serial port without hardware: `path` is for whoever opens it, the methods are the far end of its cable.

    The near end stays open here too, so that its user may close and reopen it without the cable falling out.
    """

    def __init__(self) -> None:
        self.far_fd, self._near_fd = os.openpty()
        tty.setraw(self._near_fd)
        os.set_blocking(self.far_fd, False)
        self.path = os.ttyname(self._near_fd)

    def write(self, data: bytes) -> None:
        """Send; like a UART, lose what nobody reads."""
        with contextlib.suppress(BlockingIOError):
            os.write(self.far_fd, data)

    def read(self) -> bytes:
        try:
            return os.read(self.far_fd, 4096)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        os.close(self.far_fd)
        os.close(self._near_fd)


class Cable:
    """Two ports joined: the daemon opens the path of one, a simulated device the path of the other."""

    def __init__(self) -> None:
        self.near, self.far = Port(), Port()

    def __enter__(self) -> "Cable":
        loop = asyncio.get_running_loop()
        loop.add_reader(self.near.far_fd, lambda: self.far.write(self.near.read()))
        loop.add_reader(self.far.far_fd, lambda: self.near.write(self.far.read()))
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for port in (self.near, self.far):
            loop.remove_reader(port.far_fd)
            port.close()
