"""Exchanges in RTU frames, one at a time. Sources: Modbus over Serial Line V1.02 sections 2.4 and 2.5.1."""

import asyncio

from msgspec import Struct

from drivers.errors import DeviceError
from drivers.line.duplicates import DuplicateFilter, PastAnswer
from drivers.line.echo import Echo
from drivers.line.failures import (
    SILENCES,
    contradicted,
    lost,
    never_quiet,
    no_answer,
    no_frame,
    only_echo,
    second_master,
)
from drivers.line.frames import (
    RTU_OVERHEAD,
    RTU_SHORTEST,
    Found,
    Request,
    rtu_answer,
    rtu_answers,
    rtu_frame,
    rtu_rival,
)
from drivers.line.options import LineOptions, TcpLine
from drivers.line.port import Port
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.line.timer import sleep_until

KEPT_BYTES = 1024
"""More than two of the longest frames."""
NEVER_QUIET = 5
"""A line that was not quiet for that many times the worst late reply is shared with somebody else."""


class RtuTiming(Struct, frozen=True):
    """Times of the wire.

    Args:
        character_s: time of one character; 0 where bytes come in a TCP stream.
        gap_s: silence that ends a frame: 3.5 characters, and 1.75 ms above 19200 baud (section 2.5.1.1).
        turnaround_s: silence after a broadcast (section 2.4.1).
    """

    character_s: float
    gap_s: float
    turnaround_s: float

    @classmethod
    def of(cls, options: LineOptions) -> "RtuTiming":
        if isinstance(options, TcpLine):
            return cls(0.0, 0.00175, options.turnaround_s)
        bits = 9 + options.stop_bits + (options.parity != "N")
        character_s = bits / options.baud
        gap_s = 0.00175 if options.baud >= 19200 else 3.5 * character_s
        return cls(character_s, gap_s, options.turnaround_s)

    def wire_s(self, count: int) -> float:
        """How long so many characters take."""
        return count * self.character_s


class RtuTransport:
    """
    Args:
        line: its name, for errors.
        tcp: RTU frames through a TCP connection.
    """

    def __init__(self, line: str, timing: RtuTiming, timeouts: AdaptiveTimeouts, tcp: bool) -> None:
        self._line, self._timing, self._timeouts, self._tcp = line, timing, timeouts, tcp
        self._heard = bytearray()
        self._answer_end = 0  # where in `_heard` the accepted answer ends
        self._silences = 0
        self._duplicates = DuplicateFilter()
        self._last_s = 0.0  # last byte heard, or last request gone out
        self._quiet_s = timing.gap_s  # how long nothing must be heard before the next request
        self._wanted: Request | None = None
        self._echo = Echo()
        self._found: asyncio.Future[Found | None] | None = None
        self.stray_bytes = 0

    def heard(self, data: bytes) -> None:
        self._heard += data
        del self._heard[:-KEPT_BYTES]
        self._silences = 0
        self._last_s = asyncio.get_running_loop().time()
        if self._wanted is None:
            self._stray(len(data))
        elif found := self._echo.answer(self._wanted, bytes(self._heard)):
            self._settle(found)

    def lost(self) -> None:
        self._silences = 0
        self._settle(None)

    async def exchange(self, port: Port, request: Request, command: bool) -> bytes:
        """The PDU of the answer. The caller holds the line's turn. Raises LineError, NoAnswer or BadAnswer.

        Args:
            command: somebody waits for what comes of it: so does the line, even if the unit missed before.
        """
        pdu = await self._ask(port, request, command)
        heard, window_s = PastAnswer(pdu, request.pdu, self._last_s), 2 * self._timeouts.worst_late_s
        if (
            self._duplicates.is_possible_duplicate(request.unit, heard, window_s)
            and await self._ask(port, request, command) != pdu
        ):
            self._timeouts.mark_ambiguous(request.unit, self._last_s)
            self._quiet_s = self._timeouts.worst_late_s
            raise contradicted(request, self._line)
        self._duplicates.remember(request.unit, heard)
        return pdu

    async def _ask(self, port: Port, request: Request, command: bool) -> bytes:
        await self._until_quiet(request)
        limit_s = self._timeouts.limit_s(request.unit, asyncio.get_running_loop().time() if command else None)
        asked_s = self._send(port, request)
        answered = False
        try:
            pdu = await self._listen(request, asked_s, limit_s)
            answered = pdu is not None
        finally:
            if not answered:  # also when we were cancelled: the request is out
                self._timeouts.hold_off(request.unit, asked_s)
                self._quiet_s = self._timeouts.worst_late_s
        if pdu is not None:
            self._timeouts.answered(request.unit, max(0.0, self._last_s - asked_s), self._last_s)
            return pdu
        raise await self._unanswered(port, request, limit_s)

    async def broadcast(self, port: Port, request: Request) -> None:
        """Returns when every unit had time to act. The caller holds the line's turn. Raises LineError or BadAnswer."""
        await self._until_quiet(request)
        asked_s = self._send(port, request)
        self._quiet_s = self._timing.turnaround_s
        await sleep_until(asked_s + self._quiet_s)
        if not port.usable:
            raise lost(request, self._line)

    def _send(self, port: Port, request: Request) -> float:
        """Sends the request. Returns when its last character has left, monotonic seconds."""
        frame = rtu_frame(request)
        self._forget()
        port.write(frame)
        self._last_s = asyncio.get_running_loop().time() + self._timing.wire_s(len(frame))
        return self._last_s

    async def _listen(self, request: Request, asked_s: float, limit_s: float) -> bytes | None:
        """The PDU of the answer, once the silence that ends a frame followed it and nothing contradicts it."""
        loop = asyncio.get_running_loop()
        self._wanted, self._found = request, loop.create_future()
        wire_s = self._timing.wire_s(request.length + RTU_OVERHEAD)
        alarm = loop.call_at(asked_s + limit_s + wire_s, self._settle, None)
        try:
            found = await self._found
        finally:
            alarm.cancel()
            self._wanted = None
        if found is None:
            return None
        before = bytes(self._heard[: found.start])
        self._learn(self._echo.subtracted(request, before, True))
        await sleep_until(self._last_s + self._timing.gap_s)  # it is the gap before the next request as well
        second = rtu_answer(request, bytes(self._heard[found.end :]))
        if rtu_rival(request, before, found.pdu):
            return None
        return found.pdu if second is None or second.pdu == found.pdu else None

    def _settle(self, found: Found | None) -> None:
        if self._found is None or self._found.done():
            return
        self._found.set_result(found)
        self._wanted = None
        if found is not None:
            self._answer_end = found.end
            self._stray(len(self._heard) - found.end)

    def _stray(self, count: int) -> None:
        """Somebody spoke unasked. Fewer bytes than a frame are noise."""
        self.stray_bytes += count
        if len(self._heard) - self._answer_end >= RTU_SHORTEST:
            self._quiet_s = max(self._quiet_s, self._timeouts.worst_late_s)

    async def _unanswered(self, port: Port, request: Request, limit_s: float) -> DeviceError:
        """Why; returns when the line has become quiet again."""
        if not port.usable:
            return lost(request, self._line)
        heard = self._echo.subtracted(request, bytes(self._heard), False)
        self._timeouts.missed(request.unit, silent=not heard)
        self._quiet_s = max(self._timing.gap_s, self._timeouts.drain_s(request.unit))
        await self._until_quiet(request)
        if heard and rtu_rival(request, heard):
            return second_master(request, self._line)
        if heard:
            return no_frame(request, self._line, heard)
        self._silences += 1
        if self._tcp and self._silences >= SILENCES:
            port.abort()
        return (only_echo if self._echo.is_heard else no_answer)(request, self._line, limit_s)

    async def _until_quiet(self, request: Request) -> None:
        """Raises BadAnswer when the line does not become quiet."""
        loop = asyncio.get_running_loop()
        limit_s = loop.time() + max(1.0, NEVER_QUIET * self._timeouts.worst_late_s)
        heard = self._overhear()
        while (quiet_at_s := self._last_s + self._quiet_s) > loop.time():
            if loop.time() > limit_s:
                raise never_quiet(request, self._line, heard)
            await sleep_until(quiet_at_s)
            heard = self._overhear() or heard
        self._quiet_s = self._timing.gap_s

    def _overhear(self) -> bytes:
        """Learn from an answer that came when nobody waited for it; what was heard."""
        unasked = bytes(self._heard[self._answer_end :])
        self._learn(unasked)
        self._forget()
        return unasked

    def _learn(self, unasked: bytes) -> None:
        for unit, pdu in rtu_answers(unasked):
            self._timeouts.late_answer(unit, self._last_s)
            self._duplicates.remember(unit, PastAnswer(pdu, b"", self._last_s))

    def _forget(self) -> None:
        self._heard.clear()
        self._answer_end = 0
