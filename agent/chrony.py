"""What chrony tells of the clock that it keeps, by its monitoring port: as chronyc's `tracking`, without a process.

The port answers on this box alone (chrony.conf(5), cmdport), and chronyd holds it as root. Packets are those of
protocol version 6, chrony 2 and later (candm.h of its sources).
"""

import os
import socket
import struct

from msgspec import Struct

PORT, WITHIN_S = 323, 0.05
"""It is not there where it has not answered on the same box within that time."""

_VERSION, _REQUEST, _REPLY, _TRACKING = 6, 1, 2, 33
_HEAD, _BYTES = 28, 104
_LONGEST_REPLY = 1024
_UNSYNCHRONISED = 3
_IPV4, _IPV6 = 1, 2
_NO_SECONDS = 0x7FFFFFFF
"""It stands in place of the upper half of the seconds where there is no time."""


class Tracking(Struct, frozen=True):
    """
    Args:
        reference: address of the server that the clock follows, or the name of a clock beside the box ("PPS").
        updated_s: when it was heard last, unix seconds.
        error_s: how wrong the clock is at most, by chrony's own rule (chronyc(1), tracking): what is left to correct,
            the dispersion and half of the delay to the root.
    """

    reference: str
    updated_s: float
    error_s: float


def asked(port: int = PORT) -> Tracking | None:
    """Asks chrony; None: it is not there, or follows nobody. Takes WITHIN_S at most."""
    sequence = os.urandom(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.settimeout(WITHIN_S)
        try:
            ear.connect(("127.0.0.1", port))
            ear.send(request(sequence))
            return tracking(ear.recv(_LONGEST_REPLY), sequence)
        except OSError:
            return None


def request(sequence: bytes) -> bytes:
    """The question; it is as long as the answer, as chrony asks for."""
    head = struct.pack(">BBBBHH", _VERSION, _REQUEST, 0, 0, _TRACKING, 0)
    return (head + sequence).ljust(_BYTES, b"\0")


def tracking(reply: bytes, sequence: bytes) -> Tracking | None:
    """What an answer says (pure); None: it is none to that question, or chrony follows nobody."""
    if len(reply) != _BYTES or reply[:2] != bytes((_VERSION, _REPLY)) or reply[16:20] != sequence:
        return None
    command, answer, status = struct.unpack_from(">HHH", reply, 4)
    name, address, family, leap = struct.unpack_from(">4s16sHxxxxH", reply, _HEAD)
    high, low, ns = struct.unpack_from(">III", reply, _HEAD + 28)
    if (command, answer, status) != (_TRACKING, 5, 0) or leap == _UNSYNCHRONISED or high == _NO_SECONDS:
        return None
    left, delay, dispersion = map(_number, struct.unpack_from(">I20xII", reply, _HEAD + 40))
    at_s = (high << 32) + low + ns / 1e9
    return Tracking(_reference(name, address, family), at_s, abs(left) + dispersion + delay / 2)


def _number(bits: int) -> float:
    """A number of chrony's own: 7 bits of exponent, 25 of coefficient, both signed."""
    exponent, coefficient = bits >> 25, bits & 0x1FFFFFF
    exponent -= (exponent & 0x40) << 1
    coefficient -= (coefficient & 0x1000000) << 1
    return coefficient * 2.0 ** (exponent - 25)


def _reference(name: bytes, address: bytes, family: int) -> str:
    """An address, or the four letters of a clock that has none."""
    if family == _IPV4:
        return socket.inet_ntop(socket.AF_INET, address[:4])
    if family == _IPV6:
        return socket.inet_ntop(socket.AF_INET6, address)
    return name.rstrip(b"\0 ").decode("ascii", "replace")
