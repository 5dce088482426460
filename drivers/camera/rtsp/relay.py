"""The relay stands between a camera and FFmpeg, which sees a server on loopback that offers one video.

FFmpeg's own client follows a camera that sends it to another host, password and all, and makes room for a description
of whatever length is announced. What it is given here is short, holds no address but the loopback's, and no password.
"""

import secrets
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from drivers.camera.errors import SourceError
from drivers.camera.rtsp import message
from drivers.camera.rtsp.dialogue import PIECE_BYTES
from drivers.camera.rtsp.key_pictures import NEEDS_OTHERS, KeyPictures
from drivers.camera.rtsp.message import Packet, Parser, Request
from drivers.camera.rtsp.session import Session
from drivers.translation import _

_LOOPBACK = "127.0.0.1"
_TRANSPORT = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
_OK = "200 OK"


REPORT_S = 5.0
"""Least time between two reports to the camera (RFC 3550, 6.2). FFmpeg writes one with every 6 KB."""

GATHER_S, GATHER_BYTES = 0.2, 48 * 1024
"""What comes is fetched so often, or when so much waits, while key frames alone are handed on: a camera sends 25 to 60
pictures a second, and each would wake this process."""


@cache
def listener() -> socket.socket:
    """The one of this process: it is made while it may still be, and its port is the only one to connect to here."""
    return socket.create_server((_LOOPBACK, 0), backlog=1)


def _turn_away() -> None:
    """Whoever has come before there was something to ask for."""
    listener().setblocking(False)
    with suppress(BlockingIOError):
        while True:
            listener().accept()[0].close()


class Relay:
    """Hands the packets of a session over to the first who asks at `url`, in a thread of its own.

    Args:
        session: with the camera; belongs to the relay from now on.
        accept_s: how long FFmpeg may take to come.
        why: why it has ended, in words for a technician; "": it has not, or by `close`.
    """

    def __init__(self, session: Session, accept_s: float) -> None:
        self.why = ""
        self._session = session
        self._path = f"/{secrets.token_hex(16)}"
        _turn_away()
        listener().settimeout(accept_s)
        self._parser, self._plays, self._closing = Parser(), False, False
        self._keys: KeyPictures | None = None
        self._reported_s = -REPORT_S
        self.url = f"rtsp://{_LOOPBACK}:{listener().getsockname()[1]}{self._path}"
        threading.Thread(target=self._run, name="relay", daemon=True).start()

    def leave_out_between_keys(self) -> None:
        """Hands on the pictures that need none before them alone, from now on, where these can be told."""
        if needs_others := NEEDS_OTHERS.get(self._session.offer.codec):
            self._keys = KeyPictures(needs_others)

    def close(self) -> None:
        """The thread ends by itself once FFmpeg has hung up."""
        self._closing = True

    def _run(self) -> None:
        """Says why it ends before the reader hears of the end, and asks."""
        try:
            with self._reasons(), listener().accept()[0] as reader, self._reasons():
                self._serve(reader)
        finally:
            self._session.close()

    @contextmanager
    def _reasons(self) -> Iterator[None]:
        try:
            yield
        except (SourceError, OSError) as error:
            self.why = "" if self._closing else str(getattr(error, "what", error))

    def _serve(self, reader: socket.socket) -> None:
        """Serves until either side has ended. Raises SourceError: the camera's, OSError: the reader's."""
        session = self._session
        reader.settimeout(session.patience_s)
        while True:
            sides = [*(session.sockets if self._plays else ()), reader]
            ready, _writable, _failed = select.select(sides, [], [], max(0.0, session.speak_in_s))
            if session.speak_in_s <= 0:
                session.speak()
            if reader in ready:
                self._hear(reader)
            if ready != [reader]:
                self._hand_on(session.packets(ready), reader)
            if self._keys:
                session.gather(GATHER_S, GATHER_BYTES)

    def _hand_on(self, packets: list[Packet], reader: socket.socket) -> None:
        """Raises OSError."""
        if kept := self._keys.of(packets) if self._keys else packets:
            reader.sendall(b"".join(map(message.framed, kept)))

    def _hear(self, reader: socket.socket) -> None:
        """Raises SourceError: it is nobody whom we wait for; EOFError: it has hung up."""
        more = reader.recv(PIECE_BYTES)
        if not more:
            raise ConnectionResetError(_("nobody reads it any more"))
        self._parser.feed(more)
        while (heard := self._parser.next()) is not None:
            if isinstance(heard, Packet):
                self._report(heard)
            elif isinstance(heard, Request):
                reader.sendall(self._answer(heard))

    def _report(self, heard: Packet) -> None:
        """Raises SourceError."""
        now_s = time.monotonic()
        if now_s - self._reported_s < REPORT_S:
            return
        self._reported_s = now_s
        self._session.send(Packet(heard.channel, message.without_counts(heard.content)) if self._keys else heard)

    def _answer(self, asked: Request) -> bytes:
        """Raises SourceError for one who does not know the path: another program of this box."""
        if self._path not in asked.url:
            raise SourceError(_("another program of this box has asked for its pictures"))
        match asked.method:
            case "DESCRIBE":
                return message.answer(asked, _OK, {"Content-Type": "application/sdp"}, self._session.offer.sdp)
            case "SETUP":
                return message.answer(asked, _OK, _TRANSPORT | {"Session": "1"})
            case "PLAY":
                self._plays = True
                return message.answer(asked, _OK, {"Session": "1"})
            case "OPTIONS":
                return message.answer(asked, _OK, {"Public": "DESCRIBE,SETUP,PLAY"})
            case _:
                return message.answer(asked, _OK)
