"""Frames without I/O: what goes on the wire for a request, and which bytes are its answer and no other's.

pymodbus makes and checks the frames; what it leaves open, which answer belongs to which request, is decided here.
Sources: Modbus Application Protocol V1.1b3; Modbus over Serial Line V1.02 section 2.5.1 (RTU); Modbus Messaging on
TCP/IP V1.0b section 3.1.3 (MBAP header).
"""

from functools import lru_cache

from msgspec import Struct
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.translation import _

BROADCAST = 0
"""The unit number that all units of a line obey and none answers (Modbus over Serial Line V1.02 section 2.2)."""
RTU_OVERHEAD = 3
"""Bytes of an RTU frame around its PDU: the unit before it, the checksum after it."""
RTU_SHORTEST = 4
RTU_REQUEST = 8
"""Bytes of the frame of a read, and of the write of one register or coil."""
EXCEPTION_BYTES = 2
READS, BIT_READS = (1, 2, 3, 4), (1, 2)
WRITES_OF_SEVERAL = (15, 16)
_MBAP_HEAD = 6

_rtu = FramerRTU(DecodePDU(is_server=False))
_mbap = FramerSocket(DecodePDU(is_server=False))


class Request(Struct, frozen=True):
    """One question to one unit, and what tells its answer from every other.

    Args:
        device: name of the asking device in the configuration, for errors.
        unit: 1..247, or BROADCAST: nobody answers on RTU. On Modbus TCP 0 and 255 are the peer itself.
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
    def is_read(self) -> bool:
        return self.pdu[0] in READS

    @property
    def refusal(self) -> bytes:
        """The first byte of a Modbus exception to this request."""
        return bytes((self.pdu[0] | 0x80,))

    def accepts(self, pdu: bytes) -> bool:
        """Whether this is the PDU of an answer, or of a Modbus exception, to this request."""
        if len(pdu) == self.length and pdu.startswith(self.head):
            return True
        return len(pdu) == EXCEPTION_BYTES and pdu.startswith(self.refusal)


def holding_register(device: str, unit: int) -> Request:
    """The read of register 0 by function 3: whoever is there answers it, or refuses it."""
    return Request(device, unit, bytes((3, 0, 0, 0, 1)), bytes((3, 2)), 4)


class Found(Struct, frozen=True):
    """An answer in a stream of bytes: its PDU, and where its frame begins and ends."""

    pdu: bytes
    start: int
    end: int


def rtu_frame(request: Request) -> bytes:
    return _rtu_frame(request.unit, request.pdu)


@lru_cache(maxsize=1024)  # the same few requests are polled for years; each level that is written is one as well
def _rtu_frame(unit: int, pdu: bytes) -> bytes:
    return _rtu.encode(pdu, unit, 0)


def sound(frame: bytes) -> bool:
    """Whether the checksum at the end of an RTU frame is right."""
    return FramerRTU.check_CRC(frame[:-2], int.from_bytes(frame[-2:], "big"))


def rtu_answer(request: Request, heard: bytes) -> Found | None:
    """The first valid answer to `request`, wherever it begins: a transceiver that turns around may leave a stray byte.

    Three known bytes and a checksum of 16 bits must agree before anything counts as a frame.
    """
    unit = bytes((request.unit,))
    candidates = (
        _rtu_at(heard, unit + request.head, request.length + RTU_OVERHEAD),
        _rtu_at(heard, unit + request.refusal, EXCEPTION_BYTES + RTU_OVERHEAD),
    )
    return min((found for found in candidates if found), key=lambda found: found.end, default=None)


def _rtu_at(heard: bytes, start: bytes, length: int) -> Found | None:
    at = heard.find(start)
    while 0 <= at <= len(heard) - length:
        if sound(heard[at : at + length]):
            return Found(heard[at + 1 : at + length - 2], at, at + length)
        at = heard.find(start, at + 1)
    return None


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
            raise OutOfStep(_("no Modbus TCP header: {octets}").format(octets=stream[:_MBAP_HEAD].hex(" ")))
        end = _MBAP_HEAD + following
        if len(stream) < end:
            break
        _length, unit, transaction, pdu = _mbap.decode(bytes(stream[:end]))
        answers.append(Answer(transaction, unit, pdu))
        del stream[:end]
    return answers
