"""Everything that is heard on one serial line, and whether it leaves an answer without doubt (pure).

A frame is of somebody else when nobody here asked for it: a second master's request, the answer to that, the second of
two devices with one number. An answer is believed when nothing that was heard with it could make it another's.
"""

from collections.abc import Callable, Iterable

from drivers.errors import DeviceError
from drivers.line.duplicates import DuplicateFilter, PastAnswer
from drivers.line.echo import Echo
from drivers.line.failures import contradicted, second_master, two_devices
from drivers.line.findings import Finding, Findings
from drivers.line.frames import BROADCAST, RTU_SHORTEST, WRITES_OF_SEVERAL, Found, Request, rtu_answer, rtu_frame
from drivers.line.pieces import Piece, pieces
from drivers.line.timeouts import AdaptiveTimeouts

KEPT_BYTES = 1024
"""More than two of the longest frames."""

ADDRESS_END = 3
"""Bytes of a PDU with its function and address."""

Doubt = Callable[[Request, str], DeviceError]
"""Gives the reason why an answer is not believed, for the name of the line."""


class Ear:
    """
    Args:
        timeouts: of the line; they learn from late answers.
    """

    def __init__(self, timeouts: AdaptiveTimeouts) -> None:
        self._timeouts = timeouts
        self._heard = bytearray()
        self._read_to = 0  # what lies before it was looked at
        self._sent = b""  # the frame that may come back
        self._asked: dict[int, Request] = {}  # the last one to each unit
        self._has_answer = False
        self._open: Piece | None = None  # what another master asked, and nobody has answered yet
        self.echo, self.findings, self.duplicates = Echo(), Findings(), DuplicateFilter()
        self.is_unquiet = False
        """Whether somebody spoke who may go on: whoever clears that has waited."""

    def hear(self, data: bytes) -> None:
        """Of more than it keeps, the oldest is lost; behind an answer that was found, the newest."""
        self._heard += data
        if (surplus := len(self._heard) - KEPT_BYTES) <= 0:
            return
        if self._has_answer:
            del self._heard[2 * KEPT_BYTES :]
            return
        del self._heard[:surplus]
        self._read_to = max(0, self._read_to - surplus)

    def sends(self, request: Request) -> None:
        """Notes what goes out now. What was heard before has been looked at."""
        self._forget()
        self._sent = rtu_frame(request)
        self._asked[request.unit] = request

    @property
    def length(self) -> int:
        """Bytes heard since the request."""
        return len(self._heard)

    @property
    def is_open(self) -> bool:
        """Whether another master waits for an answer."""
        return self._open is not None

    def close(self) -> None:
        """The answer that another master waited for does not come any more."""
        self._open = None

    def answer(self, request: Request) -> Found | None:
        found = self.echo.answer(request, bytes(self._heard))
        self._has_answer = found is not None
        return found

    def may_be_echo(self, request: Request, pdu: bytes) -> bool:
        """Whether what answered a write looks like the write itself, and nothing tells yet whether there is an echo."""
        return pdu == request.pdu and not request.is_read and not self.echo.is_known

    def is_careful(self, unit: int, now_s: float) -> bool:
        """Whether an answer of that unit is believed only when nothing contradicts it for a while."""
        return (
            not self._timeouts.is_trusted(unit)
            or self.findings.has(Finding.SECOND_MASTER, now_s)
            or self.findings.has(Finding.TWO_DEVICES, now_s, unit)
        )

    def judge(self, request: Request, found: Found, now_s: float) -> Doubt | None:
        """Why the answer that was found is not believed; None: it is. The silence after it is over."""
        heard = bytes(self._heard)
        self._read_to = found.end  # what follows is overheard, once it is known what came of this
        before = tuple(pieces(self._without_echo(request, heard[: found.start], now_s)))
        after = heard[found.end :]
        if not after:
            self._timeouts.trust(request.unit)
        self._note(before, now_s)
        self.is_unquiet = False
        doubt = self._doubt(request, found, before, after, now_s)
        return doubt or self._doubt_by_noise((*before, *pieces(after)), now_s)

    def unanswered(self, request: Request, now_s: float) -> tuple[bytes, bool]:
        """What was heard instead of an answer, and whether a second master asked for what could pass for it."""
        heard = self._without_echo(request, bytes(self._heard), now_s)
        return heard, any(_is_rival(request, b"", piece) for piece in pieces(heard))

    def overhear(self, now_s: float) -> bytes:
        """Learn from what came when nobody waited for it; what was heard."""
        if len(self._heard) == self._read_to:
            return b""
        unasked = self._echo_left_out(bytes(self._heard[self._read_to :]), now_s)
        self._note(pieces(unasked), now_s)
        self._forget()
        return unasked

    def _forget(self) -> None:
        self._heard.clear()
        self._read_to, self._has_answer = 0, False

    def _without_echo(self, request: Request, heard: bytes, now_s: float) -> bytes:
        """Learns as well whether there is an echo, from a request that no answer looks like."""
        if request.is_read or request.pdu[0] in WRITES_OF_SEVERAL:
            self.echo.learn(self._sent in heard)
        return self._echo_left_out(heard, now_s)

    def _echo_left_out(self, heard: bytes, now_s: float) -> bytes:
        """Once after each request; a broadcast that comes back is one, for nobody answers it."""
        if self._sent.startswith(bytes((BROADCAST,))) and self._sent in heard:
            self.echo.learn(True)
        if not self.echo.is_heard or not self._sent or self._sent not in heard:
            return heard
        sent, self._sent = self._sent, b""
        self.findings.note(Finding.ECHO, now_s)
        return heard.replace(sent, b"", 1)

    def _doubt(
        self, request: Request, found: Found, before: Iterable[Piece], after: bytes, now_s: float
    ) -> Doubt | None:
        if any(_is_rival(request, found.pdu, piece) for piece in before):
            return second_master
        second = rtu_answer(request, after)
        if second is None or second.pdu == found.pdu:
            return None
        if self.findings.has(Finding.SECOND_MASTER, now_s):
            return second_master
        if not self._is_doubled(request, (found.pdu, second.pdu), now_s):
            return contradicted
        self.findings.note(Finding.TWO_DEVICES, now_s, request.unit)
        return two_devices

    def _is_doubled(self, request: Request, pdus: Iterable[bytes], now_s: float) -> bool:
        """Whether two answers are of two devices: neither is a copy of an answer of old."""
        if self.findings.has(Finding.TWO_DEVICES, now_s, request.unit):
            return True
        return not any(self.duplicates.has_said(request.unit, pdu, request.pdu) for pdu in pdus)

    def _doubt_by_noise(self, heard: Iterable[Piece], now_s: float) -> Doubt | None:
        """Where a second master is about, noise may have been its request."""
        shared = self.findings.has(Finding.SECOND_MASTER, now_s)
        return second_master if shared and any(piece.kind == "noise" for piece in heard) else None

    def _note(self, heard: Iterable[Piece], now_s: float) -> None:
        for piece in heard:
            if piece.kind == "noise":
                self.findings.note(Finding.NOISE, now_s)
                self.is_unquiet |= piece.end - piece.start >= RTU_SHORTEST
            elif self._open is not None and self._open.is_answered_by(piece):
                self._open = None
            elif piece.kind == "answer" or self._is_own(piece):
                self._hear_answer(piece, now_s)
            else:
                self._hear_master(piece, now_s)

    def _is_own(self, piece: Piece) -> bool:
        """Whether it is what the unit was asked last, or answers that write: once more, late, or with another value."""
        asked = self._asked.get(piece.unit)
        return asked is not None and (asked.pdu == piece.pdu or _answers_write(asked, piece))

    def _hear_master(self, piece: Piece, now_s: float) -> None:
        self.findings.note(Finding.SECOND_MASTER, now_s)
        self._open = piece if piece.unit != BROADCAST else None

    def _hear_answer(self, piece: Piece, now_s: float) -> None:
        """One that nobody waits for: late, or once more, or of a second device with that number."""
        self.is_unquiet = True
        asked = self._asked.get(piece.unit)
        if asked is None:
            self.findings.note(Finding.SECOND_MASTER, now_s)
        elif self._is_second(asked, piece, now_s):
            self.findings.note(Finding.TWO_DEVICES, now_s, piece.unit)
        self._timeouts.late_answer(piece.unit, now_s)
        self.duplicates.remember(piece.unit, PastAnswer(piece.pdu, b"", now_s))

    def _is_second(self, asked: Request, piece: Piece, now_s: float) -> bool:
        """Whether it answers once more, and otherwise, what was answered already."""
        if self.duplicates.has_said(piece.unit, piece.pdu) or self.findings.has(Finding.SECOND_MASTER, now_s):
            return False
        return asked.is_read and asked.accepts(piece.pdu) and self._timeouts.has_just_answered(piece.unit, now_s)


def _answers_write(asked: Request, piece: Piece) -> bool:
    """Whether that is the answer to a write of this register, whatever value is in it."""
    return piece.kind == "alike" and piece.pdu[:ADDRESS_END] == asked.pdu[:ADDRESS_END]


def _is_rival(request: Request, answer: bytes, piece: Piece) -> bool:
    """Whether somebody else asked for what could pass for the answer to `request`.

    Args:
        answer: its PDU; a refusal tells of the function alone. Empty: any question of that function to that unit.
    """
    if piece.kind not in ("request", "alike") or piece.pdu == request.pdu or _answers_write(request, piece):
        return False
    if (piece.unit, piece.pdu[0]) != (request.unit, request.pdu[0]):
        return False
    return not request.is_read or len(answer) != request.length or piece.asked_length == request.length
