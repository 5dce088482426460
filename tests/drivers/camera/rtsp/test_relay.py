"""What stands on loopback between a camera and FFmpeg, where other programs of the box may look in."""

import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import numpy as np
import pytest
import rtsp_camera
from patience import PATIENCE_S

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.description import Offer
from drivers.camera.rtsp.message import Answer, Message, Packet, Parser, framed
from drivers.camera.rtsp.relay import Relay, listener
from drivers.camera.rtsp.session import Session

GREY = np.full((64, 64, 3), 90, np.uint8)
REPORT = bytes((0x81, 201, 0, 7)) + b"ffmp" + b"cam!" + bytes((255, 0, 0, 99)) + bytes(16)
SOURCE = bytes((0x81, 202, 0, 2)) + b"ffmp\1\0\0\0"


class Told:
    """A session of which the test says what comes.

    Args:
        sent: what the camera is told.
    """

    offer, patience_s, speak_in_s = Offer(b"", "H264", "", ""), 5.0, 60.0

    def __init__(self) -> None:
        self.sent: list[Packet] = []
        self.gathered = 0
        self.camera, ours = socket.socketpair()
        self.sockets = [ours]
        self._parser = Parser()

    def packets(self, ready: Collection[socket.socket]) -> list[Packet]:
        if self.sockets[0] in ready:
            self._parser.feed(self.sockets[0].recv(65_536))
        return cast(list[Packet], list(iter(self._parser.next, None)))

    def send(self, packet: Packet) -> None:
        self.sent.append(packet)

    def gather(self, for_s: float, most_bytes: int) -> None:
        self.gathered += 1

    def close(self) -> None:
        self.sockets[0].close()


class Reader:
    """FFmpeg, as far as it matters."""

    def __init__(self, relay: Relay) -> None:
        self._url, self._parser = relay.url, Parser()
        self.connection = socket.create_connection(("127.0.0.1", urlsplit(relay.url).port), timeout=5)

    def ask(self, method: str) -> None:
        self.connection.sendall(f"{method} {self._url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        while not isinstance(self.next(), Answer):
            continue

    def next(self) -> Message:
        while (heard := self._parser.next()) is None:
            self._parser.feed(self.connection.recv(4096))
        return heard


@contextmanager
def played(session: Told) -> Iterator[tuple[Relay, Reader]]:
    relay = Relay(cast(Session, session), 5.0)
    reader = Reader(relay)
    reader.ask("PLAY")
    with reader.connection, session.camera:
        yield relay, reader


def video(number: int, payload: bytes) -> Packet:
    return Packet(0, bytes((0x80, 96 | 0x80, 0, number)) + number.to_bytes(4, "big") + b"cam!" + payload)


def test_once_key_pictures_alone_are_wanted_the_others_are_handed_on_no_more() -> None:
    key, other = b"\x65\x88", b"\x41\x9a"
    session = Told()
    with played(session) as (relay, reader):
        session.camera.sendall(framed(video(1, other)))
        assert reader.next() == video(1, other)
        assert session.gathered == 0
        relay.leave_out_between_keys()
        sent = [video(at, key if at in (3, 7) else other) for at in range(2, 9)]
        session.camera.sendall(b"".join(map(framed, sent)))
        came = [cast(Packet, reader.next()).content[12:] for _ in range(4)]
        reader.ask("OPTIONS")  # answered once what came with the last packet has been seen to
    assert came == [key, other, key, other]
    assert session.gathered > 0


def test_a_codec_that_is_not_known_is_handed_on_whole() -> None:
    session = Told()
    session.offer = Offer(b"", "MP4V-ES", "", "")
    with played(session) as (relay, reader):
        relay.leave_out_between_keys()
        session.camera.sendall(framed(video(1, b"\x41\x9a")) + framed(video(2, b"\x41\x9a")))
        assert [reader.next(), reader.next()] == [video(1, b"\x41\x9a"), video(2, b"\x41\x9a")]


@pytest.mark.parametrize("keys_only", [False, True])
def test_the_camera_hears_no_more_reports_than_it_needs_and_of_no_loss_that_was_none(keys_only: bool) -> None:
    session = Told()
    with played(session) as (relay, reader):
        if keys_only:
            relay.leave_out_between_keys()
        for _each in range(3):
            reader.connection.sendall(framed(Packet(1, REPORT + SOURCE)))
        reader.ask("OPTIONS")
    told = bytes((0x80, 201, 0, 1)) + b"ffmp" if keys_only else REPORT
    assert session.sent == [Packet(1, told + SOURCE)]


def test_why_it_has_ended_is_known_before_the_reader_hears_of_the_end() -> None:
    """The reader asks for it at once."""
    session = Told()
    with played(session) as (relay, reader):
        session.sockets[0].shutdown(socket.SHUT_RDWR)
        session.packets = _ended  # type: ignore[method-assign]
        assert reader.connection.recv(4096) == b""
        assert relay.why == "it has ended"


def _ended(ready: Collection[socket.socket]) -> list[Packet]:
    raise SourceError("it has ended")


def ask(url: str, path: str) -> bytes:
    port = urlsplit(url).port
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as other:
        other.sendall(f"DESCRIBE rtsp://127.0.0.1:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        return other.recv(4096)


@pytest.mark.parametrize("path", ["/", "/main", ""])
def test_who_does_not_know_the_path_is_hung_up_on(path: str) -> None:
    with rtsp_camera.webcam(GREY) as camera:
        assert ask(Relay(Session(camera.url, PATIENCE_S), PATIENCE_S).url, path) == b""


def test_no_login_and_no_address_of_the_camera_reaches_ffmpeg() -> None:
    with rtsp_camera.webcam(GREY, login=("user", "secret")) as camera:
        relay = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
        told = ask(relay.url, urlsplit(relay.url).path)
    assert told.startswith(b"RTSP/1.0 200 OK")
    assert b"secret" not in told + relay.url.encode()
    assert str(camera.port).encode() not in told


def test_one_connection_is_taken_and_no_second() -> None:
    with rtsp_camera.webcam(GREY) as camera:
        relay = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
        assert ask(relay.url, urlsplit(relay.url).path)
        with socket.create_connection(listener().getsockname(), timeout=PATIENCE_S) as second:
            after = Relay(Session(camera.url, PATIENCE_S), PATIENCE_S)
            assert second.recv(1) == b""  # it has waited in vain
        assert ask(after.url, urlsplit(after.url).path)
