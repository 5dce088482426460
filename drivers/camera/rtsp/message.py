"""Bytes of an RTSP connection <-> requests, answers and interleaved packets (RFC 2326, 4 to 7 and 10.12; pure)."""

from collections.abc import Mapping
from typing import NamedTuple

from drivers.camera.errors import SourceError
from drivers.translation import _

MOST_HEAD_BYTES = 16 * 1024
MOST_BODY_BYTES = 64 * 1024
"""The body of an answer has no more; the description of a camera has 1 or 2 KB."""

_DOLLAR = 0x24
_BLANK = b"\r\n"
_FRAME_HEAD = 4
_END_OF_HEAD = b"\r\n\r\n"


class Answer(NamedTuple):
    """An answer. Headers by name in lower case; of one that comes twice, the values stand on lines of their own."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes = b""


class Packet(NamedTuple):
    """What came on an interleaved channel."""

    channel: int
    content: bytes


class Request(NamedTuple):
    """What the other side asks of us."""

    method: str
    url: str
    number: str


Message = Answer | Packet | Request


def request(method: str, url: str, number: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {url} RTSP/1.0", f"CSeq: {number}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + _END_OF_HEAD


def answer(to: Request, status: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    said = {"CSeq": to.number, **(headers or {}), **({"Content-Length": str(len(body))} if body else {})}
    lines = [f"RTSP/1.0 {status}", *(f"{name}: {value}" for name, value in said.items())]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body


def without_counts(report: bytes) -> bytes:
    """Returns a receiver report (RFC 3550, 6.4.2) without its block, which would count as lost what was left out."""
    if len(report) < 32 or report[0] & 0x1F != 1 or report[1] != 201:
        return report
    return bytes((report[0] & 0xE0, 201, 0, 1)) + report[4:8] + report[32:]


def framed(packet: Packet) -> bytes:
    return bytes((_DOLLAR, packet.channel)) + len(packet.content).to_bytes(2, "big") + packet.content


class Parser:
    """Cuts what comes into messages. No more is held than one of them, and what came with it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._at = 0

    def feed(self, more: bytes) -> None:
        del self._held[: self._at]
        self._at = 0
        self._held += more

    def next(self) -> Message | None:
        """Returns the next message; None: it is not whole yet. Raises SourceError: it is none, or too long to be."""
        held, at = self._held, self._at
        while at < len(held) and held[at] in _BLANK:
            at += 1
        self._at = at
        if at == len(held):
            return None
        return self._packet() if held[at] == _DOLLAR else self._text()

    def _packet(self) -> Packet | None:
        held, at = self._held, self._at
        begin = at + _FRAME_HEAD
        if len(held) < begin:
            return None
        end = begin + int.from_bytes(held[at + 2 : begin], "big")
        if len(held) < end:
            return None
        self._at = end
        return Packet(held[at + 1], bytes(held[begin:end]))

    def _text(self) -> Answer | Request | None:
        at = self._at
        head_end = self._held.find(_END_OF_HEAD, at, at + MOST_HEAD_BYTES)
        if head_end < 0:
            if len(self._held) - at >= MOST_HEAD_BYTES:
                raise SourceError(_("it answers with what is no RTSP"))
            return None
        first, *rest = self._held[at:head_end].decode("utf-8", "replace").splitlines()
        headers = headers_of(rest)
        begin = head_end + len(_END_OF_HEAD)
        end = begin + _length(headers)
        if len(self._held) < end:
            return None
        self._at = end
        return _read(first, headers, bytes(self._held[begin:end]))


def headers_of(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            found[key] = f"{found[key]}\n{value.strip()}" if key in found else value.strip()
    return found


def _length(headers: Mapping[str, str]) -> int:
    """Bytes of the body. Raises SourceError."""
    text = headers.get("content-length", "0").partition("\n")[0]
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MOST_BODY_BYTES)) or int(text) > MOST_BODY_BYTES:
        what = _("it announces an answer of {length} bytes; at most {most} are taken")
        raise SourceError(what.format(length=text[:20], most=MOST_BODY_BYTES))
    return int(text)


def _read(first: str, headers: Mapping[str, str], body: bytes) -> Answer | Request:
    """Raises SourceError."""
    version, _space, rest = first.partition(" ")
    code, _space, reason = rest.partition(" ")
    if version.startswith("RTSP/") and code.isascii() and code.isdigit() and len(code) == len("200"):
        return Answer(int(code), reason[:80], headers, body)
    url, _space, version = rest.rpartition(" ")
    if version.startswith("RTSP/"):
        return Request(first.partition(" ")[0], url, headers.get("cseq", "0")[:20])
    raise SourceError(_("it answers with what is no RTSP"))
