"""Modbus TCP: transaction numbers tell answers apart, and a peer that went silent is left."""

import asyncio
import contextlib
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec import structs
from pymodbus.framer import FramerRTU

from drivers.errors import BadAnswer, LineError, NoAnswer
from drivers.line import BROADCAST, Line, Priority, Request, TcpLine
from drivers.line.mbap import MbapTransport
from drivers.line.timeouts import AdaptiveTimeouts
from drivers.modbus import Master
from drivers.options import Seconds
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("lines_by_loop")


Script = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class Peer:
    """A TCP server that hands each request frame to a script.

    Args:
        port: it listens on.
        connections: so far.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.port = self.connections = 0
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                frame = await reader.readexactly(12)
                self.requests.append(frame)
                await self._script(frame, writer)


@contextlib.asynccontextmanager
async def peer(script: Script) -> AsyncIterator[Peer]:
    served = Peer(script)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    async with server:
        yield served


def line(port: int, timeout_s: float = 2.0, **others: Any) -> Line:
    """One that a busy machine answers in time; tests of silence give it a short time-out."""
    return Line("gateway", TcpLine(host="127.0.0.1", port=port, timeout_s=Seconds(timeout_s), **others))


def right(request: bytes) -> bytes:
    """The answer to a read of one register: its value is its address."""
    return request[:4] + b"\0\5" + request[6:8] + b"\2" + request[8:10]


async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(right(request))


async def silence(request: bytes, writer: asyncio.StreamWriter) -> None:
    return


def test_an_answer_of_another_transaction_is_dropped() -> None:
    async def stale_first(request: bytes, writer: asyncio.StreamWriter) -> None:
        stale = (int.from_bytes(request[:2], "big") - 1).to_bytes(2, "big") + right(request)[2:-2] + b"\xff\xff"
        writer.write(stale + right(request))

    async def main() -> tuple[list[int], int]:
        async with peer(stale_first) as far, line(far.port) as near:
            return await Master(near).read("lamp-1", 1, 3, 77, 1), near.stray_bytes

    assert run_settling(main()) == ([77], 4)


def test_a_late_answer_is_never_the_answer_to_the_next_request() -> None:
    async def main() -> tuple[list[int], int]:
        held: list[bytes] = []

        async def one_late(request: bytes, writer: asyncio.StreamWriter) -> None:
            held.append(right(request))
            if len(held) == 2:
                writer.write(held[0] + held[1])

        async with peer(one_late) as far, line(far.port, 0.1) as near:
            with pytest.raises(NoAnswer):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return await Master(near).read("lamp-1", 1, 3, 2, 1), far.connections

    assert run_settling(main()) == ([2], 1)


def test_two_in_flight_may_be_answered_in_any_order() -> None:
    async def main() -> list[list[int]]:
        held: list[bytes] = []

        async def backwards(request: bytes, writer: asyncio.StreamWriter) -> None:
            held.append(right(request))
            if len(held) == 2:
                writer.write(held[1] + held[0])

        async with peer(backwards) as far, line(far.port, in_flight=2) as near:
            master = Master(near)
            return list(await asyncio.gather(*(master.read("lamp-1", 1, 3, at, 1) for at in (10, 20))))

    assert run_settling(main()) == [[10], [20]]


def test_there_is_no_broadcast() -> None:
    async def main() -> None:
        async with line(1) as near:
            await near.broadcast(Request("group", BROADCAST, bytes((6, 0, 15, 0, 40)), b"", 5))

    with pytest.raises(ValueError, match="Modbus TCP has no broadcast"):
        run_settling(main())


def test_a_command_waits_the_whole_time_out_for_a_unit_that_missed() -> None:
    async def main() -> list[int]:
        async def slow(request: bytes, writer: asyncio.StreamWriter) -> None:
            if len(far.requests) > 1:
                asyncio.get_running_loop().call_later(0.15, writer.write, right(request))

        options = TcpLine(host="127.0.0.1", port=1, timeout_s=Seconds(0.4))
        async with peer(slow) as far, Line("gateway", structs.replace(options, port=far.port)) as near:
            with pytest.raises(NoAnswer):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return list(await Master(near).read("lamp-1", 1, 3, 7, 1, priority=Priority.COMMAND))

    assert run_settling(main()) == [7]


def test_an_answer_that_comes_too_late_teaches_how_slow_its_unit_is() -> None:
    """The time-out of the unit was shortened because it had missed; from then on it gets the time that it needs."""

    async def main() -> list[int]:
        async def slow(request: bytes, writer: asyncio.StreamWriter) -> None:
            if len(far.requests) > 1:
                late_s = 0.12
                asyncio.get_running_loop().call_later(late_s, writer.write, right(request))

        options = TcpLine(host="127.0.0.1", port=1, timeout_s=Seconds(0.4))
        async with peer(slow) as far, Line("gateway", structs.replace(options, port=far.port)) as near:
            for _ in range(2):
                with pytest.raises(NoAnswer):
                    await Master(near).read("lamp-1", 1, 3, 1, 1)
            await asyncio.sleep(0.05)
            return await Master(near).read("lamp-1", 1, 3, 2, 1)

    assert run_settling(main()) == [2]


@pytest.mark.parametrize(("silences", "connections"), [(2, 1), (3, 2)])
def test_a_silent_peer_is_left_after_three_time_outs_and_called_anew(silences: int, connections: int) -> None:
    async def main() -> tuple[int, list[int]]:
        async def dead_at_first(request: bytes, writer: asyncio.StreamWriter) -> None:
            if len(far.requests) > silences:
                await answer(request, writer)

        async with peer(dead_at_first) as far, line(far.port, 0.1) as near:
            for _ in range(silences):
                with pytest.raises(NoAnswer):
                    await Master(near).read("lamp-1", 1, 3, 1, 1)
            got = await Master(near).read("lamp-1", 1, 3, 1, 1)
            return far.connections, got

    assert run_settling(main()) == (connections, [1])


def test_a_peer_that_hangs_up_is_asked_once_more_and_then_that_is_told() -> None:
    async def main() -> tuple[int, list[int]]:
        async def hang_up(request: bytes, writer: asyncio.StreamWriter) -> None:
            if far.connections in (1, 2, 3):
                writer.close()
            else:
                await answer(request, writer)

        async with peer(hang_up) as far, line(far.port) as near:
            with pytest.raises(LineError, match="closed the connection"):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            got = await Master(near).read("lamp-1", 1, 3, 1, 1)
            return far.connections, got

    assert run_settling(main()) == (4, [1])


def test_a_write_is_not_repeated_on_a_new_connection() -> None:
    """The unit may have obeyed."""

    async def main() -> int:
        async def hang_up(request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with peer(hang_up) as far, line(far.port) as near:
            with pytest.raises(LineError, match="closed the connection"):
                await Master(near).write_register("lamp-1", 1, 3, 1)
            return far.connections

    assert run_settling(main()) == 1


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_peer_that_closes_after_each_answer_is_asked_on_a_new_connection_each_time(in_flight: int) -> None:
    async def main() -> tuple[list[list[int]], int, int]:
        async def one_answer(request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(request if request[7] == 6 else right(request))
            writer.close()

        async with peer(one_answer) as far, line(far.port, in_flight=in_flight) as near:
            master = Master(near)
            for at in (1, 2):
                await master.read("lamp-1", 1, 3, at, 1)
            await master.read("lamp-1", 1, 3, 3, 1)
            before = len(far.requests)
            for value in range(10):
                await master.write_register("lamp-1", 1, 5, value)
            got = await asyncio.gather(*(master.read("lamp-1", 1, 3, at, 1) for at in range(20)))
            return [list(each) for each in got], len(far.requests) - before, far.connections

    got, requests, connections = run_settling(main())
    assert got == [[at] for at in range(20)]
    assert requests == 30
    assert connections >= 32


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda good: good[:6] + b"\x09" + good[7:], "the answer came under unit 9"),
        (lambda good: good[:7] + b"\x04" + good[8:], "does not answer the request"),
        (lambda good: good[:5] + b"\7" + good[6:8] + b"\4" + good[9:] + b"\0\0", "does not answer the request"),
    ],
    ids=["unit", "function", "byte count"],
)
def test_what_does_not_answer_the_request_is_refused(spoil: Callable[[bytes], bytes], words: str) -> None:
    async def main() -> None:
        async def foreign(request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(spoil(right(request)))

        async with peer(foreign) as far, line(far.port) as near:
            with pytest.raises(BadAnswer, match=words):
                await Master(near).read("lamp-1", 1, 3, 1, 1)

    run_settling(main())


def test_a_peer_that_speaks_no_modbus_is_reported_and_called_anew() -> None:
    async def main() -> list[int]:
        async def http_once(request: bytes, writer: asyncio.StreamWriter) -> None:
            if far.connections == 1:
                writer.write(b"HTTP/1.1 400 Bad Request\r\n")
            else:
                await answer(request, writer)

        async with peer(http_once) as far, line(far.port, 0.1) as near:
            with pytest.raises(BadAnswer, match="no Modbus TCP header"):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return await Master(near).read("lamp-1", 1, 3, 1, 1)

    assert run_settling(main()) == [1]


def test_nobody_listening_is_said() -> None:
    async def main() -> str:
        async with peer(answer) as far:
            free = far.port
        async with line(free) as near:
            with pytest.raises(LineError) as caught:
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return str(caught.value)

    assert "127.0.0.1 port" in (said := run_settling(main()))
    assert "of line gateway refuses the connection" in said


@dataclass
class SerialServer:
    """A transparent serial server: RTU frames in a TCP stream. It hands each request to a script, which gives the
    answer; empty: nothing comes.

    Args:
        requests: so far on each connection.
    """

    script: Callable[[bytes], bytes]
    requests: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.requests.append(0)
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readexactly(8)
                self.requests[-1] += 1
                writer.write(self.script(request))


async def requests_by_connection(script: Callable[[bytes], bytes], units: str) -> list[int]:
    """How many requests each connection carried, when these units are polled one after another."""
    far = SerialServer(script)
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = TcpLine(host="127.0.0.1", port=port, framing="rtu", timeout_s=Seconds(0.05))
    async with server, Line("gateway", options) as near:
        for unit in units:
            with contextlib.suppress(NoAnswer):
                await Master(near).read("lamp-1", int(unit), 3, 1, 1)
    return far.requests


@pytest.mark.parametrize(
    ("units", "requests"),
    [("129", [3]), ("1239", [3, 1]), ("12934", [5]), ("1234569", [3, 3, 1]), ("123459", [3, 3])],
    ids=["two are silent", "three are", "an answer between", "on each connection anew", "two on the second one"],
)
def test_a_silent_serial_server_is_left_after_three_time_outs_and_called_anew(
    rtu: Any, units: str, requests: list[int]
) -> None:
    """Unit 9 alone answers. Whatever TCP says, a peer of which nothing came in three exchanges is gone."""

    def nine(request: bytes) -> bytes:
        return bytes(rtu(9, "03020001")) if request[0] == 9 else b""

    assert run_settling(requests_by_connection(nine, units)) == requests


def test_rtu_frames_through_a_tcp_server_keep_the_rules_of_rtu(rtu: Any) -> None:
    async def main() -> tuple[list[int], int]:
        seen: list[int] = []

        async def serial_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError):
                while True:
                    request = await reader.readexactly(8)
                    seen.append(request[3])
                    late_s = 0.15 if len(seen) == 1 else 0
                    reply = rtu(request[0], f"0302{request[3]:04x}")
                    asyncio.get_running_loop().call_later(late_s, writer.write, reply)

        server = await asyncio.start_server(serial_server, "127.0.0.1", 0)
        async with server, line(server.sockets[0].getsockname()[1], 0.1, framing="rtu") as near:
            with pytest.raises(NoAnswer):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return await Master(near).read("lamp-1", 1, 3, 2, 1), len(seen)

    assert run_settling(main()) == ([2], 2)


class Wire:
    """What a transport writes to: it keeps the number of the last frame."""

    usable = True
    number = 0

    def write(self, frame: bytes) -> None:
        self.number = int.from_bytes(frame[:2], "big")


def test_of_a_peer_that_speaks_no_modbus_nothing_is_kept_while_nobody_asks() -> None:
    """The link is made anew by the next exchange, which may be an hour away."""
    transport = MbapTransport("gateway", AdaptiveTimeouts(0.1), TcpLine(host="127.0.0.1"))
    tracemalloc.start()
    try:
        for _ in range(1000):
            transport.heard(b"GET / HTTP/1.1\r\n" * 64)
        after, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after < 100_000
    assert transport.stray_bytes == 1000 * 64 * 16


def test_rtu_frames_on_connections_that_end_after_each_answer_are_read() -> None:
    """A transparent serial server that hangs up."""

    async def main() -> list[int]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                request = await reader.readexactly(8)
                body = request[:2] + b"\2" + request[2:4]
                writer.write(body + FramerRTU.compute_CRC(body).to_bytes(2, "big"))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, line(server.sockets[0].getsockname()[1], framing="rtu") as near:
            return [(await Master(near).read("lamp-1", 1, 3, at, 1))[0] for at in range(8)]

    assert run_settling(main()) == [*range(8)]


@pytest.mark.parametrize(
    "spoil",
    [lambda good: good[:6] + b"\x09" + good[7:], lambda good: bytes((good[0] ^ 1,)) + good[1:]],
    ids=["unit", "number"],
)
def test_what_a_gateway_says_that_mixes_answers_up_is_suspect(spoil: Callable[[bytes], bytes]) -> None:
    async def main() -> tuple[str, str]:
        async def mixing(request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(spoil(right(request)))

        async with peer(mixing) as far, line(far.port, 0.1) as near:
            before = near.doubt(1)
            with pytest.raises(BadAnswer):
                await Master(near).read("lamp-1", 1, 3, 1, 1)
            return before, near.doubt(1)

    assert run_settling(main()) == ("", "the gateway of line gateway mixes answers up")
