"""Packets of RTP in their order -> those of whole pictures (RFC 3550; pure).

A connection loses nothing, but a camera that cannot send as fast as it codes leaves packets out. FFmpeg does not look
at their numbers there, and shows of H.264 and H.265 what it has made of the rest as if it were whole.
"""

from drivers.camera.rtsp.message import Packet
from drivers.camera.rtsp.whole_pictures import MOST_PICTURE_BYTES, Starts, distance, packet_of

_VIDEO = 0
_NUMBERS = 1 << 16
_HEAD = 12

_RESTART = 1000
"""A number that lies so far behind what is awaited is of a camera that has begun anew; one that lies less behind is of
one that does not count."""


class UnbrokenPictures:
    """Holds the packets of a picture until it is at its end. One of which something is missing is left out, and so is
    all that builds on it.

    Args:
        starts: of what the pictures are coded by.
        left_out: pictures so far that were not whole, or built on one that was not, as far as anything of them came.
    """

    def __init__(self, starts: Starts) -> None:
        self.left_out = 0
        self._starts = starts
        self._held: list[Packet] = []
        self._bytes = 0
        self._stamp = b""
        self._next: int | None = None
        self._spoilt = self._doubtful = False

    def of(self, packets: list[Packet]) -> list[Packet]:
        """Returns what is to be handed on, in order."""
        found: list[Packet] = []
        for each in packets:
            if each.channel == _VIDEO and len(each.content) >= _HEAD:
                found += self._taken(each)
            else:
                found.append(each)
        return found

    def _taken(self, packet: Packet) -> list[Packet]:
        content, found = packet.content, []
        stamp, after_gap = content[4:8], self._is_after_gap(int.from_bytes(content[2:4], "big"))
        self._spoilt |= after_gap
        if self._held and stamp != self._stamp:
            found = self._finished()
            self._spoilt = after_gap
        self._hold(packet)
        self._stamp = stamp
        return found + self._finished() if content[1] & 0x80 else found

    def _is_after_gap(self, number: int) -> bool:
        awaited, self._next = self._next, (number + 1) % _NUMBERS
        if awaited in (None, number):
            return False
        assert awaited is not None
        ahead = distance(awaited, number)
        return ahead > 0 or ahead < -_RESTART

    def _hold(self, packet: Packet) -> None:
        self._bytes += len(packet.content)
        if self._bytes > MOST_PICTURE_BYTES:
            self._spoilt = True
            self._held.clear()
        self._held.append(packet)

    def _finished(self) -> list[Packet]:
        """Returns the packets of the picture that is at its end; none, where it may not be shown."""
        done, spoilt = self._held, self._spoilt
        self._held, self._bytes, self._spoilt = [], 0, False
        self._doubtful = spoilt or (self._doubtful and not self._stands_alone(done))
        self.left_out += self._doubtful
        return [] if self._doubtful else done

    def _stands_alone(self, packets: list[Packet]) -> bool:
        parsed = (packet_of(each.content) for each in packets)
        return any(self._starts(each.payload) for each in parsed if each is not None)
