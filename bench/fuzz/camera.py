"""What comes from a camera: its RTSP dialogue, and the lines of the process that looks at its pictures."""

import asyncio
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from fuzz.broken import Errors, Finding, judge_values, judge_words
from msgspec import structs

from drivers.base import Reading
from drivers.camera.driver import CameraDriver
from drivers.camera.errors import SourceError
from drivers.camera.ipc import LINE_LIMIT
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.rtsp import dialogue, session
from drivers.camera.rtsp.key_pictures import NEEDS_OTHERS, KeyPictures
from drivers.camera.rtsp.message import Packet, Parser
from drivers.camera.rtsp.relay import Relay
from drivers.errors import DeviceError

MOST_SDP_BYTES = 80 * 1024
RTP_HEAD_BYTES = 12
URL = "rtsp://user:secret@192.0.2.1/stream"
ZONES = {"bus-stop": ZoneShape(camera="cam", polygon=((0, 0), (100, 0), (100, 100)))}


class _Socket:
    """One that has so many bytes for whoever reads, in pieces, and takes what is written."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._left, self._piece = memoryview(data), piece
        self.written = bytearray()

    def recv(self, most: int) -> bytes:
        piece, self._left = self._left[: min(most, self._piece)], self._left[min(most, self._piece) :]
        return bytes(piece)

    def sendall(self, data: bytes) -> None:
        self.written += data

    def settimeout(self, limit_s: float) -> None: ...

    def gettimeout(self) -> float:
        return 1.0

    def __enter__(self) -> "_Socket":
        return self

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...


def rtsp() -> Callable[[bytes], None]:
    """The first byte of an input says in how long pieces the rest comes."""

    def one(data: bytes) -> None:
        peer = _Socket(data[1:], 1 + 16 * (data[0] if data else 0))
        try:
            with patch.object(dialogue, "connected", lambda *_: peer):
                camera = session.Session(URL, 10.0)
                _judge_offer(camera.offer.sdp)
                while True:
                    camera.packets(camera.sockets)
        except SourceError as error:
            judge_words(str(error))
        if b"secret" in peer.written:
            raise Finding("the password left as it is")

    return one


def _judge_offer(sdp: bytes) -> None:
    """Raises Finding: FFmpeg would be told an address, or more than fits."""
    if len(sdp) > MOST_SDP_BYTES:
        raise Finding(f"{len(sdp)} bytes for FFmpeg")
    lines = sdp.decode().split("\r\n")
    if lines[3] != "c=IN IP4 127.0.0.1" or any(line.startswith(("c=", "o=")) for line in lines[4:]):
        raise Finding("FFmpeg is told an address")


class _Camera:
    """The side of a relay that nobody attacks."""

    offer = session.Offer(b"v=0\r\n", "H264", "rtsp://127.0.0.1/1", "rtsp://127.0.0.1/")

    def send(self, packet: object) -> None: ...


def relay() -> Callable[[bytes], None]:
    """What another program of the box says to the relay before FFmpeg comes; the path is known to it."""

    def one(data: bytes) -> None:
        made = Relay.__new__(Relay)
        made._session, made._path, made._plays = cast(Any, _Camera()), "/path", False
        made._parser, made._reported_s = Parser(), -math.inf
        made._keys = KeyPictures(NEEDS_OTHERS["H264"])
        reader = cast(Any, _Socket(data[1:], 1 + 16 * (data[0] if data else 0)))
        try:
            while True:
                made._hear(reader)
        except SourceError as error:
            judge_words(str(error))
        except ConnectionResetError:
            return

    return one


def key_pictures() -> Callable[[bytes], None]:
    """The first byte of an input says what the pictures are coded by; the rest is packets, each behind its channel and
    its length."""
    codecs = [*NEEDS_OTHERS.values()]

    def one(data: bytes) -> None:
        parser = Parser()
        parser.feed(data[1:])
        try:
            sent = [each for each in iter(parser.next, None) if isinstance(each, Packet)]
        except SourceError:
            return
        keys = KeyPictures(codecs[(data[0] if data else 0) % len(codecs)])
        _judge_kept(sent, [kept for at in range(0, len(sent), 3) for kept in keys.of(sent[at : at + 3])])

    return one


def _judge_kept(sent: list[Packet], kept: list[Packet]) -> None:
    """Raises Finding: what is handed on was not sent, not in that order, or is not numbered on."""
    left = iter(map(_without_number, sent))
    if not all(any(each == other for other in left) for each in map(_without_number, kept)):
        raise Finding("a packet was made up, or came out of order")
    numbers = [int.from_bytes(each.content[2:4], "big") for each in kept if _is_numbered(each)]
    if any((later - earlier) % 65536 != 1 for earlier, later in pairwise(numbers)):
        raise Finding(f"numbers {numbers}")


def _is_numbered(packet: Packet) -> bool:
    return packet.channel == 0 and len(packet.content) >= RTP_HEAD_BYTES


def _without_number(packet: Packet) -> Packet:
    return Packet(packet.channel, packet.content[:2] + packet.content[4:]) if _is_numbered(packet) else packet


class _Process:
    """A camera process that has said something, and has ended."""

    pid = None

    def __init__(self, said: bytes) -> None:
        self.said = asyncio.StreamReader(limit=LINE_LIMIT)
        self.said.feed_data(said)
        self.said.feed_eof()

    async def how_it_ended(self) -> str:
        return "has ended"

    async def end(self) -> None: ...


def lines() -> Callable[[bytes], None]:
    loop = asyncio.new_event_loop()
    errors = Errors()
    errors.listen()
    options = CameraOptions(source="/dev/video0")

    async def emit(reading: Reading) -> None:
        judge_values([reading.device, reading.quantity, reading.value, reading.at_s, reading.detail])
        if not isinstance(reading.value, str | bool):
            judge_values(structs.astuple(cast(Any, reading.value)))

    async def run(data: bytes) -> None:
        driver = CameraDriver("cam", options, ZONES, Path("/nowhere"))

        async def begin(_: bytes) -> Any:
            return _Process(data)

        driver._begin = begin
        try:
            await driver.run(emit)
        except DeviceError as error:
            judge_words(str(error))
        judge_values(driver.figures.values())

    def one(data: bytes) -> None:
        loop.run_until_complete(run(data))
        errors.judge()

    return one
