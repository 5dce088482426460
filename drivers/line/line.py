"""The line: lets one exchange at a time have its turn."""

import asyncio
import itertools
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from drivers.line.failures import LinkLost, twin_units
from drivers.line.findings import Finding, Told
from drivers.line.frames import Request
from drivers.line.hold_off import HoldOff
from drivers.line.link import Link
from drivers.line.mbap import MbapTransport
from drivers.line.options import LineOptions, TcpLine, units
from drivers.line.priority_lock import Priority, PriorityLock
from drivers.line.rtu import RtuTiming, RtuTransport
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.line.twin_units import TwinUnits
from drivers.translation import _

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
        self._link = Link(name, options, self._transport.heard, self._transport.lost)
        self._used_s = 0.0
        self._twins = TwinUnits()

    def _speaking(self, options: LineOptions) -> tuple[RtuTransport | MbapTransport, int]:
        if isinstance(options, TcpLine) and options.framing == "tcp":
            slots = 1 if options.ignore_transaction else options.in_flight or 1
            return MbapTransport(self.name, self._timeouts, options), slots
        return RtuTransport(self.name, RtuTiming.of(options), self._timeouts, isinstance(options, TcpLine)), 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the port, once nothing is asked any more."""
        await self._link.close()
        if isinstance(self._transport, RtuTransport):
            self._transport.close()

    @property
    def stray_bytes(self) -> int:
        """Bytes that were no answer to anything asked."""
        return self._transport.stray_bytes

    def told(self) -> tuple[Told, ...]:
        """What was heard of late beside the answers: an echo, a second master, noise; and what its units share."""
        if self._lock.is_idle and isinstance(self._transport, RtuTransport):
            self._transport.overhear(time.monotonic())
        found = self._twins.found.items()
        twins = (Told(Finding.TWIN_UNITS, min(pair), seen, 0.0, max(pair)) for pair, seen in found)
        return (*self._transport.findings.told(time.monotonic()), *twins)

    def doubt(self, unit: int) -> str:
        """Why no value of that unit may decide anything; "": it may. The peer was caught mixing answers up, or it is
        no unit of its own."""
        if (other := self._twins.twin_of(unit)) is not None:
            return twin_units(unit, other, self.name)
        now_s = time.monotonic()
        mixes = any(self._transport.findings.has(what, now_s) for what in (Finding.WRONG_NUMBER, Finding.OTHER_UNIT))
        return _("the gateway of line {line} mixes answers up").format(line=self.name) if mixes else ""

    @property
    def units(self) -> frozenset[int]:
        """The unit numbers that it takes."""
        return units(isinstance(self._transport, MbapTransport))

    def is_unresponsive(self, unit: int) -> bool:
        """Whether `unit` did not answer the last time: it is polled with a shorter time-out until it does."""
        return self._timeouts.unit(unit).misses > 0

    async def exchange(self, request: Request, priority: Priority = Priority.POLL) -> bytes:
        """Ask when it is our turn; the PDU of the answer, which may be a Modbus exception.

        A read whose TCP link was closed by the peer before the answer is asked once more, on a new one.

        Raises:
            LineError: the port is missing or was lost.
            NoAnswer: not a byte in time.
            BadAnswer: bytes, but no answer to this request.
        """
        if priority is Priority.SPARE:
            priority = await self._spare_priority()
        order, may_repeat = next(self._order), request.is_read and isinstance(self._options, TcpLine)
        while True:
            async with self._lock.turn(priority):
                if self._hold_off.left_s(request.unit) <= 0:
                    try:
                        return await self._exchange(request, priority)
                    except LinkLost:
                        if not may_repeat:
                            raise
                        may_repeat = False
                        continue
            await self._hold_off.until_free(request.unit, (priority, order))

    async def _exchange(self, request: Request, priority: Priority) -> bytes:
        port = await self._link.port(request.device)
        try:
            pdu = await self._transport.exchange(port, request, priority is Priority.COMMAND)
        finally:
            self._used_s = time.monotonic()
        self._link.answered()
        self._twins.learn(request.unit, request.pdu, pdu)
        if self._link.is_for_one_answer or self._transport.is_one_at_a_time:
            self._lock.narrow()
        return pdu

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
        """Tell all units at once, in RTU frames; returns after the turnaround time. Nobody answers.

        Raises:
            LineError: the port is missing or was lost.
            BadAnswer: the line is never quiet.
        """
        if isinstance(self._transport, MbapTransport):
            raise ValueError(_("Modbus TCP has no broadcast: unit 0 is the peer itself"))
        async with self._lock.turn(priority):
            await self._transport.broadcast(await self._link.port(request.device), request)
