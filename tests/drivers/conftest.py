"""Real far ends for drivers: pseudo-terminals, slaves that misbehave by a script, and pymodbus's own servers."""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pymodbus import FramerType
from pymodbus.framer import FramerRTU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import SimDevice

import drivers.lamp
import drivers.lamp_colour
import drivers.lamp_level
import drivers.meter
from drivers.line import SerialLine
from drivers.options import Seconds
from drivers.registers import Registers
from drivers.schedule import Deadlines, Timetable
from tests.support.virtual_time import now_s

Answers = list[tuple[float, bytes]]
"""What a slave says to a request: after how many seconds, and which bytes."""


class Pty:
    """One serial port without hardware: `path` is the near end, the methods are the far end of the cable."""

    def __init__(self) -> None:
        self.fd, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self.fd, False)
        self.path = os.ttyname(self._near)
        self._open = True

    def say(self, data: bytes) -> None:
        os.write(self.fd, data)

    def hear(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self.fd, 4096)
        return b""

    def unplug(self) -> None:
        """What opened `path` finds its port dead."""
        if self._open:
            self._open = False
            os.close(self.fd)
            os.close(self._near)


@pytest.fixture
def pty() -> Iterator[Pty]:
    port = Pty()
    yield port
    port.unplug()


@pytest.fixture
def rtu() -> Callable[[int, str], bytes]:
    """A whole RTU frame: unit, PDU in hexadecimal."""

    def frame(unit: int, pdu: str) -> bytes:
        body = bytes((unit,)) + bytes.fromhex(pdu)
        return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")

    return frame


class Slave:
    """Everybody on the far end of an RTU line.

    Args:
        script: called with each request frame; what is said to it.
    """

    def __init__(self, port: Pty, script: Callable[[bytes], Answers]) -> None:
        self._port, self._script = port, script
        self.asked: list[bytes] = []
        self.asked_s: list[float] = []

    def __enter__(self) -> "Slave":
        asyncio.get_running_loop().add_reader(self._port.fd, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._port.fd)

    def _hear(self) -> None:
        loop, frame = asyncio.get_running_loop(), self._port.hear()
        self.asked.append(frame)
        self.asked_s.append(loop.time())
        for after_s, data in self._script(frame):
            if after_s:
                loop.call_later(after_s, self._port.say, data)
            else:
                self._port.say(data)


@pytest.fixture
def slave() -> type[Slave]:
    return Slave


@pytest.fixture
def fast() -> Callable[..., SerialLine]:
    """Options of a fast serial line; tests of silence give it a short time-out."""

    def options(port: str, timeout_s: float = 2.0, **others: object) -> SerialLine:
        return SerialLine(port=port, baud=115200, timeout_s=Seconds(timeout_s), **others)  # type: ignore[arg-type]

    return options


@contextlib.contextmanager
def _joined() -> Iterator[tuple[str, str]]:
    """Two serial ports with a cable between them."""
    loop, ends = asyncio.get_running_loop(), (Pty(), Pty())
    for one, other in (ends, ends[::-1]):
        loop.add_reader(one.fd, lambda one=one, other=other: other.say(one.hear()))
    try:
        yield ends[0].path, ends[1].path
    finally:
        for end in ends:
            loop.remove_reader(end.fd)
            end.unplug()


@pytest.fixture
def cable() -> Callable[[], contextlib.AbstractContextManager[tuple[str, str]]]:
    return _joined


@contextlib.asynccontextmanager
async def _serial_server(devices: SimDevice | list[SimDevice]) -> AsyncIterator[str]:
    with _joined() as (near, far):
        server = ModbusSerialServer(devices, framer=FramerType.RTU, port=far, baudrate=115200)
        await server.serve_forever(background=True)
        try:
            yield near
        finally:
            await server.shutdown()


@contextlib.asynccontextmanager
async def _tcp_server(devices: SimDevice | list[SimDevice]) -> AsyncIterator[int]:
    server = ModbusTcpServer(devices, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    try:
        yield server.transport.sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


@pytest.fixture
def serial_server() -> Callable[..., contextlib.AbstractAsyncContextManager[str]]:
    """pymodbus's server behind a serial port; gives the port's path."""
    return _serial_server


@pytest.fixture
def tcp_server() -> Callable[..., contextlib.AbstractAsyncContextManager[int]]:
    """pymodbus's server on a free TCP port; gives the port."""
    return _tcp_server


@pytest.fixture
def devices_by_loop(lines_by_loop: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lamps, meters and sensors on such lines take it too."""
    for module in (drivers.lamp, drivers.lamp_colour, drivers.lamp_level, drivers.meter):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=now_s))
    for made in (Deadlines.__init__, Timetable.__init__):
        _, *others = made.__defaults__ or ()
        monkeypatch.setattr(made, "__defaults__", (now_s, *others))
    monkeypatch.setitem(Registers.__init__.__kwdefaults__ or {}, "clock", now_s)


@pytest.fixture
def shared() -> Path:
    """The folder of facts beside the project; the test is skipped where it is not there."""
    folder = Path(__file__).parents[3] / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


Run = Callable[[Callable[[], Awaitable[None]]], None]
