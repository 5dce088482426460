"""What the loop watches is the socket of the connection, and only while it is read."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from patience import PATIENCE_S

from drivers.mqtt.socket_watch import MOST_UNWRITTEN, SocketWatch


class Paho:
    """The part of paho's client that has to do with the socket."""

    def __init__(self, sock: socket.socket | None) -> None:
        self.sock, self.writes = sock, 0
        self._out_packet: deque[bytes] = deque()

    def socket(self) -> socket.socket | None:
        return self.sock

    def loop_write(self) -> None:
        assert self.sock is not None
        self.writes += 1
        self._out_packet.clear()
        asyncio.get_running_loop().remove_writer(self.sock)


class Reader:
    """Reads one byte a turn."""

    def __init__(self, sock: socket.socket | None) -> None:
        self.sock, self.turns, self.paused, self.more_waits = sock, 0, False, False

    def turn(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            assert self.sock is not None and not self.paused and self.sock.recv(1)
            self.turns += 1
        return self.more_waits


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        yield here, there


def _watch(client: Any, reader: Any) -> SocketWatch:
    return SocketWatch(asyncio.get_running_loop(), client, reader, contextlib.nullcontext)


async def _turns(reader: Reader, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while reader.turns < count:
            await asyncio.sleep(0)


def test_what_comes_while_reading_is_paused_is_read_afterwards(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, there = pair
        client, reader = Paho(here), Reader(here)
        watch = _watch(client, reader)
        assert watch.begin(here)
        watch.pause()
        watch.pause()
        there.sendall(b"x")
        await asyncio.sleep(0.01)
        assert reader.turns == 0 and reader.paused
        watch.resume()
        watch.resume()
        await _turns(reader, 1)
        assert not reader.paused
        watch.begin_writing(here)
        await asyncio.sleep(0.01)
        assert client.writes == 1
        asyncio.get_running_loop().remove_reader(here)

    asyncio.run(main())


def test_the_loop_does_other_work_between_the_turns_of_a_flood(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, there = pair
        loop = asyncio.get_running_loop()
        reader = Reader(here)
        reader.more_waits = True
        assert _watch(Paho(here), reader).begin(here)
        there.sendall(b"x" * 100)
        await _turns(reader, 1)
        assert reader.turns == 1 and not loop.remove_reader(here), "it rests"
        await _turns(reader, 100)
        reader.more_waits = False
        there.sendall(b"x")
        await _turns(reader, 101)
        there.sendall(b"x")
        await _turns(reader, 102)
        assert loop.remove_reader(here)

    asyncio.run(main())


def test_a_broker_that_reads_no_answers_is_not_read(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, there = pair
        client, reader = Paho(here), Reader(here)
        watch = _watch(client, reader)
        watch.begin(here)
        client._out_packet.extend([b""] * (MOST_UNWRITTEN + 1))
        there.sendall(b"xx")
        await _turns(reader, 1)
        await asyncio.sleep(0.01)
        assert reader.turns == 1 and not asyncio.get_running_loop().remove_reader(here)
        watch.begin_writing(here)
        await _turns(reader, 2)
        assert asyncio.get_running_loop().remove_reader(here)

    asyncio.run(main())


def test_a_socket_that_is_not_the_connections_any_more_is_let_be(pair: tuple[socket.socket, socket.socket]) -> None:
    async def main() -> None:
        here, _ = pair
        watch = _watch(Paho(None), Reader(None))
        assert not watch.begin(here)
        watch.begin_writing(here)
        watch.pause()
        watch.resume()
        await asyncio.sleep(0.01)
        loop = asyncio.get_running_loop()
        assert not loop.remove_reader(here) and not loop.remove_writer(here)

    asyncio.run(main())
