"""Frames without I/O: what goes on the wire for a request, and which bytes are its answer and no other's.

Sources: Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02 section 2.5.1 (RTU); Modbus Messaging on
TCP/IP V1.0b section 3.1.3 (MBAP header).
"""

from msgspec import Struct
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

RTU_OVERHEAD = 3
"""Bytes of an RTU frame around its PDU: the unit before it, the checksum after it."""
RTU_SHORTEST = 4
_EXCEPTION_BYTES = 2
_MBAP_HEAD = 6

_rtu = FramerRTU(DecodePDU(is_server=False))
_mbap = FramerSocket(DecodePDU(is_server=False))


class Request(Struct, frozen=True):
    """One question to one unit, and what tells its answer from every other.

    Args:
        device: name of the asking device in the configuration, for errors.
        unit: 1..247.
        pdu: function code and data.
        head: the first bytes of the answer's PDU: function and byte count, or the echo of a write.
        length: bytes of the answer's PDU.
    """

    device: str
    unit: int
    pdu: bytes
    head: bytes
    length: int

    @property
    def refusal(self) -> bytes:
        """The first byte of a Modbus exception to this request."""
        return bytes((self.pdu[0] | 0x80,))

    def accepts(self, pdu: bytes) -> bool:
        """Whether this is the PDU of an answer, or of a Modbus exception, to this request."""
        if pdu[:1] == self.refusal:
            return len(pdu) == _EXCEPTION_BYTES
        return len(pdu) == self.length and pdu.startswith(self.head)


class Found(Struct, frozen=True):
    """An answer in a stream of bytes: its PDU, and where its frame begins and ends."""

    pdu: bytes
    start: int
    end: int


def rtu_frame(request: Request) -> bytes:
    return _rtu.encode(request.pdu, request.unit, 0)


def rtu_answer(request: Request, heard: bytes) -> Found | None:
    """The first valid answer to `request`, wherever it begins: a transceiver that turns around may leave a stray byte.

    Three known bytes and a checksum of 16 bits must agree before anything counts as a frame.
    """
    unit = bytes((request.unit,))
    candidates = (
        _rtu_at(heard, unit + request.head, request.length + RTU_OVERHEAD),
        _rtu_at(heard, unit + request.refusal, _EXCEPTION_BYTES + RTU_OVERHEAD),
    )
    return min((found for found in candidates if found), key=lambda found: found.end, default=None)


def _rtu_at(heard: bytes, start: bytes, length: int) -> Found | None:
    at = heard.find(start)
    while 0 <= at <= len(heard) - length:
        frame = heard[at : at + length]
        used, unit, _, pdu = _rtu.decode(frame)
        if used == length and unit == frame[0] and len(pdu) == length - RTU_OVERHEAD:
            return Found(pdu, at, at + length)
        at = heard.find(start, at + 1)
    return None


def rtu_unit(heard: bytes) -> int | None:
    """The unit whose valid answer `heard` begins with; None: it is no valid answer at all."""
    if len(heard) < RTU_SHORTEST:
        return None
    _, unit, _, pdu = _rtu.decode(heard)
    return unit if pdu else None


def mbap_frame(request: Request, transaction: int) -> bytes:
    return _mbap.encode(request.pdu, request.unit, transaction)


class Answer(Struct, frozen=True):
    """One frame received on Modbus TCP."""

    transaction: int
    unit: int
    pdu: bytes


class OutOfStep(ValueError):
    """The bytes of a TCP stream are no Modbus frames (any more): only a new connection helps."""


def mbap_take(stream: bytearray) -> list[Answer]:
    """Take all complete frames off the front of `stream`. Raises OutOfStep."""
    answers = []
    while len(stream) >= _MBAP_HEAD:
        protocol, following = int.from_bytes(stream[2:4], "big"), int.from_bytes(stream[4:6], "big")
        if protocol != 0 or not 2 <= following <= 254:
            raise OutOfStep(f"no Modbus TCP header: {stream[:_MBAP_HEAD].hex(' ')}")
        if len(stream) < _MBAP_HEAD + following:
            break
        frame = bytes(stream[: _MBAP_HEAD + following])
        del stream[: _MBAP_HEAD + following]
        _, unit, transaction, pdu = _mbap.decode(frame)
        answers.append(Answer(transaction, unit, pdu))
    return answers
