import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient

from agent.simulate import lamps
from agent.simulate.lamps import BAUD, DIMMER_UNIT, GATEWAY_UNIT, Ballast, fade_s
from agent.simulate.wire import Cable

WHOLE_BALLAST = 11


@asynccontextmanager
async def gateway() -> AsyncIterator[str]:
    with Cable() as cable:
        server = lamps.serial_server(cable.far.path)
        await server.serve_forever(background=True)
        yield cable.near.path
        await server.shutdown()


def with_gateway(use: Callable[[AsyncModbusSerialClient], Awaitable[None]]) -> None:
    async def main() -> None:
        async with gateway() as path:
            client = AsyncModbusSerialClient(path, baudrate=BAUD, timeout=60, retries=0)
            await client.connect()
            await use(client)
            client.close()

    asyncio.run(main())


def test_fade_times_are_those_of_the_standard() -> None:
    assert [fade_s(code) for code in (0, 2, 4, 15)] == pytest.approx([0.0, 1.0, 2.0, 90.5], rel=0.001)


def test_a_ballast_fades_in_its_own_time() -> None:
    mono_s = [0.0]
    ballast = Ballast(lambda: mono_s[0])
    assert (ballast.level_percent, ballast.status) == (0, 0)
    ballast.fade_code = 4
    ballast.order(80)
    seen = []
    for mono_s[0] in (0.0, 1.0, 2.0, 9.0):
        seen.append((ballast.level_percent, ballast.status))
    assert seen == [(0, 16), (40, 20), (80, 4), (80, 4)]
    ballast.order(0)
    mono_s[0] = 10.0
    assert (ballast.level_percent, ballast.status) == (40, 20)
    mono_s[0] = 11.0
    assert (ballast.level_percent, ballast.status) == (0, 0)


def test_a_ballast_keeps_to_its_limits() -> None:
    mono_s = [0.0]
    ballast = Ballast(lambda: mono_s[0])
    ballast.order(1)
    mono_s[0] = 60.0
    assert ballast.level_percent == lamps.MIN_PERCENT


def test_a_broken_lamp_is_told_by_its_ballast_and_takes_its_level_all_the_same() -> None:
    ballast = Ballast(lambda: 0.0)
    ballast.fade_code = 0
    ballast.order(80)
    ballast.broken = True
    assert (ballast.level_percent, ballast.status) == (80, lamps.LAMP_FAILURE)


def test_the_level_of_one_lamp_follows_its_arc_power_on_the_serial_line() -> None:
    async def use(client: AsyncModbusSerialClient) -> None:
        written = await client.write_register(115, 60, device_id=GATEWAY_UNIT)
        assert not written.isError()
        level = 0
        while level < 60:
            answer = await client.read_input_registers(105, count=WHOLE_BALLAST, device_id=GATEWAY_UNIT)
            status, reached, arc_power = answer.registers[0], answer.registers[1], answer.registers[10]
            assert reached >= level
            assert arc_power == 60
            assert bool(status & lamps.FADING) or reached == 60
            level = reached
        others = [(await client.read_holding_registers(n, device_id=GATEWAY_UNIT)).registers for n in (6, 206)]
        assert others == [[0], [0]]

    with_gateway(use)


@pytest.mark.parametrize(
    ("register", "value", "code"),
    [(115, 101, 3), (106, 50, 2), (116, 1, 2), (315, 50, 2), (113, 16, 3)],
    ids=["above 100 %", "a level that is only read", "a hole", "no such ballast", "no such fade time"],
)
def test_the_gateway_refuses(register: int, value: int, code: int) -> None:
    async def use(client: AsyncModbusSerialClient) -> None:
        answer = await client.write_register(register, value, device_id=GATEWAY_UNIT)
        assert answer.isError()
        assert answer.exception_code == code

    with_gateway(use)


def test_mbpoll_reads_and_writes_the_gateway() -> None:
    async def main() -> tuple[bytes, bytes]:
        async with gateway() as path:
            common = ("mbpoll", "-m", "rtu", "-b", str(BAUD), "-P", "none", "-a", str(GATEWAY_UNIT), "-0", "-t", "4")
            written = await asyncio.create_subprocess_exec(*common, "-r", "15", path, "40", stdout=subprocess.PIPE)
            said, _ = await written.communicate()
            read = await asyncio.create_subprocess_exec(*common, "-r", "15", "-1", path, stdout=subprocess.PIPE)
            heard, _ = await read.communicate()
            return said, heard

    said, heard = asyncio.run(main())
    assert b"Written 1 reference" in said
    assert b"[15]: \t40" in heard


def test_the_dimmer_answers_on_tcp() -> None:
    async def main() -> None:
        server = lamps.tcp_server()
        await server.serve_forever(background=True)
        client = AsyncModbusTcpClient("127.0.0.1", port=lamps.tcp_port(server), retries=0)
        await client.connect()
        await client.write_coil(0, True, device_id=DIMMER_UNIT)
        await client.write_register(0, 55, device_id=DIMMER_UNIT)
        levels = await client.read_holding_registers(0, count=3, device_id=DIMMER_UNIT)
        switches = await client.read_coils(0, count=3, device_id=DIMMER_UNIT)
        safety = await client.read_holding_registers(8, device_id=DIMMER_UNIT)
        supply = await client.read_input_registers(121, device_id=DIMMER_UNIT)
        assert levels.registers == [55, 0, 0]
        assert switches.bits[:3] == [True, False, False]
        assert safety.registers == [10]
        assert supply.registers == [24_000]
        client.close()
        await server.shutdown()

    asyncio.run(main())
