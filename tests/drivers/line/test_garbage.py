"""Whatever a far end answers, it is an answer to this request or an error of the device; the line goes on."""

import asyncio
import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from drivers.errors import DeviceError
from drivers.line import Line, TcpLine
from drivers.modbus import Master
from drivers.options import Seconds

PDUS = st.one_of(
    st.binary(max_size=20),
    st.builds(
        lambda head, rest: head + rest,
        st.sampled_from([b"\3\2", b"\1\1", b"\6\0", b"\x83", b"\x10"]),
        st.binary(max_size=6),
    ),
)


def _mbap(request: bytes, unit: int, pdu: bytes, length: int) -> bytes:
    return request[:2] + b"\0\0" + ((len(pdu) + 1 + length) % 0x10000).to_bytes(2, "big") + bytes((unit,)) + pdu


def _rtu(unit: int, pdu: bytes, spoilt: int) -> bytes:
    frame = bytes((unit,)) + pdu
    return frame + (FramerRTU.compute_CRC(frame) ^ spoilt).to_bytes(2, "big")


async def _three_questions(framing: str, answer: Any) -> None:
    """Each on a connection that the far end closes after its answer. Raises what is no error of a device."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            writer.write(answer(await reader.readexactly(8)))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    served: list[Any] = []
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        options = TcpLine(
            host="127.0.0.1",
            port=server.sockets[0].getsockname()[1],
            framing=framing,  # type: ignore[arg-type]
            timeout_s=Seconds(0.01),
        )
        async with Line("gateway", options) as line:
            master = Master(line)
            for question in (
                master.read("lamp-1", 1, 3, 77, 1),
                master.read_bits("lamp-1", 1, 1, 0, 5),
                master.write_register("lamp-1", 1, 4, 5),
            ):
                with contextlib.suppress(DeviceError):
                    await question
        await _let_in_last(options.port)
        await asyncio.wait(served)
    assert failures == []


async def _let_in_last(port: int) -> None:
    """Waits until a server has accepted every connection so far, even one that was closed already."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write_eof()
    await reader.read()
    writer.close()
    await writer.wait_closed()


@given(PDUS, st.sampled_from([1, 0, 255]), st.sampled_from([0, 0, 0, -1, 1, 300, -1000]), st.booleans())
@settings(max_examples=60)
def test_any_modbus_tcp_answer(pdu: bytes, unit: int, length: int, twice: bool) -> None:
    def answer(request: bytes) -> bytes:
        return _mbap(request, unit, pdu, length) * (1 + twice)

    asyncio.run(_three_questions("tcp", answer))


@given(st.binary(max_size=300))
@settings(max_examples=40)
def test_any_bytes_of_a_modbus_tcp_peer(data: bytes) -> None:
    asyncio.run(_three_questions("tcp", lambda _: data))


@given(PDUS, st.sampled_from([1, 0, 255]), st.sampled_from([0, 0, 1]))
@settings(max_examples=20)
def test_any_rtu_answer(pdu: bytes, unit: int, spoilt: int) -> None:
    asyncio.run(_three_questions("rtu", lambda _: _rtu(unit, pdu, spoilt)))


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
def test_a_far_end_that_speaks_another_protocol(framing: str) -> None:
    asyncio.run(_three_questions(framing, lambda _: b"SSH-2.0-OpenSSH_9.2\r\n"))
