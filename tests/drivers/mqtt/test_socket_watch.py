"""What the loop watches is the socket of the connection, and only while it is read."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from drivers.mqtt.socket_watch import SocketWatch


class Paho:
    """The part of paho's client that has to do with the socket."""

    def __init__(self, sock: socket.socket | None) -> None:
        self.sock, self.reads, self.writes = sock, 0, 0

    def socket(self) -> socket.socket | None:
        return self.sock

    def loop_read(self) -> None:
        assert self.sock is not None and self.sock.recv(100)
        self.reads += 1

    def loop_write(self) -> None:
        assert self.sock is not None
        self.writes += 1
        asyncio.get_running_loop().remove_writer(self.sock)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        yield here, there


def _watch(client: Any) -> SocketWatch:
    return SocketWatch(asyncio.get_running_loop(), client, contextlib.nullcontext, lambda: None)


def test_what_comes_while_reading_is_paused_is_read_afterwards(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, there = pair
        client = Paho(here)
        watch = _watch(client)
        assert watch.begin(here)
        watch.pause()
        watch.pause()
        there.sendall(b"x")
        await asyncio.sleep(0.01)
        assert client.reads == 0
        watch.resume()
        watch.resume()
        await asyncio.sleep(0.01)
        assert client.reads == 1
        watch.begin_writing(here)
        await asyncio.sleep(0.01)
        assert client.writes == 1
        asyncio.get_running_loop().remove_reader(here)

    asyncio.run(main())


def test_a_socket_that_is_not_the_connections_any_more_is_let_be(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, _ = pair
        watch = _watch(Paho(None))
        assert not watch.begin(here)
        watch.begin_writing(here)
        watch.pause()
        watch.resume()
        loop = asyncio.get_running_loop()
        assert not loop.remove_reader(here) and not loop.remove_writer(here)

    asyncio.run(main())
