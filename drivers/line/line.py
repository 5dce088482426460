"""The line: opens its port when it is needed, and lets one exchange at a time have its turn."""

import asyncio
import itertools
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from drivers.errors import LineError
from drivers.line.frames import Request
from drivers.line.hold_off import HoldOff
from drivers.line.mbap import MbapTransport
from drivers.line.options import LineOptions, SerialLine, TcpLine
from drivers.line.port import Port, describe_open_error, open_port
from drivers.line.priority_lock import Priority, PriorityLock
from drivers.line.rtu import RtuTiming, RtuTransport
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.translation import _

REOPEN_PAUSE_S = 1.0
"""A port that did not open is not tried again for that long: each device of the line would wait for it in turn."""

IDLE_S = 0.05
"""Nobody asked for so long: a device's round of polls is over, and does not go on within it."""


class Line:
    """Sole owner of one serial port or TCP link.

    The port is opened at the first exchange, and again after it was lost.

    Args:
        name: of its [line.NAME].
        patience_s: on a line that is never idle, what a technician asks gets a turn after so long all the same.
    """

    def __init__(self, name: str, options: LineOptions, patience_s: float = 5.0) -> None:
        self.name, self._patience_s = name, patience_s
        self._options = options
        self._timeouts = AdaptiveTimeouts(options.timeout_s)
        self._transport: RtuTransport | MbapTransport
        self._transport, slots = self._speaking(options)
        self._lock = PriorityLock(slots)
        self._order = itertools.count()
        self._hold_off = HoldOff(self._timeouts)
        self._opening = asyncio.Lock()
        self._port: Port | None = None
        self._open_blocked_until: tuple[float, str, str] | None = None
        self._used_s = 0.0

    def _speaking(self, options: LineOptions) -> tuple[RtuTransport | MbapTransport, int]:
        if isinstance(options, TcpLine) and options.framing == "tcp":
            return MbapTransport(self.name, self._timeouts, options.turnaround_s), options.in_flight or 1
        return RtuTransport(self.name, RtuTiming.of(options), self._timeouts, isinstance(options, TcpLine)), 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._port is not None:
            await self._port.close()

    @property
    def stray_bytes(self) -> int:
        """Bytes that were no answer to anything asked."""
        return self._transport.stray_bytes

    def is_unresponsive(self, unit: int) -> bool:
        """Whether `unit` did not answer the last time: it is polled with a shorter time-out until it does."""
        return self._timeouts.unit(unit).misses > 0

    async def exchange(self, request: Request, priority: Priority = Priority.POLL) -> bytes:
        """Ask when it is our turn; the PDU of the answer, which may be a Modbus exception.

        Raises:
            LineError: the port is missing or was lost.
            NoAnswer: not a byte in time.
            BadAnswer: bytes, but no answer to this request.
        """
        if priority is Priority.SPARE:
            priority = await self._spare_priority()
        order = next(self._order)
        while True:
            async with self._lock.turn(priority):
                if self._hold_off.left_s(request.unit) <= 0:
                    port = self._port
                    if port is None or not port.usable:
                        port = await self._opened(request.device)
                    try:
                        return await self._transport.exchange(port, request, priority is Priority.COMMAND)
                    finally:
                        self._used_s = time.monotonic()
            await self._hold_off.until_free(request.unit, (priority, order))

    def looking_for(self, unit: int, limit_s: float) -> AbstractContextManager[None]:
        """Requests to `unit` wait `limit_s` at most meanwhile, where it was never heard: it need not be there."""
        return self._timeouts.looking_for(unit, limit_s)

    async def _spare_priority(self) -> Priority:
        """Returns when polls leave the line free, as between two rounds of them; where they never do, in their row."""
        given_up_s = time.monotonic() + self._patience_s
        while time.monotonic() < given_up_s:
            left_s = self._used_s + IDLE_S - time.monotonic()
            if left_s <= 0 and self._lock.is_idle:
                return Priority.SPARE
            await asyncio.sleep(max(left_s, IDLE_S / 5))
        return Priority.POLL

    async def broadcast(self, request: Request, priority: Priority = Priority.COMMAND) -> None:
        """Tell all units at once; returns after the turnaround time. Nobody answers.

        Raises:
            LineError: the port is missing or was lost.
            BadAnswer: the line is never quiet.
        """
        async with self._lock.turn(priority):
            await self._transport.broadcast(await self._opened(request.device), request)

    async def _opened(self, device: str) -> Port:
        async with self._opening:
            if self._port is not None and self._port.usable:
                return self._port
            if self._open_blocked_until is not None and asyncio.get_running_loop().time() < self._open_blocked_until[0]:
                raise LineError(device, *self._open_blocked_until[1:])
            if self._port is not None:
                await self._port.close()
            self._port = await self._open(device)
            return self._port

    async def _open(self, device: str) -> Port:
        try:
            return await open_port(self._options, self._transport.heard, self._transport.lost)
        except (OSError, ValueError) as error:
            what, hint = describe_open_error(error)
            self._open_blocked_until = (
                asyncio.get_running_loop().time() + REOPEN_PAUSE_S,
                _("{where} of line {name} {what}").format(where=self._where, name=self.name, what=what),
                hint,
            )
            raise LineError(device, *self._open_blocked_until[1:]) from error

    @property
    def _where(self) -> str:
        if isinstance(self._options, SerialLine):
            return _("serial port {port}").format(port=self._options.port)
        return _("{host} port {port}").format(host=self._options.host, port=self._options.port)
