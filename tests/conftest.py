"""Real far ends: Modbus slaves on a pseudo-terminal that has a speed, a broker that sends anything."""

import asyncio
import contextlib
import gc
import logging
import os
import socket
import termios
import tty
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, Self

import pytest
from hypothesis import settings
from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import SimDevice

from tests.support.virtual_time import SettlingLoop, VirtualTimer, now_s

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("searching", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
"""The same examples in each run; HYPOTHESIS_PROFILE=searching looks for new ones."""

SYSTEM = Path(__file__).parent / "system"

os.environ["LANGUAGE"] = "C"
"""The tests expect English, whatever their developer speaks."""

os.umask(0o022)
"""Configurations that the tests write are read only where others may not change them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of tests/system is slow; elsewhere a test that is says so itself. `make quick` holds the others to it."""
    for item in items:
        if SYSTEM in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="session")
def state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The folder that systemd would give: no pole of a test leaves anything in that of this box."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STATE_DIRECTORY", str(tmp_path_factory.mktemp("state-of-the-unit")))
        yield


@pytest.fixture(autouse=True)
def nothing_left_to_the_event_loop(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A task, a future or a callback whose exception nobody takes is a defect, and so is a task that is lost."""
    yield
    gc.collect(0)  # what was dropped a moment ago tells of itself when it is collected
    left = [record for record in caplog.get_records("call") if record.name == "asyncio" and record.levelno > 30]
    assert not left, "\n".join(logging.Formatter().format(record) for record in left)


@pytest.fixture
def lines_by_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines take the time of the loop that runs for that of the machine, which is told what is on its way: for
    `run_settling`."""
    clock, write = SimpleNamespace(monotonic=now_s), os.write

    def told(fd: int, data: bytes) -> int:
        if os.isatty(fd) and isinstance(loop := asyncio.get_running_loop(), SettlingLoop):
            loop.written()
        return write(fd, data)

    monkeypatch.setattr("os.write", told)
    for module in ("line", "hold_off"):
        monkeypatch.setattr(f"drivers.line.{module}.time", clock)
    monkeypatch.setattr("drivers.line.rtu.Timer", VirtualTimer)


Slaves = Callable[..., contextlib.AbstractAsyncContextManager[str]]


@pytest.fixture
def serial_slaves() -> Slaves:
    """pymodbus's server behind a serial port; gives the port's path. At another speed nothing gets through."""
    return _serial_slaves


@contextlib.asynccontextmanager
async def _serial_slaves(*devices: SimDevice, speed: int = termios.B9600) -> AsyncIterator[str]:
    loop, near, far = asyncio.get_running_loop(), os.openpty(), os.openpty()
    units = {device.id for device in devices}  # the server itself answers for units that it has not
    for master, slave in (near, far):
        tty.setraw(slave)
        os.set_blocking(master, False)

    def to_slaves() -> None:
        data = os.read(near[0], 4096)
        if termios.tcgetattr(near[0])[4] == speed and data[0] in units:
            os.write(far[0], data)

    loop.add_reader(near[0], to_slaves)
    loop.add_reader(far[0], lambda: os.write(near[0], os.read(far[0], 4096)))
    server = ModbusSerialServer(list(devices), framer=FramerType.RTU, port=os.ttyname(far[1]), baudrate=115200)
    await server.serve_forever(background=True)
    try:
        yield os.ttyname(near[1])
    finally:
        await server.shutdown()
        for fd in (near[0], far[0]):
            loop.remove_reader(fd)
        for fd in (*near, *far):
            os.close(fd)


class Misdeed(NamedTuple):
    """What a broker does wrong on one connection.

    Args:
        when: what it sends the bytes instead of: "CONNACK", "SUBACK", "PUBACK"; or "later": after the SUBACK.
        ends: it closes the connection then, where it is no fault of the bytes.
    """

    name: str
    when: str
    sends: bytes
    ends: bool = False


class RawBroker:
    """A broker on plain sockets, which commits one misdeed a connection, as long as there are any.

    Args:
        said: what it was told on each connection: first byte and body of each packet.
    """

    def __init__(self, protocol: str, misdeeds: Iterable[Misdeed] = ()) -> None:
        self._v5, self.misdeeds = protocol == "5", list(misdeeds)
        self.said: list[list[tuple[int, bytes]]] = []
        self.port = 0
        self._serving: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.append(asyncio.get_running_loop().create_task(self._hold(reader, writer)))

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._serve(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said: list[tuple[int, bytes]] = []
        self.said.append(said)
        misdeed = self.misdeeds.pop(0) if self.misdeeds else None
        while True:
            said.append(await _packet_from(reader))
            for when, answer in self._answers(*said[-1]):
                if misdeed and misdeed.when == when:
                    writer.write(misdeed.sends)
                    if misdeed.ends:
                        return
                    misdeed = None
                else:
                    writer.write(answer)

    def _answers(self, head: int, body: bytes) -> Iterator[tuple[str, bytes]]:
        no_properties = b"\0" if self._v5 else b""
        match head >> 4:
            case 1:
                yield "CONNACK", mqtt_packet(0x20, b"\0\0" + no_properties)
            case 8:
                yield "SUBACK", mqtt_packet(0x90, body[:2] + no_properties + b"\1")
                yield "later", b""
            case 3 if head & 0x06:
                topic_ends = 2 + int.from_bytes(body[:2], "big")
                yield "PUBACK", mqtt_packet(0x40, body[topic_ends : topic_ends + 2])
            case 10:
                yield "UNSUBACK", mqtt_packet(0xB0, body[:2] + (b"\0\0" if self._v5 else b""))
            case 12:
                yield "PINGRESP", b"\xd0\0"


async def _packet_from(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length, shift = length | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return head, await reader.readexactly(length)


def mqtt_packet(head: int, body: bytes) -> bytes:
    """Builds a packet with its remaining length."""
    length, rest = bytearray(), len(body)
    while True:
        rest, low = rest >> 7, rest & 0x7F
        length.append(low | (0x80 if rest else 0))
        if not rest:
            return bytes((head,)) + bytes(length) + body


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def _properties(*each: bytes) -> bytes:
    whole = b"".join(each)
    return bytes((len(whole),)) + whole


def _everywhere() -> dict[str, bytes]:
    """Bad at any moment, in both protocols."""
    return {
        "type 0": mqtt_packet(0x00, b""),
        "type 15 with a reason": mqtt_packet(0xF0, b"\x18\0"),
        "CONNECT": mqtt_packet(0x10, _text(b"MQTT") + b"\4\2\0\x1e" + _text(b"x")),
        "SUBSCRIBE": mqtt_packet(0x82, b"\0\1" + _text(b"#") + b"\0"),
        "UNSUBSCRIBE": mqtt_packet(0xA2, b"\0\1" + _text(b"#")),
        "UNSUBACK": mqtt_packet(0xB0, b"\0\1"),
        "PINGREQ": b"\xc0\0",
        "PINGRESP with a body": mqtt_packet(0xD0, b"x"),
        "length of five bytes": b"\x30\xff\xff\xff\xff\x01",
        "CONNACK of one byte": b"\x20\1\0",
        "CONNACK of none": b"\x20\0",
        "CONNACK with flags": mqtt_packet(0x21, b"\0\0"),
        "CONNACK with reserved flags": mqtt_packet(0x20, b"\xfe\0"),
        "PUBREC": mqtt_packet(0x50, b"\0\1"),
        "PUBCOMP": mqtt_packet(0x70, b"\0\1"),
        "words": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n" + b"this is no broker\r\n" * 4,
    }


def _publishes(v5: bool) -> dict[str, bytes]:
    end = b"\0" if v5 else b""
    return {
        "PUBLISH without a topic": mqtt_packet(0x30, _text(b"") + end + b"x"),
        "PUBLISH on #": mqtt_packet(0x30, _text(b"#") + end + b"x"),
        "PUBLISH on a/+": mqtt_packet(0x32, _text(b"a/+") + b"\0\1" + end + b"x"),
        "PUBLISH on no UTF-8": mqtt_packet(0x30, _text(b"\xff\xfe") + end + b"x"),
        "PUBLISH on a surrogate": mqtt_packet(0x30, _text(b"\xed\xa0\x80") + end + b"x"),
        "PUBLISH on NUL": mqtt_packet(0x30, _text(b"a\0b") + end + b"x"),
        "PUBLISH with QoS 2 on #": mqtt_packet(0x34, _text(b"#") + b"\0\1" + end + b"x"),
        "PUBLISH with QoS 3": mqtt_packet(0x36, _text(b"t") + b"\0\1" + end + b"x"),
        "PUBLISH with identifier 0": mqtt_packet(0x32, _text(b"t") + b"\0\0" + end + b"x"),
        "PUBLISH without an identifier": mqtt_packet(0x32, _text(b"t")),
        "PUBLISH with half an identifier": mqtt_packet(0x32, _text(b"t") + b"\0"),
        "PUBLISH with a topic beyond it": mqtt_packet(0x30, b"\xff\xfft"),
        "PUBLISH of one byte": mqtt_packet(0x30, b"\0"),
        "PUBLISH of none": mqtt_packet(0x30, b""),
    }


def _acknowledgements(v5: bool) -> dict[str, bytes]:
    found = {
        f"{name} of {len(body)} bytes": mqtt_packet(head, body)
        for name, head in (("PUBACK", 0x40), ("PUBREL", 0x62), ("SUBACK", 0x90))
        for body in (b"", b"\0", b"\0\0")
    }
    found |= {"PUBACK with flags": b"\x42\2\0\1", "PUBREL without its flags": b"\x60\2\0\1"}
    end = b"\0" if v5 else b""
    found |= {
        "SUBACK without a code": mqtt_packet(0x90, b"\0\1" + end),
        "SUBACK with two codes": mqtt_packet(0x90, b"\0\1" + end + b"\1\1"),
        "SUBACK with an unknown code": mqtt_packet(0x90, b"\0\1" + end + b"\x42"),
        "SUBACK for another": mqtt_packet(0x90, b"\x7f\x7f" + end + b"\1"),
    }
    if v5:
        found |= {
            "PUBACK with an unknown reason": mqtt_packet(0x40, b"\0\1\x42"),
            "PUBACK with cut properties": mqtt_packet(0x40, b"\0\1\0\5\x1f\0"),
            "PUBACK with bytes behind": mqtt_packet(0x40, b"\0\1\0\0x"),
            "PUBREL with an unknown reason": mqtt_packet(0x62, b"\0\1\x42"),
        }
    else:
        found |= {"PUBACK of three bytes": mqtt_packet(0x40, b"\0\1\0"), "DISCONNECT": b"\xe0\0"}
    return found


_BAD_PROPERTIES = {
    "a topic alias": _properties(b"\x23\0\5"),
    "topic alias 0": _properties(b"\x23\0\0"),
    "an unknown property": _properties(b"\x7d\1"),
    "a property of another packet": _properties(b"\x21\0\5"),
    "a property twice": _properties(b"\x02\0\0\0\1\x02\0\0\0\1"),
    "properties beyond it": b"\x20\x02",
    "a property that is cut": _properties(b"\x02\0\0"),
    "a number beyond its properties": b"\1\x01x",
    "a user property of no UTF-8": _properties(b"\x26" + _text(b"\xff") + _text(b"b")),
    "a user property that is half": _properties(b"\x26" + _text(b"a")),
    "a response topic of no UTF-8": _properties(b"\x08" + _text(b"\xff")),
    "a response topic with NUL": _properties(b"\x08" + _text(b"a\0")),
    "a text beyond it": _properties(b"\x03\xff\xffx"),
    "a length of five bytes": b"\xff\xff\xff\xff\x01",
    "a payload format 7": _properties(b"\x01\7"),
    "a subscription identifier 0": _properties(b"\x0b\0"),
    "none": b"",
}


def bad_packets(protocol: str) -> list[Misdeed]:
    """Every kind of packet that ends a connection, at each moment where it may come."""
    v5 = protocol == "5"
    end = b"\0" if v5 else b""
    found = [Misdeed(f"{name} for {when}", when, sends) for when in ("CONNACK", "SUBACK", "PUBACK", "later")
             for name, sends in _everywhere().items()]  # fmt: skip
    late = _publishes(v5) | _acknowledgements(v5) | {"CONNACK again": mqtt_packet(0x20, b"\0\0" + end)}
    early = {"PUBLISH": mqtt_packet(0x30, _text(b"t") + end), "SUBACK": mqtt_packet(0x90, b"\0\1" + end + b"\1")}
    early |= {"PUBACK": b"\x40\2\0\1", "PINGRESP": b"\xd0\0"}
    if v5:
        late |= {f"PUBLISH with {name}": mqtt_packet(0x30, _text(b"t") + bad) for name, bad in _BAD_PROPERTIES.items()}
        late |= {
            "DISCONNECT with an unknown reason": b"\xe0\1\x42",
            "DISCONNECT with garbage": mqtt_packet(0xE0, b"\0\x05abc"),
            "DISCONNECT with flags": b"\xe5\0",
            "AUTH": mqtt_packet(0xF0, b"\x18\0"),
        }
        early |= {
            "CONNACK without properties": b"\x20\2\0\0",
            "CONNACK with an unknown reason": b"\x20\3\0\x42\0",
            "CONNACK with a receive maximum of 0": mqtt_packet(0x20, b"\0\0" + _properties(b"\x21\0\0")),
            "CONNACK with a maximum packet size of 0": mqtt_packet(0x20, b"\0\0" + _properties(b"\x27\0\0\0\0")),
            "CONNACK with a property twice": mqtt_packet(0x20, b"\0\0" + _properties(b"\x21\0\5\x21\0\5")),
            "CONNACK with a property of PUBLISH": mqtt_packet(0x20, b"\0\0" + _properties(b"\x23\0\5")),
            "CONNACK with an unknown property": mqtt_packet(0x20, b"\0\0" + _properties(b"\x7d\1")),
            "CONNACK with cut properties": mqtt_packet(0x20, b"\0\0\x05\x21\0"),
            "CONNACK with bytes behind": mqtt_packet(0x20, b"\0\0\0x"),
            "CONNACK with a reason of no UTF-8": mqtt_packet(0x20, b"\0\0" + _properties(b"\x1f" + _text(b"\xff"))),
        }
    else:
        early |= {"CONNACK of three bytes": b"\x20\3\0\0\0"}
    # One that comes with the CONNACK, in one piece.
    greeting = mqtt_packet(0x20, b"\0\0" + end)
    found += [Misdeed(f"{name}, with CONNACK", "CONNACK", greeting + sends) for name, sends in late.items()]
    found += [Misdeed(f"{name} for CONNACK", "CONNACK", sends) for name, sends in early.items()]
    return found + [Misdeed(name, "later", sends) for name, sends in late.items()]


@pytest.fixture
def raw_broker() -> type[RawBroker]:
    return RawBroker


@pytest.fixture
def misdeeds() -> Callable[[str], list[Misdeed]]:
    """Returns the bad packets of a protocol."""
    return bad_packets


@pytest.fixture
def misdeed() -> type[Misdeed]:
    return Misdeed


@pytest.fixture
def full_backlog() -> Iterator[int]:
    """A port that takes no connection and refuses none: the packets that ask for one vanish."""
    with socket.socket() as server, socket.socket() as filling:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        filling.connect(server.getsockname())
        yield server.getsockname()[1]
