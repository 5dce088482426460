"""What a connection costs on the way to its broker: bytes by the kernel's own count, TLS and headers included.

Linux counts in each socket (tcp(7), TCP_INFO; linux/tcp.h, the fields up to `tcpi_bytes_sent` are there since 4.19):
the bytes of the stream, those sent again included, and the segments either way. Each segment has a header of IP and of
TCP besides. What a network below adds, names and time that the box asks for, and other programs are not in it.
"""

import socket
import struct
import threading
import weakref

from msgspec import Struct
from paho.mqtt import client as paho

_INFO_BYTES = 232
_OPTIONS = 5
_TIMESTAMPS = 1
_RECEIVED, _SEGMENTS, _SENT = 128, 136, 200
_TCP_HEADER, _TIMESTAMP = 20, 12
_IP_HEADER = {socket.AF_INET: 20, socket.AF_INET6: 40}


class Traffic(Struct, frozen=True):
    """Bytes of IP packets.

    Args:
        sent, received: since some beginning.
    """

    sent: int = 0
    received: int = 0

    @property
    def bytes(self) -> int:
        """Both ways."""
        return self.sent + self.received

    def plus(self, other: "Traffic") -> "Traffic":
        return Traffic(self.sent + other.sent, self.received + other.received)

    def minus(self, other: "Traffic") -> "Traffic":
        return Traffic(self.sent - other.sent, self.received - other.received)


def of_info(info: bytes, family: int) -> Traffic | None:
    """Reads a `struct tcp_info`; None: this kernel does not tell.

    Args:
        family: AF_INET or AF_INET6.
    """
    if len(info) < _SENT + 8 or family not in _IP_HEADER:
        return None
    header = _IP_HEADER[socket.AddressFamily(family)] + _TCP_HEADER + _TIMESTAMP * (info[_OPTIONS] & _TIMESTAMPS)
    (received,), (sent,) = struct.unpack_from("=Q", info, _RECEIVED), struct.unpack_from("=Q", info, _SENT)
    out, into = struct.unpack_from("=II", info, _SEGMENTS)
    return Traffic(sent + out * header, received + into * header)


def of_socket(sock: socket.socket) -> Traffic | None:
    """What has gone over a TCP socket up to now; None: it does not tell."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:  # closed, or no TCP
        return None
    return of_info(info, sock.family)


class TrafficMeter:
    """Adds up the connections with one broker, those that did not come about as well. Threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: weakref.WeakKeyDictionary[socket.socket, Traffic] = weakref.WeakKeyDictionary()
        self._total = Traffic()

    def see_connection(self, client: paho.Client) -> None:
        """Count what has gone over the connection of a client, if it has one."""
        sock = client.socket()
        if isinstance(sock, socket.socket):
            self.see(sock)

    def see(self, sock: socket.socket) -> None:
        """Count what has gone over a socket since it was seen last; at the latest when it is closed."""
        if (now := of_socket(sock)) is None:
            return
        with self._lock:
            self._total = self._total.plus(now.minus(self._seen.get(sock, Traffic())))
            self._seen[sock] = now

    def total(self) -> Traffic:
        """Returns what was counted since it was made, up to now."""
        with self._lock:
            sockets = list(self._seen)
        for sock in sockets:
            self.see(sock)
        return self._total
