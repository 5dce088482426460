"""Packets of RTP as they come over UDP, some late, some never -> whole pictures (RFC 3550; pure).

What a lost packet belonged to is left out, and so is all that builds on it: a decoder would paint it over and say
nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

MOST_HELD = 16
"""Packets that wait for one that is late, before it counts as lost."""

MOST_ENDS = 2
"""Ends of pictures among these: a camera that sends few packets is not waited for any longer."""

MOST_PICTURE_BYTES = 8 * 1024 * 1024

_NUMBERS = 1 << 16
_JUMP = 1000
"""Numbers that are so far from what is awaited begin anew: the camera has."""

_HEAD = 12

Starts = Callable[[bytes], bool]
"""Whether a payload is of a picture that needs none before it."""


class Packet(NamedTuple):
    """A packet of RTP."""

    number: int
    stamp: bytes
    is_end: bool
    payload: bytes
    whole: bytes


def packet_of(datagram: bytes) -> Packet | None:
    """Returns it; None: it is none (RFC 3550, 5.1)."""
    if len(datagram) < _HEAD or datagram[0] >> 6 != 2:
        return None
    begin = _HEAD + 4 * (datagram[0] & 0x0F)
    if datagram[0] & 0x10:
        begin += 4 + 4 * int.from_bytes(datagram[begin + 2 : begin + 4], "big")
    if begin >= len(datagram):
        return None
    number = int.from_bytes(datagram[2:4], "big")
    return Packet(number, datagram[4:8], bool(datagram[1] & 0x80), datagram[begin:], datagram)


class _Picture:
    """The picture whose packets come."""

    def __init__(self, spoilt: bool) -> None:
        self.stamp: bytes | None = None
        self.packets: list[bytes] = []
        self.spoilt, self.starts, self._bytes = spoilt, False, 0

    def add(self, packet: Packet, starts: bool) -> None:
        self.stamp = packet.stamp
        self.starts |= starts
        self._bytes += len(packet.whole)
        self.packets.append(packet.whole)
        if self._bytes > MOST_PICTURE_BYTES:
            self.spoilt = True
            self.packets.clear()


class WholePictures:
    """Puts packets in order, and gives those of whole pictures.

    Args:
        starts: of what the pictures are coded by.
        first: number of the first packet; None: not known, and then the first picture is left out, which may have begun
            before.
        left_out: pictures so far that were not whole, or built on one that was not, as far as anything of them came.
    """

    def __init__(self, starts: Starts, first: int | None) -> None:
        self.left_out = 0
        self._starts = starts
        self._next = first
        self._held: dict[int, Packet] = {}
        self._picture = _Picture(first is None)
        self._doubtful = True

    def add(self, datagram: bytes) -> list[bytes]:
        """Returns the packets of the pictures that are whole with this one, in order."""
        packet = packet_of(datagram)
        if packet is None:
            return []
        return [whole for each in self._ordered(packet) for whole in self._taken(*each)]

    def _ordered(self, packet: Packet) -> Iterator[tuple[Packet, bool]]:
        """Yields those whose turn has come, and of each whether one is missing before it."""
        ahead = 0 if self._next is None else distance(self._next, packet.number)
        if -_JUMP <= ahead < 0:
            return  # late: it was given up, or came twice
        if abs(ahead) > _JUMP:
            self._held.clear()
            yield self._turn(packet, True)
            return
        self._held[packet.number] = packet
        if self._next is None:
            self._next = packet.number
        yield from self._in_turn(False)
        if len(self._held) > MOST_HELD or sum(each.is_end for each in self._held.values()) >= MOST_ENDS:
            self._next = min(self._held, key=lambda number: distance(self._next or 0, number))
            yield from self._in_turn(True)

    def _in_turn(self, after_gap: bool) -> Iterator[tuple[Packet, bool]]:
        while self._next in self._held:
            yield self._turn(self._held.pop(self._next), after_gap)
            after_gap = False

    def _turn(self, packet: Packet, after_gap: bool) -> tuple[Packet, bool]:
        self._next = (packet.number + 1) % _NUMBERS
        return packet, after_gap

    def _taken(self, packet: Packet, after_gap: bool) -> list[bytes]:
        self._picture.spoilt |= after_gap
        found: list[bytes] = []
        if self._picture.stamp not in (None, packet.stamp):
            found = self._finished(after_gap)
        self._picture.add(packet, self._starts(packet.payload))
        return found + (self._finished(False) if packet.is_end else [])

    def _finished(self, next_spoilt: bool) -> list[bytes]:
        """Returns the packets of the picture that is at its end; none, where it may not be shown."""
        done, self._picture = self._picture, _Picture(next_spoilt)
        self._doubtful = done.spoilt or (self._doubtful and not done.starts)
        self.left_out += self._doubtful
        return [] if self._doubtful else done.packets


def distance(awaited: int, number: int) -> int:
    """Returns how far a number is ahead of what is awaited; negative: behind."""
    return (number - awaited + _NUMBERS // 2) % _NUMBERS - _NUMBERS // 2


def _starts_h264(payload: bytes) -> bool:
    """RFC 6184: a slice of an IDR picture, alone, among others, or the first of its pieces."""
    kind = payload[0] & 0x1F
    if kind in (24, 25):
        return any(unit[0] & 0x1F == 5 for unit in units_of(payload, 1 if kind == 24 else 3))
    if kind in (28, 29):
        return len(payload) > 1 and payload[1] & 0x9F == 0x85
    return kind == 5


def _starts_h265(payload: bytes) -> bool:
    """RFC 7798: a slice of an IRAP picture, alone, among others, or the first of its pieces."""
    kind = payload[0] >> 1 & 0x3F
    if kind == 48:
        return any(unit[0] >> 1 & 0x3F in _IRAP for unit in units_of(payload, 2))
    if kind == 49:
        return len(payload) > 2 and payload[2] & 0x80 > 0 and payload[2] & 0x3F in _IRAP
    return kind in _IRAP


_IRAP = range(16, 22)


def units_of(payload: bytes, at: int) -> Iterator[bytes]:
    """Yields the units of a packet that holds several, each after its length in two bytes."""
    while at + 2 < len(payload):
        length = int.from_bytes(payload[at : at + 2], "big")
        unit = payload[at + 2 : at + 2 + length]
        if unit:
            yield unit
        at += 2 + length


STARTS: Mapping[str, Starts] = {"H264": _starts_h264, "H265": _starts_h265, "JPEG": lambda payload: True}
"""What tells it, by codec: of others it is not known where a picture begins that needs none before it."""
