"""Exchanges in Modbus TCP frames: several may be in flight, told apart by their transaction numbers."""

import asyncio

from drivers.errors import BadAnswer, DeviceError
from drivers.line.duplicates import DuplicateFilter, PastAnswer
from drivers.line.failures import (
    SILENCES,
    LinkLost,
    contradicted,
    foreign,
    mixed_up,
    no_answer,
    other_unit,
    wrong_number,
)
from drivers.line.findings import Finding, Findings
from drivers.line.frames import Answer, OutOfStep, Request, mbap_frame, mbap_take
from drivers.line.options import TcpLine
from drivers.line.pace import Pace
from drivers.line.port import Port
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.line.timer import sleep_until
from drivers.line.transactions import Transactions
from drivers.translation import _

TROUBLED_S = 60.0
"""The time after a gateway was late for which each answer is looked at for a copy of another."""

Pending = tuple[Request, asyncio.Future[bytes], float]
"""A request, its answer to come, and until when (loop time)."""

_NOT_REACHED = (10, 11)
"""Exceptions by which a gateway says that the unit did not answer, which it may do yet."""

_ITSELF = (0, 255)
"""Units that are the peer itself: there is no line behind them."""


class MbapTransport:
    """
    Args:
        line: its name, for errors.
        transactions: that number the requests; None: drawn by chance.
    """

    def __init__(
        self, line: str, timeouts: AdaptiveTimeouts, options: TcpLine, transactions: Transactions | None = None
    ) -> None:
        self._line, self._timeouts, self._options = line, timeouts, options
        self._stream = bytearray()
        self._transactions = transactions or Transactions()
        self._pending: dict[int, Pending] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._silences = 0
        self._out_of_step = ""  # why nothing more of the stream can be read
        self._misnumbered: Answer | None = None  # what came last under a number that was never drawn
        self._duplicates, self._pace = DuplicateFilter(), Pace()
        self._quiet_until_s = self._troubled_until_s = 0.0
        self.findings = Findings()
        self.stray_bytes = 0
        self.is_one_at_a_time = (options.in_flight or 1) == 1 or options.ignore_transaction
        """Whether the peer may mix answers up, as a gateway does whose units share a serial line."""

    def heard(self, data: bytes) -> None:
        self._silences = 0
        if self._out_of_step:  # until the next exchange makes the link anew, the peer may say anything
            self.stray_bytes += len(data)
        else:
            self._take(data)
        if self._out_of_step:
            self._fail_all(BadAnswer, self._out_of_step, _("check that Modbus TCP, not RTU, is spoken on that port"))

    def _take(self, data: bytes) -> None:
        self._stream += data
        try:
            for answer in mbap_take(self._stream):
                self._give(answer)
        except OutOfStep as error:
            self._out_of_step = str(error)
            self.stray_bytes += len(self._stream)
            self._stream.clear()

    def lost(self) -> None:
        self._stream.clear()
        self._silences, self._out_of_step = 0, ""
        self._fail_all(
            LinkLost, _("the peer closed the connection"), _("check the gateway's power and how many clients it takes")
        )

    async def exchange(self, port: Port, request: Request, command: bool) -> bytes:
        """The PDU of the answer. Raises LineError, NoAnswer or BadAnswer.

        Args:
            command: somebody waits for what comes of it: so does the line, even if the unit missed before.
        """
        await sleep_until(self._quiet_until_s)
        pdu, at_s = await self._ask(port, request, command), asyncio.get_running_loop().time()
        if at_s >= self._troubled_until_s or request.unit in _ITSELF:
            return pdu
        heard, window_s = PastAnswer(pdu, request.pdu, at_s), 2 * self._timeouts.worst_late_s
        if (
            self._duplicates.is_possible_duplicate(request.unit, heard, window_s)
            and await self._ask(port, request, command) != pdu
        ):
            self._timeouts.mark_ambiguous(request.unit, at_s)
            raise contradicted(request, self._line)
        self._duplicates.remember(request.unit, heard)
        return pdu

    async def _ask(self, port: Port, request: Request, command: bool) -> bytes:
        loop = asyncio.get_running_loop()
        number, asked_s = self._transactions.next(self._pending), loop.time()
        limit_s = self._timeouts.limit_s(request.unit, asked_s if command else None)
        answer: asyncio.Future[bytes] = loop.create_future()
        self._pending[number] = (request, answer, asked_s + limit_s)
        self._misnumbered = None
        self._time_until(asked_s + limit_s)
        port.write(mbap_frame(request, number))
        try:
            pdu = await answer
        except TimeoutError:
            raise self._timed_out(number, request, asked_s, limit_s) from None
        except BadAnswer:
            self._timeouts.missed(request.unit, silent=False)
            if self.is_one_at_a_time:
                self._hold_off(request, asked_s)  # its own answer is still to come
            raise
        finally:
            del self._pending[number]
            self._quiet_until_s = max(self._quiet_until_s, loop.time() + self._options.gap_s)
            if self._silences >= SILENCES or self._out_of_step:
                port.abort()
        self._answered(request, pdu, asked_s)
        return pdu

    def _timed_out(self, number: int, request: Request, asked_s: float, limit_s: float) -> DeviceError:
        """Why nothing came."""
        self._silences += 1
        self._transactions.give_up(number, request.unit, asked_s)
        self._timeouts.missed(request.unit, silent=True)
        if self.is_one_at_a_time:
            self._hold_off(request, asked_s)
        if self._misnumbered is not None:
            return wrong_number(request, self._line, self._misnumbered, number)
        return no_answer(request, self._line, limit_s)

    def _answered(self, request: Request, pdu: bytes, asked_s: float) -> None:
        """Takes in that an answer came, which may be that the unit did not answer the gateway."""
        now_s = asyncio.get_running_loop().time()
        took_s = now_s - asked_s
        if pdu[0] == request.refusal[0] and pdu[1] in _NOT_REACHED:
            self._timeouts.missed(request.unit, silent=True)
            self._hold_off(request, asked_s)
            return
        self._timeouts.answered(request.unit, took_s, now_s)
        held_s = self._pace.held_s(request.unit, len(pdu), took_s)
        if held_s and self.is_one_at_a_time and request.unit not in _ITSELF:
            self._troubled_until_s = now_s + TROUBLED_S
            self._timeouts.unit(request.unit).leave_alone(now_s + held_s)

    def _hold_off(self, request: Request, asked_s: float) -> None:
        """What the unit may still answer, its gateway may take for the answer to another question."""
        if request.unit in _ITSELF:
            return
        now_s = asyncio.get_running_loop().time()
        self._troubled_until_s = now_s + TROUBLED_S
        self._timeouts.hold_off(request.unit, asked_s)
        self._quiet_until_s = max(self._quiet_until_s, now_s + self._timeouts.drain_s(request.unit))
        for other, waiting, _until_s in self._pending.values():
            if other.unit == request.unit and other is not request and not waiting.done():
                waiting.set_exception(mixed_up(other, self._line))

    def _time_until(self, until_s: float) -> None:
        """One timer for all that is in flight: an exchange that is answered in time neither makes nor cancels one."""
        if self._timer is None or self._timer.when() > until_s:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_at(until_s, self._expire)

    def _expire(self) -> None:
        self._timer = None
        now_s = asyncio.get_running_loop().time()
        for _request, answer, until_s in self._pending.values():
            if until_s > now_s:
                self._time_until(until_s)
            elif not answer.done():
                answer.set_exception(TimeoutError())

    def _give(self, answer: Answer) -> None:
        request, waiting, _ = self._pending.get(answer.transaction, (None, None, 0.0))
        if request is not None and waiting is not None and not waiting.done():
            self._take_answer(request, waiting, answer)
            return
        if not self._transactions.is_recent(answer.transaction) and self._is_taken_anyway(answer):
            return
        self.stray_bytes += len(answer.pdu)
        if late := self._transactions.late(answer.transaction):
            self._timeouts.late(late[0], asyncio.get_running_loop().time() - late[1])

    def _take_answer(self, request: Request, waiting: asyncio.Future[bytes], answer: Answer) -> None:
        if answer.unit != request.unit and not self._options.ignore_unit:
            self.findings.note(Finding.OTHER_UNIT, asyncio.get_running_loop().time())
            waiting.set_exception(other_unit(request, self._line, answer))
        elif request.accepts(answer.pdu):
            waiting.set_result(answer.pdu)
        else:
            waiting.set_exception(foreign(request, self._line, answer))

    def _is_taken_anyway(self, answer: Answer) -> bool:
        """Whether what came under a number that was never drawn is the answer all the same, as its line has it."""
        waiting = [(request, future) for request, future, _ in self._pending.values() if not future.done()]
        if self._options.ignore_transaction and len(waiting) == 1:
            self._take_answer(*waiting[0], answer)
            return True
        self._misnumbered = answer
        self.is_one_at_a_time = True
        self.findings.note(Finding.WRONG_NUMBER, asyncio.get_running_loop().time())
        return False

    def _fail_all(self, kind: type[DeviceError], what: str, hint: str) -> None:
        for request, waiting, _until_s in self._pending.values():
            if not waiting.done():
                waiting.set_exception(
                    kind(request.device, _("line {line}: {what}").format(line=self._line, what=what), hint)
                )
