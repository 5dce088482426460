"""Exchanges in RTU frames, one at a time. Sources: Modbus over Serial Line V1.02 sections 2.4 and 2.5.1."""

import asyncio
import contextlib

from msgspec import Struct

from drivers.errors import BadAnswer, DeviceError, NoAnswer
from drivers.line.duplicates import PastAnswer
from drivers.line.ear import Ear
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
from drivers.line.frames import RTU_OVERHEAD, Found, Request, holding_register, rtu_frame
from drivers.line.options import LineOptions, TcpLine
from drivers.line.overheard import Doubt, is_rivalled
from drivers.line.port import Port
from drivers.line.saturation import Saturation
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.line.timer import Timer

NEVER_QUIET = 5
"""A line that was not quiet for that many times the worst late reply is shared with somebody else."""
LOOK_S = 0.005
"""How often it is looked whether another master has got its answer."""
SPUN_S = 0.0003
"""The last part of the silence is not slept on a line at its limit: to wake takes as long."""


class RtuTiming(Struct, frozen=True):
    """Times of the wire.

    Args:
        character_s: time of one character; 0 where bytes come in a TCP stream.
        gap_s: silence that ends a frame: 3.5 characters, and 1.75 ms above 19200 baud (section 2.5.1.1).
        turnaround_s: silence after a broadcast (section 2.4.1).
        pause_s: silence before a request, where devices need more than the gap.
    """

    character_s: float
    gap_s: float
    turnaround_s: float
    pause_s: float = 0.0

    @classmethod
    def of(cls, options: LineOptions) -> "RtuTiming":
        if isinstance(options, TcpLine):
            return cls(0.0, 0.00175, options.turnaround_s, options.gap_s)
        bits = 9 + options.stop_bits + (options.parity != "N")
        character_s = bits / options.baud
        gap_s = 0.00175 if options.baud >= 19200 else 3.5 * character_s
        return cls(character_s, gap_s, options.turnaround_s, options.gap_s)

    def wire_s(self, count: int) -> float:
        """How long so many characters take."""
        return count * self.character_s


class RtuTransport:
    """
    Args:
        line: its name, for errors.
        tcp: RTU frames through a TCP connection.
        saturation: of this line; None: learned.
    """

    def __init__(
        self,
        line: str,
        timing: RtuTiming,
        timeouts: AdaptiveTimeouts,
        tcp: bool,
        saturation: Saturation | None = None,
    ) -> None:
        self._line, self._timing, self._timeouts, self._tcp = line, timing, timeouts, tcp
        self._ear = Ear(timeouts)
        self.findings = self._ear.others.findings
        self._silences = 0
        self._last_s = 0.0  # last byte heard, or last request gone out
        self._answered_s = 0.0  # last byte of the answer
        self._usual_s = self._quiet_s = max(
            timing.gap_s, timing.pause_s
        )  # how long nothing must be heard before the next request
        self._timer, self._saturation = Timer(), saturation or Saturation(timing.gap_s)
        self.close = self._timer.close
        self._wanted: Request | None = None
        self._found: asyncio.Future[Found | None] | None = None
        self.stray_bytes = 0

    is_one_at_a_time = True

    def heard(self, data: bytes) -> None:
        self._ear.hear(data)
        self._silences = 0
        self._last_s = asyncio.get_running_loop().time()
        if self._wanted is None:
            self.stray_bytes += len(data)
        elif found := self._ear.answer(self._wanted):
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
        if self._ear.may_be_echo(request, pdu) and await self._echoes(port, request):
            pdu = await self._ask(port, request, command)
        heard, window_s = PastAnswer(pdu, request.pdu, self._answered_s), 2 * self._timeouts.worst_late_s
        if (
            self._ear.others.duplicates.is_possible_duplicate(request.unit, heard, window_s)
            and await self._ask(port, request, command) != pdu
        ):
            self._timeouts.mark_ambiguous(request.unit, self._last_s)
            self._quiet_s = self._timeouts.worst_late_s
            raise contradicted(request, self._line)
        self._ear.others.duplicates.remember(request.unit, heard)
        return pdu

    async def _echoes(self, port: Port, request: Request) -> bool:
        """Whether a read comes back: then what answered a write before may have been its echo. Raises LineError."""
        with contextlib.suppress(BadAnswer, NoAnswer):  # whatever is heard, and if it is nothing, tells of the echo
            await self._ask(port, holding_register(request.device, request.unit), command=False)
        return self._ear.echo.is_heard

    async def _ask(self, port: Port, request: Request, command: bool) -> bytes:
        await self._until_quiet(port, request)
        limit_s = self._timeouts.limit_s(request.unit, asyncio.get_running_loop().time() if command else None)
        asked_s = self._send(port, request)
        answer: bytes | Doubt | None = None
        try:
            answer = await self._listen(request, asked_s, limit_s)
        finally:
            if not isinstance(answer, bytes):  # also when we were cancelled: the request is out
                self._timeouts.hold_off(request.unit, asked_s)
                self._quiet_s = self._timeouts.worst_late_s
        if isinstance(answer, bytes):
            self._timeouts.answered(request.unit, max(0.0, self._answered_s - asked_s), self._answered_s)
            return answer
        raise await self._unanswered(port, request, limit_s, answer)

    async def broadcast(self, port: Port, request: Request) -> None:
        """Returns when every unit had time to act. The caller holds the line's turn. Raises LineError or BadAnswer."""
        await self._until_quiet(port, request)
        asked_s = self._send(port, request)
        self._quiet_s = self._timing.turnaround_s
        await self._timer.until(asked_s + self._quiet_s)
        if not port.usable:
            raise lost(request, self._line)

    def _send(self, port: Port, request: Request) -> float:
        """Sends the request. Returns when its last character has left, monotonic seconds."""
        frame = rtu_frame(request)
        self._ear.sends(request)
        port.write(frame)
        self._last_s = asyncio.get_running_loop().time() + self._timing.wire_s(len(frame))
        return self._last_s

    async def _listen(self, request: Request, asked_s: float, limit_s: float) -> bytes | Doubt | None:
        """The PDU of the answer, once the silence that ends a frame followed it; why it is not believed; None: none
        came."""
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
        await self._until_over(request.unit)
        return self._ear.judge(request, found, loop.time()) or found.pdu

    async def _until_over(self, unit: int) -> None:
        """Returns when nothing follows the answer any more; that is the gap before the next request as well, which
        keeps the whole of it where the line is at its limit and this returns a little before."""
        loop = asyncio.get_running_loop()
        limit_s = self._last_s + self._timeouts.worst_late_s
        careful_s = self._ear.others.careful_s(unit, self._last_s)
        gap_s = self._timing.gap_s - (0.0 if careful_s or self._tcp else self._saturation.lead_s)
        await self._timer.until(self._last_s + max(gap_s, careful_s))
        while loop.time() < min(limit_s, self._last_s + gap_s):
            await self._timer.until(self._last_s + gap_s)
        self._saturation.hand_over(loop.time())

    def _settle(self, found: Found | None) -> None:
        if self._found is None or self._found.done():
            return
        self._found.set_result(found)
        self._wanted = None
        if found is not None:
            self._answered_s = self._last_s
            self.stray_bytes += self._ear.length - found.end

    async def _unanswered(self, port: Port, request: Request, limit_s: float, doubt: Doubt | None) -> DeviceError:
        """Why; returns when the line has become quiet again."""
        if not port.usable:
            return lost(request, self._line)
        heard = self._ear.unanswered(request, asyncio.get_running_loop().time())
        rival = is_rivalled(request, heard)
        self._timeouts.missed(request.unit, silent=not heard)
        self._quiet_s = max(self._usual_s, self._timeouts.drain_s(request.unit))
        await self._until_quiet(port, request)
        if doubt is not None:
            return doubt(request, self._line)
        if heard:
            return second_master(request, self._line) if rival else no_frame(request, self._line, heard)
        self._silences += 1
        if self._tcp and self._silences >= SILENCES:
            port.abort()
        return (only_echo if self._ear.echo.is_heard else no_answer)(request, self._line, limit_s)

    async def _until_quiet(self, port: Port, request: Request) -> None:
        """Raises BadAnswer when the line does not become quiet."""
        loop, heard = asyncio.get_running_loop(), b""
        limit_s = loop.time() + max(1.0, NEVER_QUIET * self._timeouts.worst_late_s)
        self._saturation.ask(loop.time(), self._last_s + self._quiet_s)
        while True:
            now_s = loop.time()
            heard = self.overhear(now_s) or heard
            if (quiet_at_s := self._quiet_at_s(now_s)) <= now_s:
                break
            if now_s > limit_s:
                raise never_quiet(request, self._line, heard)
            spun_s = SPUN_S if self._saturation.is_reached and not self._tcp else 0.0
            await sleep_until(self._timer, port, quiet_at_s, spun_s)
        self._ear.others.close()
        self._quiet_s = self._usual_s

    def _quiet_at_s(self, now_s: float) -> float:
        """Returns when the line may be quiet for long enough: another master's answer makes it so before its time."""
        if not self._ear.others.is_open:
            return self._last_s + self._quiet_s
        free_s = self._last_s + max(self._quiet_s, self._timeouts.worst_late_s)
        return min(free_s, max(self._last_s + self._timing.gap_s, now_s + LOOK_S))

    def overhear(self, now_s: float) -> bytes:
        """Learn from what came when nobody waited for it, once nothing follows it; what was heard."""
        if self._last_s + self._timing.gap_s > now_s:
            return b""
        unasked = self._ear.overhear(self._last_s)
        if self._ear.others.is_unquiet:
            self._ear.others.is_unquiet = False
            self._quiet_s = max(self._quiet_s, self._timeouts.worst_late_s)
        return unasked


async def sleep_until(timer: Timer, port: Port, at_s: float, spun_s: float) -> None:
    """Sleeps; on a line at its limit it is awake a little before, and has read what came until then.

    Args:
        spun_s: how much before; 0: the line is not at its limit.
    """
    await timer.until(at_s - spun_s)
    if spun_s:
        loop = asyncio.get_running_loop()
        while loop.time() < at_s:
            pass
        port.read_now()
