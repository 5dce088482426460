"""Exchanges in Modbus TCP frames: several may be in flight, told apart by their transaction numbers."""

import asyncio

from drivers.errors import BadAnswer, DeviceError
from drivers.line.failures import SILENCES, LinkLost, foreign, lost, no_answer
from drivers.line.findings import Findings
from drivers.line.frames import Answer, OutOfStep, Request, mbap_frame, mbap_take
from drivers.line.port import Port
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.translation import _

HIGHEST_NUMBER = 0xFFFF
"""Transaction numbers have 16 bits; 0 is left out."""

REMEMBERED = 16
"""Requests given up whose late answers still tell how slow their unit is."""

Pending = tuple[Request, asyncio.Future[bytes], float]
"""A request, its answer to come, and until when (loop time)."""


class MbapTransport:
    """
    Args:
        line: its name, for errors.
        turnaround_s: time for units to act on a broadcast.
    """

    def __init__(self, line: str, timeouts: AdaptiveTimeouts, turnaround_s: float) -> None:
        self._line, self._timeouts, self._turnaround_s = line, timeouts, turnaround_s
        self._stream = bytearray()
        self._last_number = 0
        self._pending: dict[int, Pending] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._given_up: dict[int, tuple[int, float]] = {}  # transaction -> unit, when it was asked
        self._silences = 0
        self._out_of_step = ""  # why nothing more of the stream can be read
        self.findings = Findings()
        self.stray_bytes = 0

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
        loop = asyncio.get_running_loop()
        number, asked_s = self._next_number(), loop.time()
        limit_s = self._timeouts.limit_s(request.unit, asked_s if command else None)
        answer: asyncio.Future[bytes] = loop.create_future()
        self._pending[number] = (request, answer, asked_s + limit_s)
        self._time_until(asked_s + limit_s)
        port.write(mbap_frame(request, number))
        try:
            pdu = await answer
        except TimeoutError:
            self._silences += 1
            self._timeouts.missed(request.unit, silent=True)
            self._give_up(number, request.unit, asked_s)
            raise no_answer(request, self._line, limit_s) from None
        except BadAnswer:
            self._timeouts.missed(request.unit, silent=False)
            raise
        finally:
            del self._pending[number]
            self._drop_dead(port)
        now_s = loop.time()
        self._timeouts.answered(request.unit, now_s - asked_s, now_s)
        return pdu

    def _next_number(self) -> int:
        """The transaction number of the next request: 1 to 65 535, then from 1 again."""
        self._last_number = self._last_number % HIGHEST_NUMBER + 1
        return self._last_number

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

    async def broadcast(self, port: Port, request: Request) -> None:
        """Returns when every unit had time to act. Raises LineError."""
        port.write(mbap_frame(request, self._next_number()))
        await asyncio.sleep(self._turnaround_s)
        if not port.usable:
            raise lost(request, self._line, _("check the gateway's power"))

    def _give_up(self, number: int, unit: int, asked_s: float) -> None:
        self._given_up[number] = (unit, asked_s)
        if len(self._given_up) > REMEMBERED:
            del self._given_up[next(iter(self._given_up))]

    def _give(self, answer: Answer) -> None:
        request, waiting, _ = self._pending.get(answer.transaction, (None, None, 0.0))
        if request is None or waiting is None or waiting.done():
            self.stray_bytes += len(answer.pdu)
            if late := self._given_up.pop(answer.transaction, None):
                self._timeouts.late(late[0], asyncio.get_running_loop().time() - late[1])
        elif answer.unit == request.unit and request.accepts(answer.pdu):
            waiting.set_result(answer.pdu)
        else:
            waiting.set_exception(foreign(request, self._line, answer))

    def _drop_dead(self, port: Port) -> None:
        if self._silences >= SILENCES or self._out_of_step:
            port.abort()

    def _fail_all(self, kind: type[DeviceError], what: str, hint: str) -> None:
        for request, waiting, _until_s in self._pending.values():
            if not waiting.done():
                waiting.set_exception(
                    kind(request.device, _("line {line}: {what}").format(line=self._line, what=what), hint)
                )
