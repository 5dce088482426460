"""What is heard on a serial line from others than who was asked, and whether it leaves an answer without doubt (pure).

A frame is of somebody else when nobody here asked for it: a second master's request, the answer to that, the second of
two devices with one number. An answer is believed when nothing that was heard with it could make it another's.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from drivers.errors import DeviceError
from drivers.line.duplicates import DuplicateFilter, PastAnswer
from drivers.line.failures import contradicted, second_master, two_devices
from drivers.line.findings import Finding, Findings
from drivers.line.frames import BROADCAST, RTU_SHORTEST, Found, Request, rtu_answer
from drivers.line.pieces import Piece, pieces
from drivers.line.second_device import SecondDevice
from drivers.line.timeouts import LATEST_TIMEOUTS, AdaptiveTimeouts

TRUSTED = 2
"""Answers of a unit after which nothing more may come, before it is believed at once."""

CAREFUL_S = 0.1
"""A second device with the same number, or another master's answer, has come by then."""

WARY = 16
"""Answers of a unit that are listened after, once one was believed that another one contradicted."""

ADDRESS_END = 3
"""Bytes of a PDU with its function and address."""

Doubt = Callable[[Request, str], DeviceError]
"""Gives the reason why an answer is not believed, for the name of the line."""


class Overheard:
    """
    Args:
        timeouts: of the line; they learn from late answers.
    """

    def __init__(self, timeouts: AdaptiveTimeouts) -> None:
        self._timeouts = timeouts
        self._asked: dict[int, Request] = {}  # the last one to each unit
        self._clean: Counter[int] = Counter()  # answers of each unit after which nothing more came, up to `TRUSTED`;
        # below zero where one was believed too early
        self._open: Piece | None = None  # what another master asked, and nobody has answered yet
        self.findings, self.duplicates = Findings(), DuplicateFilter()
        self._second = SecondDevice(self.findings)
        self.is_unquiet = False
        """Somebody spoke who may go on: whoever clears that has waited."""

    def asks(self, request: Request) -> None:
        self._asked[request.unit] = request

    @property
    def is_open(self) -> bool:
        """Another master waits for an answer."""
        return self._open is not None

    def close(self) -> None:
        """The answer that another master waited for does not come any more."""
        self._open = None

    def careful_s(self, unit: int, now_s: float) -> float:
        """How long to listen after an answer of that unit; 0: it is believed at once."""
        shared = self.findings.has(Finding.SECOND_MASTER, now_s)
        if self._clean[unit] >= TRUSTED and not shared and not self.findings.has(Finding.TWO_DEVICES, now_s, unit):
            return 0.0
        second_s = 1.5 * self._timeouts.unit(unit).second_s
        return min(self._timeouts.worst_late_s, max(min(CAREFUL_S, self._timeouts.timeout_s), second_s))

    def doubt(self, request: Request, found: Found, before: bytes, after: bytes, now_s: float) -> Doubt | None:
        """Why the answer that was found is not believed; None: it is.

        Args:
            before, after: what was heard around it, without the echo of the request.
        """
        if not after:
            self._clean[request.unit] = min(TRUSTED, self._clean[request.unit] + 1)
            self._second.answered_alone(request.unit)
        doubt = self._doubt_by_heard(request, found, before, after, now_s)
        return doubt or (two_devices if self._second.is_evident(request.unit, now_s) else None)

    def _doubt_by_heard(
        self, request: Request, found: Found, before: bytes, after: bytes, now_s: float
    ) -> Doubt | None:
        """Why what was heard with an answer takes it away."""
        if not before and not after:
            return None
        heard = tuple(pieces(before))
        self.note(heard, now_s)
        self.is_unquiet = False
        if any(_is_rival(request, found.pdu, piece) for piece in heard):
            return second_master
        second = rtu_answer(request, after)
        if second is not None and second.pdu != found.pdu:
            return self._contradiction(request, (found.pdu, second.pdu), now_s)
        return self._doubt_by_noise((*heard, *pieces(after)), now_s)

    def _contradiction(self, request: Request, pdus: Iterable[bytes], now_s: float) -> Doubt:
        """What two answers mean: another master, a copy of an answer of old, or a second device."""
        if self.findings.has(Finding.SECOND_MASTER, now_s):
            return second_master
        known = self.findings.has(Finding.TWO_DEVICES, now_s, request.unit)
        if not known and any(self.duplicates.has_said(request.unit, pdu, request.pdu) for pdu in pdus):
            return contradicted
        self._second.contradicted(request.unit, now_s)
        return two_devices

    def _doubt_by_noise(self, heard: Iterable[Piece], now_s: float) -> Doubt | None:
        """Noise may have been a request of the second master, where there is one."""
        shared = self.findings.has(Finding.SECOND_MASTER, now_s)
        return second_master if shared and any(piece.kind == "noise" for piece in heard) else None

    def note(self, heard: Iterable[Piece], now_s: float) -> None:
        """Learns from what nobody waited for."""
        for piece in heard:
            if piece.kind == "noise":
                self.findings.note(Finding.NOISE, now_s)
                self.is_unquiet |= piece.end - piece.start >= RTU_SHORTEST
            elif self._open is not None and self._open.is_answered_by(piece):
                self._open = None
            elif piece.kind == "answer" or self._is_own(piece):
                self._hear_answer(piece, now_s)
            else:
                self.findings.note(Finding.SECOND_MASTER, now_s)
                self._open = piece if piece.unit != BROADCAST else None

    def _is_own(self, piece: Piece) -> bool:
        """Whether it is what the unit was asked last, or answers that write: once more, late, or with another value."""
        asked = self._asked.get(piece.unit)
        return asked is not None and (asked.pdu == piece.pdu or _answers_write(asked, piece))

    def _hear_answer(self, piece: Piece, now_s: float) -> None:
        """Takes in one that nobody waits for: late, or once more, or of a second device with that number."""
        self.is_unquiet = True
        asked = self._asked.get(piece.unit)
        if asked is None:
            self.findings.note(Finding.SECOND_MASTER, now_s)
        elif self._is_second(asked, piece, now_s):
            self._clean[piece.unit] = -WARY
            self._second.contradicted(piece.unit, now_s)
        elif _is_again(self.duplicates.last(piece.unit), asked, piece) and self._is_answered(piece.unit, now_s):
            self._second.repeated(piece.unit, now_s)
        self._timeouts.late_answer(piece.unit, now_s)
        self.duplicates.remember(piece.unit, PastAnswer(piece.pdu, b"", now_s))

    def _is_second(self, asked: Request, piece: Piece, now_s: float) -> bool:
        """Whether it answers once more, and otherwise, what was answered already."""
        if self.findings.has(Finding.SECOND_MASTER, now_s) or not self._is_answered(piece.unit, now_s):
            return False
        if not asked.is_read or not asked.accepts(piece.pdu):
            return False
        return not self.duplicates.has_said(piece.unit, piece.pdu) or self._is_at_once(asked, piece, now_s)

    def _is_at_once(self, asked: Request, piece: Piece, now_s: float) -> bool:
        """Whether it contradicts the answer that was believed a moment ago, and is no copy of an earlier one."""
        if self.findings.has(Finding.ANSWERS_TWICE, now_s, piece.unit):
            return False
        last = self.duplicates.last(piece.unit)
        if last is None or last.asked != asked.pdu or last.pdu == piece.pdu or now_s - last.at_s > CAREFUL_S:
            return False
        return not self.duplicates.has_said(piece.unit, piece.pdu, asked.pdu)

    def _is_answered(self, unit: int, now_s: float) -> bool:
        """Whether the unit owes nothing, and has answered of late."""
        since_s = now_s - LATEST_TIMEOUTS * self._timeouts.timeout_s
        return self._timeouts.unit(unit).has_answered(since_s)


def is_rivalled(request: Request, heard: bytes) -> bool:
    """Whether a second master asked for what could pass for the answer, which did not come."""
    return any(_is_rival(request, b"", piece) for piece in pieces(heard))


def _is_again(said: PastAnswer | None, asked: Request, piece: Piece) -> bool:
    """Whether it is the answer that was taken, once more."""
    return said is not None and (said.pdu, said.asked) == (piece.pdu, asked.pdu)


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
