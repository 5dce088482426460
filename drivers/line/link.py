"""The way to a line: its port is opened when it is needed, and again after it was lost."""

import asyncio
from collections.abc import Callable

from drivers.errors import LineError
from drivers.line.options import LineOptions, SerialLine
from drivers.line.port import Port, describe_open_error, open_port
from drivers.translation import _

REOPEN_PAUSE_S = 1.0
"""A port that did not open is not tried again for that long: each device of the line would wait for it in turn."""

ONE_ANSWER_LINKS = 2
"""Each exchange gets a connection of its own when that many in a row were closed by the peer after one answer."""


class Link:
    """
    Args:
        name: of its [line.NAME].
        heard: called with the bytes that came.
        lost: called when an open port is gone.
    """

    def __init__(
        self, name: str, options: LineOptions, heard: Callable[[bytes], None], lost: Callable[[], None]
    ) -> None:
        self._name, self._options = name, options
        self._tell_heard, self._tell_lost = heard, lost
        self._opening = asyncio.Lock()
        self._blocked_until: tuple[float, str, str] | None = None
        self._port: Port | None = None
        self._has_spoken, self._answers, self._one_answer_links = False, 0, 0

    @property
    def is_for_one_answer(self) -> bool:
        """Whether the peer closes the connection after each answer."""
        return self._one_answer_links >= ONE_ANSWER_LINKS

    async def port(self, device: str) -> Port:
        """The open port. Raises LineError."""
        port = self._port
        return port if port is not None and port.usable else await self._opened(device)

    def answered(self) -> None:
        """Notes that an exchange succeeded. What the peer is about to close is closed: a request would cross that."""
        if self._port is not None and self._port.usable:
            self._answers += 1
            if self.is_for_one_answer:
                self._port.abort()

    async def close(self) -> None:
        if self._port is not None:
            await self._port.close()

    def _heard(self, data: bytes) -> None:
        self._has_spoken = True
        self._tell_heard(data)

    def _lost(self) -> None:
        if not isinstance(self._options, SerialLine) and not self.is_for_one_answer:
            once = self._has_spoken and self._answers <= 1  # on RTU the answer counts after the gap: the link is gone
            self._one_answer_links = self._one_answer_links + 1 if once else 0
        self._answers, self._has_spoken = 0, False
        self._tell_lost()

    async def _opened(self, device: str) -> Port:
        async with self._opening:
            if self._port is not None and self._port.usable:
                return self._port
            if self._blocked_until is not None and asyncio.get_running_loop().time() < self._blocked_until[0]:
                raise LineError(device, *self._blocked_until[1:])
            if self._port is not None:
                await self._port.close()
            self._port = await self._open(device)
            return self._port

    async def _open(self, device: str) -> Port:
        try:
            return await open_port(self._options, self._heard, self._lost)
        except (OSError, ValueError) as error:
            what, hint = describe_open_error(error)
            self._blocked_until = (
                asyncio.get_running_loop().time() + REOPEN_PAUSE_S,
                _("{where} of line {name} {what}").format(where=self._where, name=self._name, what=what),
                hint,
            )
            raise LineError(device, *self._blocked_until[1:]) from error

    @property
    def _where(self) -> str:
        if isinstance(self._options, SerialLine):
            return _("serial port {port}").format(port=self._options.port)
        return _("{host} port {port}").format(host=self._options.host, port=self._options.port)
