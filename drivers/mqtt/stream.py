"""Cuts what a broker sends into packets, without I/O: what is too long is refused, or let pass by, before it is held.

MQTT 3.1.1 and 5.0, section 2.1: a byte for the type, a remaining length of one to four bytes, and so many bytes.
"""

from collections.abc import Callable

from msgspec import Struct

from drivers.mqtt.packets import BadPacket
from drivers.translation import _

_LENGTH_BYTES = 4

Admit = Callable[[int, int], int]
"""How many bytes of a packet's body are kept, by its first byte and its remaining length. Raises BadPacket."""


class Packet(Struct, frozen=True):
    """A packet that has come to its end.

    Args:
        head: its first byte.
        body: what follows the remaining length, as far as it was kept.
        length: the remaining length.
    """

    head: int
    body: bytes
    length: int


class _Begun(Struct):
    """
    Args:
        keep: bytes of the body that are kept; those behind them are let pass by.
        passing: bytes of the body that have yet to pass by.
    """

    head: int
    length: int
    keep: int
    body: bytes | None = None
    passing: int = 0


class PacketStream:
    """Holds what was fed and not taken, and of a packet that has begun no more than is admitted of it."""

    def __init__(self, admit: Admit) -> None:
        self._admit = admit
        self._fed = bytearray()
        self._begun: _Begun | None = None

    def __len__(self) -> int:
        """Bytes that are held."""
        kept = self._begun.body if self._begun is not None else None
        return len(self._fed) + len(kept or b"")

    def feed(self, data: bytes) -> None:
        self._fed += data

    def take(self) -> Packet | None:
        """The next packet; None: it has not come to its end. Raises BadPacket as soon as its length is known."""
        begun = self._begun = self._begun or self._begin()
        if begun is None:
            return None
        if begun.body is None:
            if len(self._fed) < begun.keep:
                return None
            begun.body, begun.passing = self._cut(begun.keep), begun.length - begun.keep
        if not self._passed(begun):
            return None
        self._begun = None
        return Packet(begun.head, begun.body, begun.length)

    def _begin(self) -> _Begun | None:
        """Raises BadPacket."""
        length = 0
        for place, byte in enumerate(self._fed[1 : 1 + _LENGTH_BYTES]):
            length |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                head = self._fed[0]
                keep = self._admit(head, length)
                del self._fed[: 2 + place]
                return _Begun(head, length, keep)
        if len(self._fed) > _LENGTH_BYTES:
            raise BadPacket(_("its length has more than four bytes"))
        return None

    def _passed(self, begun: _Begun) -> bool:
        """Let pass by what is not kept; whether all of it has."""
        count = min(begun.passing, len(self._fed))
        del self._fed[:count]
        begun.passing -= count
        return begun.passing == 0

    def _cut(self, count: int) -> bytes:
        piece = bytes(self._fed[:count])
        del self._fed[:count]
        return piece
