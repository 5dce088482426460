"""Packets of RTP -> those of the pictures that need none before them (RFC 3550, RFC 6184, RFC 7798; pure).

What a decoder would throw away unread goes no further than here. What is left is numbered anew, as if there had been
nothing between.
"""

from collections.abc import Callable, Iterator, Mapping

from drivers.camera.rtsp.message import Packet
from drivers.camera.rtsp.whole_pictures import packet_of, units_of

_VIDEO = 0
_NUMBERS = 1 << 16
_HEAD = 12

_MARKER = b"\x80"
"""Second byte of the packet that ends a picture, at least (RFC 3550, 5.1)."""

_P_OR_B = (0, 1, 5, 6)
"""Slice types of H.264 (7.4.3) that are coded by other pictures."""

NeedsOthers = Callable[[bytes], bool | None]
"""Whether a payload is of a picture that is coded by another one; None: it does not tell."""


class KeyPictures:
    """Leaves out what lies between the pictures that stand alone.

    Of the picture after one that stands alone the first packet is kept: by that FFmpeg knows that the one before is
    whole. What tells of no picture, as parameter sets, is kept too, and so is whatever is not understood.

    Args:
        needs_others: of what the pictures are coded by.
    """

    def __init__(self, needs_others: NeedsOthers) -> None:
        self._needs_others = needs_others
        self._stamp = b""
        self._left_out: bool | None = None
        self._goes_on = self._after_key = False
        self._number: int | None = None

    def of(self, packets: list[Packet]) -> list[Packet]:
        """Returns what is to be handed on, in order."""
        return [self._numbered(each) for each in packets if each.channel != _VIDEO or self._is_kept(each.content)]

    def _is_kept(self, content: bytes) -> bool:
        stamp, goes_on, self._goes_on = content[4:8], self._goes_on, content[1:2] < _MARKER
        if stamp != self._stamp or not goes_on:
            self._stamp, self._left_out = stamp, None
        elif self._left_out is not None:
            return not self._left_out
        packet = packet_of(content)
        self._left_out = None if packet is None else self._needs_others(packet.payload)
        if self._left_out is None:
            return True
        ends_key, self._after_key = self._after_key, not self._left_out
        return ends_key or not self._left_out

    def _numbered(self, packet: Packet) -> Packet:
        channel, content = packet
        if channel != _VIDEO or len(content) < _HEAD:
            return packet
        number = int.from_bytes(content[2:4], "big") if self._number is None else self._number
        self._number = (number + 1) % _NUMBERS
        return Packet(channel, content[:2] + number.to_bytes(2, "big") + content[4:])


def _h264(payload: bytes) -> bool | None:
    """RFC 6184: a slice alone, among others, or the first of its pieces."""
    kind = payload[0] & 0x1F
    if kind == 24:
        return _first_told(_h264(unit) for unit in units_of(payload, 1))
    if kind == 28:
        return _h264_slice(payload[1] & 0x1F, payload[2:]) if len(payload) > 2 and payload[1] & 0x80 else None
    return _h264_slice(kind, payload[1:])


def _h264_slice(kind: int, content: bytes) -> bool | None:
    """A slice of a picture that is not IDR may still stand alone: its type tells."""
    if kind == 5:
        return False
    return _slice_type(content) in _P_OR_B if kind == 1 else None


def _slice_type(content: bytes) -> int | None:
    """Returns the second number of a slice's head (7.3.3), after that of its first macroblock; None: it is cut."""
    bits = "".join(f"{byte:08b}" for byte in content[:8])
    found, at = None, 0
    for _each in range(2):
        zeros = bits.find("1", at) - at
        end = at + 2 * zeros + 1
        if zeros < 0 or end > len(bits):
            return None
        found, at = int(bits[at:end], 2) - 1, end
    return found


def _h265(payload: bytes) -> bool | None:
    """RFC 7798: a slice alone, among others, or the first of its pieces. Those below 32 are slices, IRAP from 16 on."""
    kind = payload[0] >> 1 & 0x3F
    if kind == 48:
        return _first_told(_h265(unit) for unit in units_of(payload, 2))
    if kind == 49:
        return _h265_slice(payload[2] & 0x3F) if len(payload) > 2 and payload[2] & 0x80 else None
    return _h265_slice(kind)


def _h265_slice(kind: int) -> bool | None:
    return kind < 16 if kind < 32 else None


def _first_told(told: Iterator[bool | None]) -> bool | None:
    return next((each for each in told if each is not None), None)


NEEDS_OTHERS: Mapping[str, NeedsOthers] = {"H264": _h264, "H265": _h265}
"""What tells it, by codec: of others every picture is handed on."""
