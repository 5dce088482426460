"""Has the loop watch the socket of a connection, and no other.

A socket is watched only while it is the connection's. aiomqtt has the loop do so a moment later, by number: by then the
socket may be closed, which the log would call an error of the program, or its number be another socket's.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from paho.mqtt import client as paho


class SocketWatch:
    """Calls paho when its socket can be read or written.

    Args:
        ending: answers for whatever paho raises inside of it.
        was_read: called each time that paho has read.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client: paho.Client,
        ending: Callable[[], AbstractContextManager[None]],
        was_read: Callable[[], None],
    ) -> None:
        self._loop, self._client, self._ending, self._was_read = loop, client, ending, was_read
        self._paused = False

    def begin(self, sock: Any) -> bool:
        """Read from now on; whether the socket is the connection's."""
        if self._is_open(sock):
            self._loop.add_reader(sock.fileno(), self._read)
            return True
        return False

    def begin_writing(self, sock: Any) -> None:
        """Write as soon as it takes something."""
        if self._is_open(sock):
            self._loop.add_writer(sock.fileno(), self._write)

    def pause(self) -> None:
        """Read no more until `resume`: the connection holds back what comes."""
        if not self._paused and (sock := self._client.socket()) is not None:
            self._paused = self._loop.remove_reader(sock.fileno())

    def resume(self) -> None:
        if self._paused and (sock := self._client.socket()) is not None:
            self._loop.add_reader(sock.fileno(), self._read)
        self._paused = False

    def _is_open(self, sock: Any) -> bool:
        mine = self._client.socket()
        return mine is not None and mine is sock and mine.fileno() >= 0

    def _read(self) -> None:
        """All that TLS has decrypted, or the selector would never tell of it."""
        with self._ending():
            self._client.loop_read()
            self._was_read()
            while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending() > 0:
                self._client.loop_read()
                self._was_read()

    def _write(self) -> None:
        with self._ending():
            self._client.loop_write()
