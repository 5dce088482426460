"""One reading of a TLS connection takes a bounded part of what has come, whatever stands in it; and what the socket
does not take at once goes out later, whole and once."""

import array
import contextlib
import fcntl
import socket
import ssl
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from patience import PATIENCE_S
from uplink.broker import self_signed

from drivers.mqtt.options import TlsOptions
from drivers.mqtt.tls import tls_context
from drivers.mqtt.tls_socket import PIECE_BYTES, TlsSocket

TICKETS = 2000


class Broker:
    """The other side, without a thread once the connection stands."""

    def __init__(self, context: ssl.SSLContext, peer: socket.socket) -> None:
        self.incoming, self.outgoing, self._peer = ssl.MemoryBIO(), ssl.MemoryBIO(), peer
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self._unsent = b""

    def shake_hands(self) -> None:
        """Leaves what it says behind the handshake unsent."""
        while True:
            try:
                self.tls.do_handshake()
                return
            except ssl.SSLWantReadError:
                self._peer.sendall(self.outgoing.read())
                self.incoming.write(self._peer.recv(65536))

    def say(self) -> bool:
        """Sends as much as the socket takes; whether something is left."""
        self._unsent += self.outgoing.read()
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                self._unsent = self._unsent[self._peer.send(self._unsent) :]
        return bool(self._unsent)

    def hear(self) -> bytes:
        """What has come until now."""
        heard = b""
        while True:
            try:
                heard += self.tls.read(65536)
            except ssl.SSLWantReadError:
                try:
                    self.incoming.write(self._peer.recv(65536))
                except BlockingIOError:
                    return heard


@pytest.fixture(params=[0, TICKETS])
def tickets(request: pytest.FixtureRequest) -> int:
    return cast(int, request.param)


@pytest.fixture
def pair(tmp_path: Path, tickets: int) -> Iterator[tuple[TlsSocket, Broker]]:
    authority = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, tmp_path / "broker.key")
    context.num_tickets = tickets
    here, there = socket.socketpair()
    broker = Broker(context, there)
    shaking = threading.Thread(target=broker.shake_hands)
    shaking.start()
    made = tls_context(TlsOptions(ca_file=str(authority)), "uplink").wrap_socket(
        here, server_hostname="127.0.0.1", do_handshake_on_connect=False
    )
    made.settimeout(PATIENCE_S)
    made.do_handshake()
    shaking.join(PATIENCE_S)
    with made, there:
        made.setblocking(False)
        there.setblocking(False)
        yield cast(TlsSocket, made), broker


def _waiting(sock: socket.socket) -> int:
    """Bytes that have come and were not read."""
    count = array.array("i", [0])
    fcntl.ioctl(sock.fileno(), termios.FIONREAD, count)
    return count[0]


def _read(sock: TlsSocket) -> bytes | None:
    """Returns what was read; None: a piece without data, or nothing."""
    try:
        return sock.recv(PIECE_BYTES)
    except BlockingIOError:
        return None


@pytest.mark.parametrize("tickets", [TICKETS], indirect=True)
def test_session_tickets_without_end_are_read_a_piece_at_a_time(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    assert here.version() == "TLSv1.3"
    broker.tls.write(b"at last")
    pieces, said = 0, None
    while said is None:
        broker.say()
        before = _waiting(here)
        said = _read(here)
        taken = before - _waiting(here)
        assert taken <= PIECE_BYTES
        assert here.more_waits == (taken == PIECE_BYTES)
        pieces += taken == PIECE_BYTES
    assert said == b"at last" and pieces > TICKETS * 100 / PIECE_BYTES


def test_a_record_of_which_a_part_has_come_is_not_asked_for_again_and_again(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    _quiet(here, broker)
    broker.tls.write(b"x" * 100)
    whole = broker.outgoing.read()
    broker._peer.send(whole[:50])
    assert _read(here) is None and not here.more_waits
    broker._peer.send(whole[50:])
    assert _read(here) == b"x" * 100


def _quiet(here: TlsSocket, broker: Broker) -> None:
    """Everything of the handshake has been read."""
    while broker.say() or here.more_waits or _waiting(here):
        _read(here)


def test_records_that_came_together_are_read_together(pair: tuple[TlsSocket, Broker]) -> None:
    """A broker makes one of each acknowledgement."""
    here, broker = pair
    _quiet(here, broker)
    for word in (b"one", b"two", b"three"):
        broker.tls.write(word)
    broker.say()
    assert _read(here) == b"onetwothree" and not here.more_waits


def test_what_the_selector_does_not_tell_of_is_told(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    _quiet(here, broker)
    for word in (b"one", b"two"):
        broker.tls.write(word)
    broker.say()
    assert here.recv(3) == b"one" and here.more_waits and _waiting(here) == 0
    assert here.recv(3) == b"two" and not here.more_waits


def test_an_error_behind_data_comes_after_it_and_stays(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    _quiet(here, broker)
    broker.tls.write(b"one")
    broker._peer.send(broker.outgoing.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
    assert here.recv(1024) == b"one" and here.more_waits
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            here.recv(1024)


def test_what_the_socket_does_not_take_at_once_goes_out_once(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    content, heard, sent = bytes(range(256)) * 8000, b"", False
    while not sent:
        try:
            sent = here.send(content) == len(content)
        except ssl.SSLWantWriteError:
            heard += broker.hear()
    while more := broker.hear():
        heard += more
    assert heard == content


def test_the_end_of_a_connection_is_no_data_with_a_word_of_tls_or_without(pair: tuple[TlsSocket, Broker]) -> None:
    here, broker = pair
    while broker.say() or here.more_waits or _waiting(here):
        _read(here)
    broker._peer.shutdown(socket.SHUT_WR)
    assert _read(here) == b""
