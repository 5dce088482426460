"""A network camera on loopback that speaks RTSP as it is told to, with pictures of H.264."""

import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import av
import numpy as np
from loopback_camera import LoopbackCamera
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

FPS = 25
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=cam\r\nt=0 0\r\n{extra}m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)


def group(pictures: Sequence[Picture]) -> list[list[bytes]]:
    """Each as parameter sets and one slice, which fit into a packet. The first alone needs no other picture."""
    height, width = pictures[0].shape[:2]
    coder = av.CodecContext.create("libx264", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.framerate = width, height, "yuv420p", FPS  # type: ignore[assignment]
    options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "32", "x264-params": "sliced-threads=0"}
    coder.gop_size, coder.options = len(pictures), {**options, "sc_threshold": "0"}
    frames = [av.VideoFrame.from_ndarray(np.ascontiguousarray(each), format="bgr24") for each in pictures]
    coded = [packet for each in [*frames, None] for packet in coder.encode(each)]
    found = [[each for each in re.split(rb"\x00\x00\x00?\x01", bytes(one)) if each] for one in coded]
    assert max(len(each) for units in found for each in units) < 0xFFFF - 12
    return found


class Webcam(LoopbackCamera):
    """25 pictures a second until told to fall silent or to hang up.

    Args:
        answers: by method, what is sent in place of the usual answer; `{cseq}` and `{port}` are filled in.
        login: user and password that are asked for by Digest.
        ways: in which it sends its pictures, "tcp" and "udp"; any other is refused with 461.
        context: as of a LoopbackCamera.
        stamps: time stamp of RTP by number of picture; by default each 1/25 s later than the one before.
        lost: whether the packet of that number never comes.
    """

    def __init__(
        self,
        picture: Picture,
        answers: Mapping[str, str | bytes] | None = None,
        login: tuple[str, str] | None = None,
        *,
        ways: Collection[str] = ("tcp", "udp"),
        context: ssl.SSLContext | None = None,
        stamps: Callable[[int], int] = lambda number: number * 90_000 // FPS,
        lost: Callable[[int], bool] = lambda number: False,
    ) -> None:
        super().__init__(context)
        self.answers, self.login = dict(answers or {}), login
        self.ways, self.stamps, self.lost = ways, stamps, lost
        self.url = f"rtsp{'s' if context else ''}://user:secret@127.0.0.1:{self.port}/main"
        self.control: list[bytes] = []
        self.show(picture)
        self.silent = threading.Event()

    def show(self, *pictures: Picture) -> None:
        """Shows them in turn, and the first, which alone needs no other, again."""
        self.group = group(pictures)

    def talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as asked, socket.socket(type=socket.SOCK_DGRAM) as video:
            video.bind(("127.0.0.1", 0))
            send = connection.sendall
            for head in _heads(asked.readline):
                self.asked.append(head)
                if found := re.search(r"client_port=(\d+)", head):
                    send = _datagrams(video, int(found[1]))
                connection.sendall(self._answer(head, video.getsockname()[1]))
                if head.startswith("PLAY"):
                    self._play(send)
                    return

    def _answer(self, head: str, from_port: int) -> bytes:
        method, cseq = head.split(maxsplit=1)[0], re.findall(r"(?im)^cseq: *(\d+)", head)[0]
        if self.login and not self._knows(head):
            challenge = 'WWW-Authenticate: Basic realm="cam"\r\nWWW-Authenticate: Digest realm="cam", nonce="n1"\r\n'
            return f"RTSP/1.0 401 Unauthorized\r\nCSeq: {cseq}\r\n{challenge}\r\n".encode()
        if method in self.answers:
            given = self.answers[method]
            return given if isinstance(given, bytes) else given.format(cseq=cseq, port=self.port).encode()
        over_udp = "client_port" in head
        if method == "SETUP" and ("udp" if over_udp else "tcp") not in self.ways:
            return f"RTSP/1.0 461 Unsupported Transport\r\nCSeq: {cseq}\r\n\r\n".encode()
        body = SDP.format(extra="") if method == "DESCRIBE" else ""
        way = f"RTP/AVP;unicast;server_port={from_port}-{from_port + 1}" if over_udp else "RTP/AVP/TCP;interleaved=4-5"
        headers = {
            "DESCRIBE": f"Content-Base: rtsp://127.0.0.1:{self.port}/main/\r\nContent-Length: {len(body)}\r\n",
            "SETUP": f"Transport: {way}\r\nSession: 77;timeout=60\r\n",
        }
        return f"RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{headers.get(method, '')}\r\n{body}".encode()

    def _knows(self, head: str) -> bool:
        assert self.login
        user, password = self.login
        method, url = head.split()[:2]
        secret, asked = (
            hashlib.md5(each.encode()).hexdigest() for each in (f"{user}:cam:{password}", f"{method}:{url}")
        )
        return hashlib.md5(f"{secret}:n1:{asked}".encode()).hexdigest() in head

    def _play(self, send: Callable[[bytes], object]) -> None:
        number = pictures = 0
        while not self.hang_up.wait(1 / FPS):
            if self.silent.is_set():
                continue
            units = self.group[pictures % len(self.group)]
            pictures += 1
            stamp = (self.stamps(pictures) % (1 << 32)).to_bytes(4, "big")
            for unit in units:
                number += 1
                marker = 0x80 if unit is units[-1] else 0
                rtp = bytes((0x80, 96 | marker)) + (number % 65536).to_bytes(2, "big") + stamp + b"\0\0\0\1"
                if not self.lost(number % 65536):
                    send(b"$\4" + (len(rtp) + len(unit)).to_bytes(2, "big") + rtp + unit)


def _datagrams(video: socket.socket, port: int) -> Callable[[bytes], None]:
    """Sends what is framed for a connection to a port over UDP."""

    def send(framed: bytes) -> None:
        video.sendto(framed[4:], ("127.0.0.1", port))

    return send


def _heads(line: Callable[[], bytes]) -> Iterator[str]:
    head = ""
    while said := line():
        head += said.decode()
        if said == b"\r\n":
            yield head
            head = ""


def webcam(
    picture: Picture,
    answers: Mapping[str, str | bytes] | None = None,
    login: tuple[str, str] | None = None,
    **more: Any,
) -> AbstractContextManager[Webcam]:
    """One that serves; `more` as of a Webcam."""
    return Webcam(picture, answers, login, **more).serving()
