"""The master against independent slaves: pymodbus's server on a serial port and on TCP, libmodbus on a serial port."""

import asyncio
import contextlib
import ctypes
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.errors import Refused
from drivers.line import BROADCAST, Line, Priority, TcpLine
from drivers.modbus import Master
from drivers.modbus.master import BUSY_PAUSES_S
from tests.support.virtual_time import run_settling

pytestmark = pytest.mark.usefixtures("lines_by_loop")


REGISTERS = list(range(1000, 1125))


def devices() -> SimDevice:
    bits = [at % 3 == 0 for at in range(64)]
    return SimDevice(
        5,
        simdata=(
            [SimData(0, values=bits, datatype=DataType.BITS)],
            [SimData(0, values=bits[::-1], datatype=DataType.BITS)],
            [SimData(0, values=REGISTERS, datatype=DataType.REGISTERS)],
            [SimData(0, values=REGISTERS[::-1], datatype=DataType.REGISTERS)],
        ),
    )


async def every_function(master: Master) -> None:
    assert await master.read("meter", 5, 3, 0, 125) == REGISTERS
    assert await master.read("meter", 5, 4, 0, 2) == [1124, 1123]
    assert await master.read_bits("meter", 5, 1, 0, 7) == [True, False, False, True, False, False, True]
    assert await master.read_bits("meter", 5, 2, 62, 2) == [False, True]
    await master.write_register("meter", 5, 3, 65535)
    await master.write_registers("meter", 5, 4, [1, 2, 3])
    assert await master.read("meter", 5, 3, 3, 4) == [65535, 1, 2, 3]
    await master.write_coil("meter", 5, 1, True)
    await master.write_coil("meter", 5, 0, False)
    assert await master.read_bits("meter", 5, 1, 0, 3) == [False, True, False]
    await master.write("meter", 5, 6, 3, [1], priority=Priority.POLL)
    await master.write("meter", 5, 16, 4, [4, 5, 6], priority=Priority.POLL)
    assert await master.read("meter", 5, 3, 3, 4) == [1, 4, 5, 6]
    await master.write("meter", 5, 5, 2, [1], priority=Priority.POLL)
    await master.write("meter", 5, 5, 1, [0], priority=Priority.POLL)
    assert await master.read_bits("meter", 5, 1, 0, 3) == [False, False, True]


async def refusal(master: Master) -> Refused:
    with pytest.raises(Refused) as caught:
        await master.read("meter", 5, 3, 400, 1)
    return caught.value


def test_every_function_on_rtu(serial_server: Any, fast: Any) -> None:
    async def main() -> Refused:
        async with serial_server(devices()) as path, Line("rs485", fast(path)) as line:
            await every_function(Master(line))
            return await refusal(Master(line))

    refused = run_settling(main())
    assert refused.code == 2
    assert "meter: unit 5 on line rs485 has no register 400" in str(refused)


def test_every_function_on_tcp(tcp_server: Any) -> None:
    async def main() -> Refused:
        async with tcp_server(devices()) as port, Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line:
            await every_function(Master(line))
            return await refusal(Master(line))

    assert run_settling(main()).code == 2


LIBMODBUS_SLAVE = """
    import ctypes, sys
    lib = ctypes.CDLL("libmodbus.so.5")
    lib.modbus_new_rtu.restype = lib.modbus_mapping_new.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.modbus_new_rtu(sys.argv[1].encode(), 115200, ctypes.c_char(b"N"), 8, 1))
    mapping = ctypes.c_void_p(lib.modbus_mapping_new(64, 64, 200, 200))
    lib.modbus_set_slave(context, 5)
    if lib.modbus_connect(context) != 0:
        sys.exit("libmodbus cannot open the port")
    print("ready", flush=True)
    query = (ctypes.c_uint8 * 256)()
    while True:
        length = lib.modbus_receive(context, query)
        if length > 0:
            lib.modbus_reply(context, query, length, mapping)
"""


@contextlib.contextmanager
def libmodbus_slave(path: str) -> Iterator[None]:
    ctypes.CDLL("libmodbus.so.5")  # OSError names what is missing: the Debian package libmodbus5
    program = textwrap.dedent(LIBMODBUS_SLAVE)
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True) as slave:
        assert slave.stdout is not None
        try:
            assert slave.stdout.readline() == "ready\n"
            yield
        finally:
            slave.send_signal(signal.SIGKILL)


def test_libmodbus_understands_us_and_we_it(cable: Any, fast: Any) -> None:
    async def main() -> Refused:
        with cable() as (near, far), libmodbus_slave(far):
            async with Line("rs485", fast(near, timeout_s=20.0)) as line:
                master = Master(line)
                await master.write_registers("meter", 5, 10, [7, 8, 65535])
                await master.write_register("meter", 5, 13, 9)
                await master.write_coil("meter", 5, 2, True)
                assert await master.read("meter", 5, 3, 10, 4) == [7, 8, 65535, 9]
                assert await master.read("meter", 5, 4, 0, 125) == [0] * 125
                assert await master.read_bits("meter", 5, 1, 0, 4) == [False, False, True, False]
                return await refusal(master)

    assert asyncio.run(main()).code == 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "does not know function 3"),
        (3, "does not accept the value or count at 7"),
        (4, "reports a failure of its own"),
        (6, "is busy, also when asked again"),
        (5, "accepted the request and needs time"),
        (11, "did not answer the gateway"),
        (99, "answered with exception 99"),
        (0, "answered with exception 0"),
    ],
)
def test_a_refusal_speaks_to_a_technician(pty: Any, slave: Any, fast: Any, rtu: Any, code: int, words: str) -> None:
    async def main() -> Refused:
        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, lambda request: [(0, rtu(5, f"83{code:02x}"))]), pytest.raises(Refused) as caught:
                await Master(line).read("meter", 5, 3, 7, 1)
            return caught.value

    refused = run_settling(main())
    assert refused.code == code
    assert words in str(refused)


def test_a_write_whose_echo_has_another_value_did_not_happen(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    async def main() -> None:
        async with Line("rs485", fast(pty.path, timeout_s=0.5)) as line:
            with slave(pty, lambda request: [(0, rtu(5, "06000f0029"))]), pytest.raises(Exception, match="another"):
                await Master(line).write_register("meter", 5, 15, 40)

    run_settling(main())


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda master: master.read("meter", 5, 3, 0, 0), "Modbus allows 1 to 125"),
        (lambda master: master.read("meter", 5, 3, 0, 126), "Modbus allows 1 to 125"),
        (lambda master: master.read("meter", 5, 3, 65535, 2), "address 65536 is outside"),
        (lambda master: master.read("meter", 5, 1, 0, 1), "function 1 is none of"),
        (lambda master: master.read_bits("meter", 5, 1, 0, 2001), "Modbus allows 1 to 2000"),
        (lambda master: master.read_bits("meter", 5, 3, 0, 1), "function 3 is none of"),
        (lambda master: master.write_register("meter", 5, 0, 65536), "65536 does not fit"),
        (lambda master: master.write_register("meter", 5, -1, 0), "address -1 is outside"),
        (lambda master: master.write_registers("meter", 5, 0, []), "Modbus allows 1 to 123"),
        (lambda master: master.write_registers("meter", 5, 0, [-1]), "-1 does not fit"),
        (lambda master: master.write_coil("meter", 5, 65536, True), "address 65536 is outside"),
    ],
)
def test_what_modbus_does_not_allow_is_never_asked(ask: Any, words: str) -> None:
    async def main() -> None:
        async with Line("gateway", TcpLine(host="127.0.0.1", port=1)) as line:
            with pytest.raises(ValueError, match=words):
                await ask(Master(line))

    run_settling(main())


def test_a_broadcast_of_an_rtu_line_cannot_be_read_from() -> None:
    async def main() -> None:
        async with Line("gateway", TcpLine(host="127.0.0.1", port=1, framing="rtu")) as line:
            with pytest.raises(ValueError, match="cannot be read from"):
                await Master(line).read("meter", BROADCAST, 3, 0, 1)

    run_settling(main())


@pytest.mark.parametrize("unit", [0, 255])
def test_a_device_on_modbus_tcp_that_is_no_gateway_is_asked_as_itself(unit: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError):
            while request := await reader.readexactly(12):
                right = request if request[7] == 6 else request[:4] + b"\0\5" + request[6:8] + b"\2\0\7"
                writer.write(right if request[6] == unit else request[:4] + b"\0\3" + request[6:7] + b"\x83\x0a")

    async def main() -> list[int]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Line("gateway", TcpLine(host="127.0.0.1", port=port)) as line:
            await Master(line).write_register("meter", unit, 1, 7)
            return list(await Master(line).read("meter", unit, 3, 1, 1))

    assert run_settling(main()) == [7]


def asked_and_got(
    port: Any, slave: Any, fast: Any, answers: list[bytes], ask: Callable[[Master], Awaitable[object]]
) -> tuple[int, object]:
    """How often a slave with these answers was asked, and what came of it: the result, or the code of a refusal."""

    async def main() -> tuple[int, object]:
        left = iter(answers)
        async with Line("rs485", fast(port.path)) as line:
            with slave(port, lambda request: [(0, next(left))]) as far:
                try:
                    got = await ask(Master(line))
                except Refused as error:
                    got = error.code
                return len(far.asked), got

    return run_settling(main())


@pytest.mark.parametrize("code", [1, 2, 3])
def test_what_is_illegal_is_never_asked_again(pty: Any, slave: Any, fast: Any, rtu: Any, code: int) -> None:
    answers = [rtu(5, f"83{code:02x}"), rtu(5, "03020007")]
    assert asked_and_got(pty, slave, fast, answers, lambda master: master.read("m", 5, 3, 7, 1)) == (1, code)


@pytest.mark.parametrize("code", [5, 6], ids=["acknowledge", "busy"])
def test_a_unit_that_needs_time_is_asked_again(pty: Any, slave: Any, fast: Any, rtu: Any, code: int) -> None:
    answers = [rtu(5, f"83{code:02x}")] * 2 + [rtu(5, "03020007")]
    assert asked_and_got(pty, slave, fast, answers, lambda master: master.read("m", 5, 3, 7, 1)) == (3, [7])


def test_a_unit_that_is_always_busy_is_given_up(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    answers = [rtu(5, "8606")] * 9
    times, code = asked_and_got(pty, slave, fast, answers, lambda master: master.write_register("m", 5, 7, 1))
    assert (times, code) == (1 + len(BUSY_PAUSES_S), 6)


def test_a_write_that_is_acknowledged_is_under_way(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    answers = [rtu(5, "8605")]
    assert asked_and_got(pty, slave, fast, answers, lambda master: master.write_register("m", 5, 7, 1)) == (1, None)


def test_the_line_is_free_while_a_busy_unit_gets_its_pause(pty: Any, slave: Any, fast: Any, rtu: Any) -> None:
    async def main() -> list[int]:
        def script(request: bytes) -> list[tuple[float, bytes]]:
            return [(0, rtu(5, "8306") if request[0] == 5 else rtu(request[0], "03020007"))]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, script) as far:
                busy = asyncio.create_task(Master(line).read("meter", 5, 3, 7, 1))
                while not far.asked:
                    await asyncio.sleep(0.001)
                await Master(line).read("meter", 6, 3, 7, 1)
                with pytest.raises(Refused):
                    await busy
                return [frame[0] for frame in far.asked]

    assert run_settling(main()) == [5, 6, 5, 5, 5]


def test_a_coil_is_written_by_function_15_where_its_device_knows_no_5(
    pty: Any, slave: Any, fast: Any, rtu: Any
) -> None:
    async def main() -> list[bytes]:
        heard: list[bytes] = []

        def answer(request: bytes) -> list[tuple[float, bytes]]:
            heard.append(request)
            return [(0, rtu(5, "0f00070001"))]

        async with Line("rs485", fast(pty.path)) as line:
            with slave(pty, answer):
                await Master(line).write("m", 5, 15, 7, [1], priority=Priority.COMMAND)
        return heard

    assert run_settling(main()) == [rtu(5, "0f000700010101")]
