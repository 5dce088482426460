"""Cuts whatever was heard on a serial line into frames, whoever sent them, and noise (pure).

Requests are parsed as well as answers: only then can the answers to another master be told from our own. Source: Modbus
Application Protocol V1.1b3, section 6.
"""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from drivers.line.frames import BIT_READS, EXCEPTION_BYTES, READS, RTU_OVERHEAD, RTU_REQUEST, RTU_SHORTEST, sound

Kind = Literal["request", "answer", "alike", "other", "noise"]
"""What a piece is: "alike" may be a request as well as its answer, as the write of one register is; "other" is a sound
frame of a function that this master does not use."""

_WRITE_ONE, _WRITE_SEVERAL = (5, 6), (15, 16)
_EXCEPTIONS = range(1, 12)
_HIGHEST_UNIT = 247
_COUNT_AT = 6
"""The place at which the request of a write of several has the number of bytes that follow."""


class Piece(Struct, frozen=True):
    """
    Args:
        unit: 0 of noise.
        pdu: of noise all its bytes.
        start, end: where it lies in what was heard.
    """

    kind: Kind
    unit: int
    pdu: bytes
    start: int
    end: int

    @property
    def asked_length(self) -> int:
        """Bytes of the PDU that answers this read; 0 for another request."""
        count = int.from_bytes(self.pdu[3:5], "big")
        if self.pdu[0] in BIT_READS:
            return 2 + (count + 7) // 8
        return 2 + 2 * count if self.pdu[0] in READS else 0

    def is_answered_by(self, other: "Piece") -> bool:
        """Whether `other` answers it, or refuses it."""
        if other.unit != self.unit or other.kind not in ("answer", "alike"):
            return False
        if other.pdu[0] == self.pdu[0] | 0x80:
            return True
        return other.pdu[0] == self.pdu[0] and len(other.pdu) == (self.asked_length or 5)


def pieces(heard: bytes) -> Iterator[Piece]:
    """All that was heard, in its order."""
    at = noise = 0
    while at < len(heard):
        if (piece := _frame_at(heard, at)) is None:
            at += 1
            continue
        if noise < at:
            yield _nameless(heard, noise, at)
        yield piece
        at = noise = piece.end
    if noise < at:
        yield _nameless(heard, noise, at)


def _frame_at(heard: bytes, at: int) -> Piece | None:
    """The frame that begins there; None: none does."""
    if len(heard) - at < RTU_SHORTEST or heard[at] > _HIGHEST_UNIT:
        return None
    found: dict[int, Kind] = {}
    for length, kind in _lengths(heard, at):
        if at + length <= len(heard) and sound(heard[at : at + length]):
            found[length] = "alike" if length in found else kind
    if not found:
        return None
    length, kind = next(iter(found.items()))
    return Piece(kind, heard[at], heard[at + 1 : at + length - 2], at, at + length)


def _lengths(heard: bytes, at: int) -> Iterator[tuple[int, Kind]]:
    """How long the frames are that could begin there, by their function."""
    function, following = heard[at + 1], heard[at + 2]
    if function & 0x80 and following in _EXCEPTIONS:
        yield EXCEPTION_BYTES + RTU_OVERHEAD, "answer"
    elif function in READS:
        yield RTU_REQUEST, "request"
        if following:
            yield 2 + following + RTU_OVERHEAD, "answer"
    elif function in _WRITE_ONE:
        yield RTU_REQUEST, "alike"
    elif function in _WRITE_SEVERAL:
        yield RTU_REQUEST, "answer"
        if at + _COUNT_AT < len(heard):
            yield _COUNT_AT + 1 + heard[at + _COUNT_AT] + 2, "request"


def _nameless(heard: bytes, start: int, end: int) -> Piece:
    """What is no frame of ours: one of another function where it is sound as a whole, else noise."""
    octets = heard[start:end]
    if len(octets) >= RTU_SHORTEST and 0 < octets[0] <= _HIGHEST_UNIT and sound(octets):
        return Piece("other", octets[0], octets[1:-2], start, end)
    return Piece("noise", 0, octets, start, end)
