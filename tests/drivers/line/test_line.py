"""The line: opens its port when it is needed, not again at once when it did not open, and frees whom it held."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from patience import PATIENCE_S

from drivers.errors import LineError, NoAnswer
from drivers.line import Line, Priority, Request, SerialLine, TcpLine
from drivers.options import Seconds
from tests.support.virtual_time import now_s, run_settling

pytestmark = pytest.mark.usefixtures("lines_by_loop")


def ask(unit: int, address: int, device: str = "lamp-1") -> Request:
    """Builds a request for one register."""
    return Request(device, unit, bytes((3, 0, address, 0, 1)), b"\x03\x02", 4)


class Gateway:
    """Modbus TCP: the value of a register is its address; unit 9 says nothing.

    Args:
        most: requests that waited for their answers at one time.
        connections: so far.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self.asked: list[tuple[int, int]] = []
        self.waiting = self.most = self.connections = self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readexactly(12)
                self.asked.append((request[6], request[9]))
                if request[6] != 9:
                    self.waiting += 1
                    self.most = max(self.most, self.waiting)
                    asyncio.get_running_loop().call_later(self._after_s, self._answer, request, writer)

    def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        self.waiting -= 1
        writer.write(request[:4] + b"\0\5" + request[6:8] + b"\2" + request[8:10])


@contextlib.asynccontextmanager
async def gateway(after_s: float = 0.0) -> AsyncIterator[Gateway]:
    far = Gateway(after_s)
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    far.port = server.sockets[0].getsockname()[1]
    async with server:
        yield far


def line(port: int, timeout_s: float = 1.0, **others: Any) -> Line:
    return Line("gateway", TcpLine(host="127.0.0.1", port=port, timeout_s=Seconds(timeout_s), **others))


@pytest.mark.parametrize(("in_flight", "most"), [(None, 1), (1, 1), (3, 3)])
def test_as_many_requests_are_in_flight_as_the_line_is_allowed_and_one_where_nothing_is_said(
    in_flight: int | None, most: int
) -> None:
    async def main() -> int:
        async with gateway(0.02) as far, line(far.port, in_flight=in_flight) as near:
            await asyncio.gather(*(near.exchange(ask(1, n)) for n in range(6)))
            assert len(far.asked) == 6 and far.connections == 1
            return far.most

    assert run_settling(main()) == most


def test_rtu_frames_in_a_tcp_stream_are_never_two_in_flight(rtu: Any) -> None:
    async def main() -> int:
        waiting = most = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal waiting, most
            with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError):
                while True:
                    request = await reader.readexactly(8)
                    waiting += 1
                    most = max(most, waiting)
                    await asyncio.sleep(0.01)
                    waiting -= 1
                    writer.write(rtu(request[0], f"030200{request[3]:02x}"))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, line(server.sockets[0].getsockname()[1], framing="rtu", in_flight=4) as near:
            await asyncio.gather(*(near.exchange(ask(1, n)) for n in range(4)))
        return most

    assert run_settling(main()) == 1


def test_a_unit_is_suspect_from_its_first_miss_to_its_next_answer() -> None:
    async def main() -> None:
        async with gateway() as far, line(far.port, 0.05) as near:
            assert not near.is_unresponsive(9)
            with pytest.raises(NoAnswer):
                await near.exchange(ask(9, 1))
            assert near.is_unresponsive(9) and not near.is_unresponsive(1)
            await near.exchange(ask(1, 1))
            assert not near.is_unresponsive(1)
            assert near.stray_bytes == 0

    run_settling(main())


def test_a_port_that_did_not_open_is_not_tried_again_for_a_second() -> None:
    """Each device of the line would wait for it in turn; the error is that of the first, for whoever asks."""

    async def main() -> tuple[list[str], int]:
        async with gateway() as gone:
            pass
        said, near = [], line(gone.port)
        async with near:
            for device in ("lamp-1", "lamp-2"):
                with pytest.raises(LineError) as caught:
                    await near.exchange(ask(1, 1, device))
                said.append(str(caught.value))
            far = Gateway(0.0)
            server = await asyncio.start_server(far.serve, "127.0.0.1", gone.port)
            with pytest.raises(LineError):
                await near.exchange(ask(1, 1))
            await asyncio.sleep(0.6)
            with contextlib.suppress(LineError):
                await near.exchange(ask(1, 1))
            early = far.connections
            await asyncio.sleep(0.45)
            await near.exchange(ask(1, 1))
        # After the line: from Python 3.12 on a server waits at its end for those who are connected.
        async with server:
            return said, early

    said, early = run_settling(main())
    assert early == 0
    assert [each.partition(":")[0] for each in said] == ["lamp-1", "lamp-2"]
    assert all("127.0.0.1 port" in each and "of line gateway refuses the connection" in each for each in said)


def test_a_port_that_opened_once_is_opened_again_at_once_when_it_was_lost() -> None:
    async def main() -> int:
        async with gateway() as far, line(far.port, 0.05) as near:
            await near.exchange(ask(1, 1))
            for unit in (9, 10, 11):
                with contextlib.suppress(NoAnswer):
                    await near.exchange(ask(9, unit))
            began_s = now_s()
            await near.exchange(ask(1, 2))
            assert now_s() - began_s < 0.9
            return far.connections

    assert run_settling(main()) == 2


def test_of_two_that_find_the_port_shut_one_opens_it() -> None:
    async def main() -> int:
        async with gateway(0.01) as far, line(far.port, in_flight=4) as near:
            await asyncio.gather(*(near.exchange(ask(1, n)) for n in range(4)))
            return far.connections

    assert run_settling(main()) == 1


def test_the_port_is_closed_at_the_end_and_may_be_opened_by_another(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    async def main() -> None:
        with slave(pty, lambda request: [(0, rtu(request[0], f"030200{request[3]:02x}"))]):
            for _ in range(2):
                async with Line("rs485", fast(pty.path)) as near:
                    assert await near.exchange(ask(1, 7)) == b"\x03\x02\x00\x07"
        async with Line("rs485", fast(pty.path)):
            pass

    run_settling(main())


def held(pty: Any, slave: Any, fast: Any, rtu: Any, work: Callable[[Line, Any], Any]) -> Any:
    """What `work` finds on a line whose unit 9 has not answered for 0.4 s, and is left alone for as much more."""

    def script(request: bytes) -> list[tuple[float, bytes]]:
        return [] if len(far.asked) == 1 else [(0.0, rtu(request[0], f"030200{request[3]:02x}"))]

    async def main() -> Any:
        nonlocal far
        async with Line("rs485", fast(pty.path, timeout_s=0.2)) as near:
            with slave(pty, script) as far:
                with pytest.raises(NoAnswer):
                    await near.exchange(ask(9, 0))
                return await work(near, far)

    far: Any = None
    return run_settling(main())


def test_a_unit_that_is_left_alone_does_not_hold_up_the_others(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    async def work(near: Line, far: Any) -> list[int]:
        waits = asyncio.create_task(near.exchange(ask(9, 1)))
        await asyncio.sleep(0)
        await near.exchange(ask(1, 2))
        assert not waits.done()
        with contextlib.suppress(NoAnswer):  # a unit that missed gets 50 ms; here it matters when it is asked
            await waits
        # The far end notes the time a moment after it was asked, sooner or later.
        assert 0.78 <= far.asked_s[2] - far.asked_s[0] < 1.7, "and no longer"
        return [frame[3] for frame in far.asked]

    assert held(pty, slave, fast, rtu, work) == [0, 2, 1]


def test_who_waits_for_a_unit_goes_on_in_order_commands_first_and_who_gave_up_is_passed_over(
    pty: Any, slave: Any, fast: Any, rtu: Any
) -> None:
    async def work(near: Line, far: Any) -> list[int]:
        polls = [asyncio.create_task(near.exchange(ask(9, n))) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        command = asyncio.create_task(near.exchange(ask(9, 4), Priority.COMMAND))
        await asyncio.sleep(0)
        polls[1].cancel()
        await asyncio.gather(command, *polls, return_exceptions=True)
        with contextlib.suppress(NoAnswer):
            await near.exchange(ask(9, 5))
        return [frame[3] for frame in far.asked]

    assert held(pty, slave, fast, rtu, work) == [0, 4, 1, 3, 5]


def test_a_unit_that_is_overheard_meanwhile_is_left_alone_for_longer(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    """The answer of the unit comes half a second late: from then on it is left alone for one and a half times as
    long."""

    async def work(near: Line, far: Any) -> float:
        waits = asyncio.create_task(near.exchange(ask(9, 1)))
        await asyncio.sleep(0.1)
        pty.say(rtu(9, "03020000"))
        said_s = asyncio.get_running_loop().time()
        await near.exchange(ask(1, 2))
        with contextlib.suppress(NoAnswer):
            await waits
        assert [frame[0] for frame in far.asked] == [9, 1, 9]
        return float(far.asked_s[2] - said_s)

    assert held(pty, slave, fast, rtu, work) >= 0.6


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (SerialLine(port="/nowhere/ttyUSB9"), "serial port /nowhere/ttyUSB9 of line l does not exist"),
        (TcpLine(host="127.0.0.1", port=1), "127.0.0.1 port 1 of line l refuses the connection"),
    ],
)
def test_a_port_that_does_not_open_is_named(options: Any, where: str) -> None:
    async def main() -> str:
        async with Line("l", options) as near:
            with pytest.raises(LineError) as caught:
                await near.exchange(ask(1, 1))
            return str(caught.value)

    assert where in run_settling(main())


def test_on_a_line_that_is_never_idle_a_technician_waits_no_longer_than_polls_do() -> None:
    """Two devices that ask without a pause; patience is short here."""

    async def main() -> float:
        async with (
            gateway(0.01) as far,
            Line("gateway", TcpLine(host="127.0.0.1", port=far.port), patience_s=0.2) as busy,
        ):

            async def poll(unit: int) -> None:
                while True:
                    await busy.exchange(ask(unit, 1))

            polling = [asyncio.create_task(poll(unit)) for unit in (1, 2)]
            await asyncio.sleep(0.05)
            began_s = now_s()
            await busy.exchange(ask(3, 1), Priority.SPARE)
            took_s = now_s() - began_s
            for task in polling:
                task.cancel()
            await asyncio.wait(polling)
            return took_s

    assert 0.2 <= run_settling(asyncio.wait_for(main(), PATIENCE_S)) < 5


def test_a_technician_waits_for_the_end_of_a_round_of_polls() -> None:
    async def main() -> list[int]:
        async with gateway() as far, line(far.port) as shared:
            await shared.exchange(ask(1, 0))
            asking = asyncio.create_task(shared.exchange(ask(3, 9), Priority.SPARE))
            for at in range(1, 5):
                await asyncio.sleep(0.01)
                await shared.exchange(ask(1, at))
            await asking
            return [address for _, address in far.asked]

    assert run_settling(main()) == [0, 1, 2, 3, 4, 9]
