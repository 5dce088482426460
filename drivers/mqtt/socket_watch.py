"""Has the loop watch the socket of a connection, and no other.

A socket is watched only while it is the connection's. aiomqtt has the loop do so a moment later, by number: by then the
socket may be closed, which the log would call an error of the program, or its number be another socket's.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from paho.mqtt import client as paho

from drivers.mqtt.packet_reader import PacketReader

REST, MOST_REST_S = 3.0, 0.1
"""A broker that sends more than is read at once is let wait for so many times the CPU time that reading took: a flood
has a quarter of the loop's time at most, and the rest of the pole the others."""

MOST_UNWRITTEN = 1000
"""Packets that wait to be written at which reading stops, until half of them are: most of what comes is answered, and a
broker need not read the answers."""


class SocketWatch:
    """Reads when there is something to read, and has paho write when its socket takes something.

    Args:
        ending: answers for whatever is raised inside of it.
        spent_s: seconds that this thread has had a CPU.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        client: paho.Client,
        reader: PacketReader,
        ending: Callable[[], AbstractContextManager[None]],
        spent_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._spent_s = spent_s
        self._loop, self._client, self._reader, self._ending = loop, client, reader, ending
        self._paused = self._choked = False
        self._resting: asyncio.TimerHandle | None = None

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
        self._paused = True
        self._stop()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            self._rest(0.0)

    def _is_open(self, sock: Any) -> bool:
        mine = self._client.socket()
        return mine is not None and mine is sock and mine.fileno() >= 0

    def _stop(self) -> None:
        self._reader.paused = True
        if (sock := self._client.socket()) is not None:
            self._loop.remove_reader(sock.fileno())

    def _rest(self, for_s: float) -> None:
        if self._resting is None:
            self._stop()
            self._resting = self._loop.call_later(for_s, self._rested)

    def _rested(self) -> None:
        self._resting = None
        if self._paused or self._choked or not self.begin(self._client.socket()):
            return
        self._reader.paused = False
        self._read()

    def _read(self) -> None:
        began_s = self._spent_s()
        with self._ending():
            more_waits = self._reader.turn()
            self._choked = len(self._client._out_packet) > MOST_UNWRITTEN
            if more_waits or self._choked:
                self._rest(min(REST * (self._spent_s() - began_s), MOST_REST_S))

    def _write(self) -> None:
        with self._ending():
            self._client.loop_write()
            if self._choked and len(self._client._out_packet) <= MOST_UNWRITTEN // 2:
                self._choked = False
                self._rest(0.0)
