"""The body of an answer -> its parts, each a picture (RFC 2046, 5.1; pure)."""

import re

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.message import MOST_HEAD_BYTES, headers_of
from drivers.translation import _

MOST_PICTURE_BYTES = 8 * 1024 * 1024
"""The most bytes of one picture, before it is decoded: one of 3840 x 2160 px has about 3 MB."""

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LONGEST_BOUNDARY = 200
_BOUNDARY = re.compile(r'(?i)multipart/x-mixed-replace\s*;(?:.*;)?\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))')


def boundary_of(content_type: str) -> bytes | None:
    """Returns what stands between two parts; None: it is no motion JPEG."""
    found = _BOUNDARY.search(content_type[:1000])
    if found is None:
        return None
    name = (found[1] or found[2]).strip("-")
    return b"--" + name.encode("utf-8") if 0 < len(name) <= _LONGEST_BOUNDARY else None


class Parts:
    """Cuts what comes into parts. No more is held than one of them, and what came with it.

    Args:
        boundary: what stands before each, its dashes with it, or some of them: cameras differ in how they count these.
    """

    def __init__(self, boundary: bytes) -> None:
        self._boundary = boundary
        self._held = bytearray()
        self._length: int | None = None
        self._in_part = False
        self._sought = 0

    def feed(self, more: bytes) -> None:
        self._held += more

    def next(self) -> bytes | None:
        """Returns the next part; None: it is not whole yet. Raises SourceError: what comes are no pictures."""
        if not self._in_part and not self._begun():
            return None
        end = self._end()
        if end is None:
            return None
        part = bytes(self._held[:end])
        del self._held[:end]
        self._in_part, self._sought = False, 0
        return part

    def _begun(self) -> bool:
        """Whether the head of a part is whole, which is cut off. Raises SourceError."""
        at = self._held.find(self._boundary, 0, 2 * MOST_HEAD_BYTES)
        head_end = _BLANK_LINE.search(self._held, at + len(self._boundary), at + MOST_HEAD_BYTES) if at >= 0 else None
        if head_end is None:
            if len(self._held) >= 2 * MOST_HEAD_BYTES:
                raise SourceError(_("it sends something else than motion JPEG"))
            return False
        head = self._held[at + len(self._boundary) : head_end.start()].decode("utf-8", "replace")
        self._length = _length(headers_of(head.splitlines()).get("content-length"))
        del self._held[: head_end.end()]
        self._in_part = True
        return True

    def _end(self) -> int | None:
        """Returns where the part ends; None: not in what has come. Raises SourceError: it has no end."""
        if self._length is not None:
            return self._length if len(self._held) >= self._length else None
        at = self._held.find(self._boundary, self._sought)
        self._sought = max(0, len(self._held) - len(self._boundary))
        if at < 0 and len(self._held) > MOST_PICTURE_BYTES:
            raise _too_large(len(self._held))
        return at if at >= 0 else None


def _length(text: str | None) -> int | None:
    """Returns the bytes of a part; None: it does not say. Raises SourceError: too many."""
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    if len(text) > len(str(MOST_PICTURE_BYTES)) or int(text) > MOST_PICTURE_BYTES:
        raise _too_large(text[:20])
    return int(text)


def _too_large(length: int | str) -> SourceError:
    what = _("it sends a picture of {length} bytes; at most {most} are taken")
    hint = _("let the camera compress more, or make its pictures smaller")
    return SourceError(what.format(length=length, most=MOST_PICTURE_BYTES), hint)
