"""A network camera on loopback that speaks RTSP as it is told to; each of its pictures of H.264 stands alone."""

import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

FPS = 25
SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=cam\r\nt=0 0\r\n{extra}m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)


def nal_units(picture: Picture) -> list[bytes]:
    """The picture as parameter sets and one slice, each of which fits into one packet."""
    height, width = picture.shape[:2]
    coder = av.CodecContext.create("libx264", "w")
    assert isinstance(coder, av.VideoCodecContext)
    coder.width, coder.height, coder.pix_fmt, coder.framerate = width, height, "yuv420p", FPS  # type: ignore[assignment]
    coder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "32", "x264-params": "sliced-threads=0"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
    stream = b"".join(bytes(packet) for packet in [*coder.encode(frame), *coder.encode(None)])
    units = [each for each in re.split(rb"\x00\x00\x00?\x01", stream) if each]
    assert max(map(len, units)) < 0xFFFF - 12
    return units


class Webcam:
    """25 pictures a second until told to fall silent or to hang up.

    Args:
        answers: by method, what is sent in place of the usual answer; `{cseq}` and `{port}` are filled in.
        login: user and password that are asked for by Digest.
    """

    def __init__(
        self,
        picture: Picture,
        answers: Mapping[str, str | bytes] | None = None,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.answers, self.login = dict(answers or {}), login
        self.asked: list[str] = []
        self.control: list[bytes] = []
        self.show(picture)
        self.silent, self.hang_up = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"rtsp://user:secret@127.0.0.1:{self.port}/main"

    def show(self, picture: Picture) -> None:
        self.units = nal_units(picture)

    def serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        self.hang_up.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rb") as asked:
            for head in _heads(asked.readline):
                self.asked.append(head)
                connection.sendall(self._answer(head))
                if head.startswith("PLAY"):
                    self._play(connection)
                    return

    def _answer(self, head: str) -> bytes:
        method, cseq = head.split(maxsplit=1)[0], re.findall(r"(?im)^cseq: *(\d+)", head)[0]
        if self.login and not self._knows(head):
            challenge = 'WWW-Authenticate: Basic realm="cam"\r\nWWW-Authenticate: Digest realm="cam", nonce="n1"\r\n'
            return f"RTSP/1.0 401 Unauthorized\r\nCSeq: {cseq}\r\n{challenge}\r\n".encode()
        if method in self.answers:
            given = self.answers[method]
            return given if isinstance(given, bytes) else given.format(cseq=cseq, port=self.port).encode()
        body = SDP.format(extra="") if method == "DESCRIBE" else ""
        headers = {
            "DESCRIBE": f"Content-Base: rtsp://127.0.0.1:{self.port}/main/\r\nContent-Length: {len(body)}\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=4-5\r\nSession: 77;timeout=60\r\n",
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

    def _play(self, connection: socket.socket) -> None:
        number = stamp = 0
        while not self.hang_up.wait(1 / FPS):
            if self.silent.is_set():
                continue
            stamp += 90_000 // FPS
            for unit in self.units:
                number += 1
                marker = 0x80 if unit is self.units[-1] else 0
                rtp = bytes((0x80, 96 | marker)) + number.to_bytes(2, "big") + stamp.to_bytes(4, "big") + b"\0\0\0\1"
                connection.sendall(b"$\4" + (len(rtp) + len(unit)).to_bytes(2, "big") + rtp + unit)
        connection.shutdown(socket.SHUT_RDWR)


def _heads(line: Callable[[], bytes]) -> Iterator[str]:
    head = ""
    while said := line():
        head += said.decode()
        if said == b"\r\n":
            yield head
            head = ""


@contextmanager
def webcam(
    picture: Picture, answers: Mapping[str, str | bytes] | None = None, login: tuple[str, str] | None = None
) -> Iterator[Webcam]:
    camera = Webcam(picture, answers, login)
    thread = threading.Thread(target=camera.serve)
    thread.start()
    try:
        yield camera
    finally:
        camera.close()
        thread.join()
