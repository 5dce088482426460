"""What a camera offers (SDP, RFC 8866): its video, as FFmpeg is told of it, and where to set it up (pure)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.message import Answer
from drivers.translation import _

_TOLD = ("a=rtpmap:", "a=fmtp:", "a=framerate:", "a=framesize:")
"""FFmpeg is told what the video is coded by, and nothing of addresses."""

_JPEG = "26"
_MOST_16_BITS = 65_535

_HEAD = ("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0")


class Offer(NamedTuple):
    """The first video that a camera offers.

    Args:
        sdp: of it alone.
        codec: what it is coded by, in upper case, as "H264"; "": it does not say.
        track: URL to set it up by.
        whole: URL to play by.
    """

    sdp: bytes
    codec: str
    track: str
    whole: str


def offer(described: Answer, url: str) -> Offer:
    """Returns what the answer to DESCRIBE offers. Raises SourceError: no video is in it."""
    named = (described.headers.get(name, "") for name in ("content-base", "content-location"))
    base = next((each.splitlines()[0] for each in named if each), url)
    session, video = _sections(described.body.decode("utf-8", "replace").splitlines())
    told = [line for line in video[1:] if line.startswith(_TOLD)]
    sdp = "\r\n".join([*_HEAD, video[0], *told, ""])
    whole = _resolved(base, _control(session))
    return Offer(sdp.encode(), _codec(video), _resolved(base, _control(video)), whole)


def _sections(lines: list[str]) -> tuple[list[str], list[str]]:
    """Returns the lines of the session, and those of its first video. Raises SourceError."""
    begins = [at for at, line in enumerate(lines) if line.startswith("m=")]
    for begin, end in pairwise([*begins, len(lines)]):
        if lines[begin].startswith("m=video "):
            return lines[: begins[0]], lines[begin:end]
    raise SourceError(_("no video in it"))


def _codec(video: list[str]) -> str:
    """Returns the codec of the first format of a video (RFC 8866, 6.6); of JPEG its number says enough (RFC 3551)."""
    number = (video[0].split() + [""] * 4)[3]
    if number == _JPEG:
        return "JPEG"
    said = (line.removeprefix(f"a=rtpmap:{number} ") for line in video if line.startswith(f"a=rtpmap:{number} "))
    return next(said, "").partition("/")[0].strip().upper()


def _control(lines: list[str]) -> str:
    return next((line.removeprefix("a=control:").strip() for line in lines if line.startswith("a=control:")), "*")


def _resolved(base: str, control: str) -> str:
    if control == "*":
        return base
    if "://" in control:
        return control
    return f"{base.rstrip('/')}/{control}"


def session_of(answer: Answer) -> tuple[str, float]:
    """Returns the id of the session, and after how many seconds without a word it ends."""
    identifier, _semicolon, rest = answer.headers.get("session", "").partition(";")
    said = dict(_parameters(rest)).get("timeout", "")
    return identifier.strip(), float(said) if said.isascii() and said.isdigit() and len(said) < 6 else 60.0


def channel_of(answer: Answer) -> int:
    """Returns the interleaved channel that the video comes on. Raises SourceError: it does not come over TCP."""
    said: Mapping[str, str] = dict(_parameters(answer.headers.get("transport", "")))
    text = said.get("interleaved", "").partition("-")[0]
    if not (text.isascii() and text.isdigit()):
        raise SourceError(_("it does not send its pictures over this connection"))
    return int(text)


def server_ports_of(answer: Answer) -> tuple[int, int]:
    """Returns the UDP ports that the video and its control come from. Raises SourceError: it names none."""
    said: Mapping[str, str] = dict(_parameters(answer.headers.get("transport", "")))
    text, _dash, second = said.get("server_port", "").partition("-")
    if not all(each.isascii() and each.isdigit() and 0 < int(each) <= _MOST_16_BITS for each in (text, second or text)):
        raise SourceError(_("it does not say from which ports it sends its pictures over UDP"))
    return int(text), int(second) if second else int(text) + 1


def first_of(answer: Answer) -> int | None:
    """Returns the number of the first packet of what plays (RFC 2326, 12.33); None: it does not say."""
    text = dict(_parameters(answer.headers.get("rtp-info", "").partition(",")[0])).get("seq", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= _MOST_16_BITS else None


def _parameters(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, _equals, value = part.partition("=")
        yield name.strip().lower(), value.strip()
