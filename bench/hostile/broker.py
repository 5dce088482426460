"""A broker in threads of its own: it answers as it should, and attacks once."""

import contextlib
import queue
import select
import socket
import ssl
import threading
import time
from typing import NamedTuple

from hostile.attacks import CHUNK, Edge, Pieces
from hostile.packets import OTHER_FRAMES, packet, publish

DRIP_S = 0.01


class Attack(NamedTuple):
    """
    Args:
        pieces: what is sent, for `seconds` at most.
        instead_of: "CONNACK" or "SUBACK": the answer that it is sent instead of, or behind.
        reads: the broker takes what the pole says meanwhile.
        drips: it waits after each piece.
    """

    pieces: Pieces
    seconds: float
    instead_of: str = "SUBACK"
    reads: bool = True
    drips: bool = False


class Broker:
    """One edge's peer: a good one, until it is told to attack.

    Args:
        context: for TLS; None: in plain.
    """

    def __init__(self, edge: Edge, context: ssl.SSLContext | None = None) -> None:
        self._edge, self._context = edge, context
        self._none = b"\0" if edge.protocol == "5" else b""
        self._attack: Attack | None = None
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.connections = 0
        self.sent_bytes = 0
        self.told: queue.Queue[bytes] = queue.Queue()
        """What the pole has published: topic and payload."""
        self.attack_over, self.subscribed = threading.Event(), threading.Event()
        self._to_say: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, attack: Attack) -> None:
        """Attack in the present connection, or in the next if it is sent instead of CONNACK: this one ends then."""
        self._attack = attack

    def say(self, message: bytes) -> None:
        """Send a whole packet, as soon as there is a connection."""
        self._to_say.put(message)

    def close(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            if self._context is not None:
                peer = self._context.wrap_socket(peer, server_side=True)
            self.connections += 1
            self._converse(peer)
        peer.close()

    def _converse(self, peer: socket.socket) -> None:
        """Raises OSError, EOFError."""
        heard, subscribed = bytearray(), False
        while True:
            while (whole := _cut(heard)) is not None:
                self._answer(peer, *whole)
                subscribed |= whole[0] >> 4 == 8
            if self._attack is not None and subscribed:
                if self._attack.instead_of == "CONNACK":
                    return
                self._attack_on(peer, heard)
                continue
            while subscribed and not self._to_say.empty():
                peer.sendall(self._to_say.get())
            if (isinstance(peer, ssl.SSLSocket) and peer.pending()) or select.select([peer], [], [], 0.02)[0]:
                heard += peer.recv(65_536) or _end()

    def _answer(self, peer: socket.socket, head: int, body: bytes) -> None:
        match head >> 4:
            case 1 if self._attack is not None:
                self._attack_on(peer, bytearray())
            case 1:
                peer.sendall(packet(0x20, b"\0\0" + self._none))
            case 8:
                peer.sendall(packet(0x90, body[:2] + self._none + b"\1"))
                self.subscribed.set()
            case 3:
                end = 2 + int.from_bytes(body[:2], "big")
                self.told.put(body[2:])
                if head & 0x06:
                    peer.sendall(packet(0x40, body[end : end + 2]))
            case 10:
                peer.sendall(packet(0xB0, body[:2] + self._none * 2))
            case 12:
                peer.sendall(b"\xd0\0")

    def _attack_on(self, peer: socket.socket, heard: bytearray) -> None:
        """Raises OSError where the pole ends the connection."""
        attack, self._attack = self._attack, None
        assert attack is not None
        until_s = time.monotonic() + attack.seconds
        reader = threading.Thread(target=_listen, args=(peer, heard, self.attack_over), daemon=True)
        if attack.reads and self._context is None:
            reader.start()
        try:
            for piece in attack.pieces:
                peer.sendall(piece)
                self.sent_bytes += len(piece)
                # A long packet is sent to its end: what comes behind it would be read as a part of it.
                if time.monotonic() > until_s and len(piece) != len(CHUNK):
                    break
                if attack.drips:
                    time.sleep(DRIP_S)
        finally:
            self.attack_over.set()
            if reader.is_alive():
                reader.join()


def _listen(peer: socket.socket, heard: bytearray, over: threading.Event) -> None:
    """Take what the pole says, and answer it when the attack is over: an answer would stand within a packet."""
    with contextlib.suppress(OSError, EOFError):
        while not over.is_set():
            if select.select([peer], [], [], 0.02)[0]:
                heard += peer.recv(65_536) or _end()


def _cut(heard: bytearray) -> tuple[int, bytes] | None:
    """Takes a packet from what was heard: first byte and body; None: there is no whole one."""
    length = 0
    for place, byte in enumerate(heard[1:5]):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            begin, end = 2 + place, 2 + place + length
            if len(heard) < end:
                return None
            found = heard[0], bytes(heard[begin:end])
            del heard[:end]
            return found
    return None


def _end() -> bytes:
    raise EOFError


def good_message(edge: Edge, n: int) -> bytes:
    """A message of QoS 1 that the daemon answers: on LoRaWAN by another bay than one that a flood is about."""
    topic = edge.topic if edge.name == "uplink" else OTHER_FRAMES
    return publish(topic, edge.good(n), qos=1, mid=65_000 + n % 500, properties=edge.properties)
