"""Bytes of an HTTP connection -> head of the answer, and its body without the marks of its chunks (RFC 9112; pure)."""

from collections.abc import Mapping
from typing import NamedTuple

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.message import MOST_HEAD_BYTES, headers_of
from drivers.translation import _

_END_OF_HEAD = b"\r\n\r\n"
_MOST_CHUNK_DIGITS = 8
_MOST_CHUNK_LINE = 1024


class Head(NamedTuple):
    """The head of an answer. Headers by name in lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]


def request(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """One GET. HTTP/1.0 is asked for, which has no chunks; cameras that send some all the same are read too."""
    said = {"Host": host, "User-Agent": "lamppost", "Accept": "multipart/x-mixed-replace", **headers}
    lines = [f"GET {target} HTTP/1.0", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join(lines).encode("utf-8") + _END_OF_HEAD


def take_head(held: bytearray) -> Head | None:
    """Cuts the head off what has come; None: it is not whole yet. Raises SourceError: it is none, or too long."""
    end = held.find(_END_OF_HEAD, 0, MOST_HEAD_BYTES)
    if end < 0:
        if len(held) >= MOST_HEAD_BYTES or not b"HTTP/".startswith(bytes(held[:5])):
            raise SourceError(_("it answers with what is no HTTP"))
        return None
    first, *rest = held[:end].decode("utf-8", "replace").splitlines() or [""]
    del held[: end + len(_END_OF_HEAD)]
    version, _space, said = first.partition(" ")
    code, _space, reason = said.partition(" ")
    if not (version.startswith("HTTP/1.") and code.isascii() and code.isdigit() and len(code) == len("200")):
        raise SourceError(_("it answers with what is no HTTP"))
    return Head(int(code), reason[:80], headers_of(rest))


class Chunks:
    """Takes the marks of chunks out of a body (RFC 9112, 7.1)."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._left = 0

    def feed(self, more: bytes) -> bytes:
        """Returns what has come of the body. Raises SourceError: it is not in chunks, or at its end."""
        self._held += more
        found = bytearray()
        while self._held and (self._left or self._begun()):
            piece = self._held[: self._left]
            found += piece
            del self._held[: len(piece)]
            self._left -= len(piece)
        return bytes(found)

    def _begun(self) -> bool:
        """Whether the next chunk has begun. Raises SourceError."""
        blank = 2 if self._held.startswith(b"\r\n") else 0
        end = self._held.find(b"\r\n", blank, _MOST_CHUNK_LINE)
        if end < 0:
            if len(self._held) >= _MOST_CHUNK_LINE:
                raise SourceError(_("its answer is not in the chunks that it announces"))
            return False
        digits = bytes(self._held[blank:end]).partition(b";")[0].strip()
        if not digits or len(digits) > _MOST_CHUNK_DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
            raise SourceError(_("its answer is not in the chunks that it announces"))
        self._left = int(digits, 16)
        if not self._left:
            raise SourceError(_("it has ended its pictures"))
        del self._held[: end + 2]
        return True
