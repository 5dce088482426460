"""A JPEG picture: whether it came whole, how large it announces to be, and its pixels on demand."""

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from drivers.camera.source import Picture
from drivers.camera.video import ONE_THREAD, UNREADABLE, Shot, refuse_large

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame's head (ITU-T T.81, table B.1)."""

_SCAN = 0xDA


class Pictures:
    """Makes shots of what comes.

    Args:
        largest: width and height, px, whose product is the most that is decoded.
    """

    def __init__(self, largest: tuple[int, int]) -> None:
        self._largest = largest
        self._bgr = VideoReformatter()

    def shot(self, part: bytes) -> Shot:
        """Raises SourceError: the picture announces to be larger than what is decoded."""
        content = part.rstrip(b"\r\n\0- ")
        size = size_of(content)
        if size is not None:
            refuse_large(size, self._largest)
        damaged = size is None or not content.endswith(_END)
        return Shot("?", None, damaged, lambda: None if damaged else self._pixels(content))

    def _pixels(self, content: bytes) -> Picture | None:
        """Returns None where it cannot be decoded whole."""
        decoder = av.CodecContext.create("mjpeg", "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.thread_count = 1
        most = str(self._largest[0] * self._largest[1])
        decoder.options = {"max_pixels": most, "err_detect": "explode"}
        try:
            frames = [*decoder.decode(av.Packet(content)), *decoder.decode(None)]
            if not frames or frames[0].is_corrupt:
                return None
            pixels = self._bgr.reformat(frames[0], format="bgr24", **ONE_THREAD).to_ndarray()
        except UNREADABLE:
            return None
        return np.ascontiguousarray(pixels, np.uint8)


def size_of(content: bytes) -> tuple[int, int] | None:
    """Returns width and height, px, as the head of a JPEG picture has them; None: it is none."""
    if not content.startswith(_BEGIN):
        return None
    at = len(_BEGIN)
    while at + 9 <= len(content) and content[at] == 0xFF and content[at + 1] != _SCAN:
        if content[at + 1] in _SIZES:
            height, width = (int.from_bytes(content[at + n : at + n + 2], "big") for n in (5, 7))
            return (width, height) if width and height else None
        fill = content[at + 1] == 0xFF
        at += 1 if fill else 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None
