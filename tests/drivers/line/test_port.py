"""Ports: how they are opened and told of, and what the kernel's driver is told about a transceiver."""

import asyncio
import errno
import os
import socket
import struct
import subprocess
import sys
import termios
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import serial
from patience import PATIENCE_S

from drivers.line import SerialLine, TcpLine
from drivers.line.port import Port, describe_open_error, open_port, open_serial
from drivers.options import Seconds

ENABLED, RTS_ON_SEND, RTS_AFTER_SEND = 1, 2, 4
"""Flags of struct serial_rs485 (linux/serial.h)."""

DRIVER_WITH_RS485 = r"""
    #include <stdarg.h>
    #include <fcntl.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    /* A pseudo-terminal has no direction to switch: answer the two requests of a driver that has, and write down what
       it is told. All else goes to the kernel. */
    int ioctl(int fd, unsigned long request, ...)
    {
        va_list list;
        va_start(list, request);
        void *argument = va_arg(list, void *);
        va_end(list);
        if (request == 0x542E) { /* TIOCGRS485 */
            memset(argument, 0, 32);
            return 0;
        }
        if (request == 0x542F) { /* TIOCSRS485 */
            int out = open(getenv("TOLD"), O_WRONLY | O_CREAT, 0600);
            return write(out, argument, 32) == 32 ? close(out) : -1;
        }
        return syscall(SYS_ioctl, fd, request, argument);
    }
"""

OPEN = """
    import asyncio, sys
    from drivers.line import SerialLine
    from drivers.line.port import open_port
    from drivers.options import Seconds

    async def main():
        options = SerialLine(
            port=sys.argv[1], rs485=True, rs485_send_level=sys.argv[2],
            rs485_delay_before_send_s=Seconds(0.002), rs485_delay_after_send_s=Seconds(0.003),
        )
        port = await open_port(options, lambda data: None, lambda: None)
        await port.close()

    asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("send_level", "flags"), [("high", ENABLED | RTS_ON_SEND), ("low", ENABLED | RTS_AFTER_SEND)], ids=["high", "low"]
)
def test_the_kernel_switches_the_direction_as_configured(pty: Any, tmp_path: Path, send_level: str, flags: int) -> None:
    source, library, told = tmp_path / "driver.c", tmp_path / "driver.so", tmp_path / "told"
    source.write_text(textwrap.dedent(DRIVER_WITH_RS485))
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    root = str(Path(__file__).parents[3])
    environment = os.environ | {"LD_PRELOAD": str(library), "TOLD": str(told), "PYTHONPATH": root}
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(OPEN), pty.path, send_level],
        check=True,
        env=environment,
        timeout=PATIENCE_S,
    )
    assert struct.unpack("=3I", told.read_bytes()[:12]) == (flags, 2, 3)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (TimeoutError(), "does not accept the connection in time"),
        (OSError(errno.ENOENT, "x"), "does not exist"),
        (OSError(errno.ENXIO, "x"), "has no device behind it"),
        (OSError(errno.EACCES, "x"), "may not be opened by this user"),
        (OSError(errno.EAGAIN, "x"), "is held by another program"),
        (OSError(errno.EBUSY, "x"), "is held by another program"),
        (OSError(errno.ECONNREFUSED, "x"), "refuses the connection"),
        (OSError(errno.EHOSTUNREACH, "x"), "cannot be reached"),
        (OSError(errno.ENETUNREACH, "x"), "cannot be reached"),
        (OSError(errno.EIO, "it is broken"), "cannot be opened: [Errno 5] it is broken"),
        (ValueError("odd"), "cannot be opened: odd"),
    ],
)
def test_why_a_port_did_not_open_is_told_in_words_with_a_hint(error: OSError | ValueError, what: str) -> None:
    told, hint = describe_open_error(error)
    assert told == what and hint


async def pair(heard: Callable[[bytes], None], lost: Callable[[], None]) -> tuple[Port, socket.socket]:
    """A port, and the far end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        options = TcpLine(host="127.0.0.1", port=server.getsockname()[1], timeout_s=Seconds(5))
        port = await open_port(options, heard, lost)
        far, _ = server.accept()
        far.setblocking(False)
        return port, far


def test_a_port_can_be_used_until_it_is_lost_and_that_is_told_once() -> None:
    async def main() -> None:
        loop, heard, lost, gone = asyncio.get_running_loop(), bytearray(), list[bool](), asyncio.Event()

        def note() -> None:
            lost.append(True)
            gone.set()

        port, far = await pair(heard.extend, note)
        assert port.usable
        port.write(b"ask")
        assert await loop.sock_recv(far, 9) == b"ask"
        await loop.sock_sendall(far, b"answer")
        async with asyncio.timeout(PATIENCE_S):
            while not heard:
                await asyncio.sleep(0.001)
            assert heard == b"answer"
            far.close()
            await gone.wait()
        assert not port.usable and lost == [True]
        port.write(b"to nobody")
        port.abort()
        port.pause()
        port.resume()
        await port.close()
        assert lost == [True]

    asyncio.run(main())


def test_a_port_that_is_closed_is_not_usable_at_once_and_closed_when_that_returns() -> None:
    async def main() -> None:
        lost: list[bool] = []
        port, far = await pair(lambda _: None, lambda: lost.append(True))
        port.abort()
        assert not port.usable and not lost
        port.pause()
        port.resume()
        async with asyncio.timeout(PATIENCE_S):
            await port.close()
        assert lost == [True]
        far.close()

    asyncio.run(main())


def test_a_port_that_pauses_leaves_what_comes_where_it_is() -> None:
    async def main() -> None:
        heard = bytearray()
        port, far = await pair(heard.extend, lambda: None)
        port.pause()
        await asyncio.get_running_loop().sock_sendall(far, b"later")
        await asyncio.sleep(0.05)
        assert not heard
        port.resume()
        async with asyncio.timeout(PATIENCE_S):
            while heard != b"later":
                await asyncio.sleep(0.001)
        await port.close()
        far.close()

    asyncio.run(main())


def test_a_peer_that_does_not_take_the_connection_is_waited_for_as_long_as_was_said() -> None:
    """The peer's queue of connections is full."""

    async def main() -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            address = server.getsockname()
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(address)
            options = TcpLine(host="127.0.0.1", port=address[1], timeout_s=Seconds(0.2))
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(TimeoutError):
                    await open_port(options, lambda _: None, lambda: None)
            for one in waiting:
                one.close()

    asyncio.run(main())


class Device:
    """A stand-in for pyserial's port.

    Args:
        refuses: what is raised when the transport sets it up.
    """

    def __init__(self, refuses: Exception | None = None) -> None:
        self._refuses, self.closed = refuses, False

    @property
    def timeout(self) -> float:
        return 0.0

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        if self._refuses is not None:
            raise self._refuses

    def close(self) -> None:
        self.closed = True


def opened(opening: Callable[[], Any]) -> BaseException | None:
    async def main() -> BaseException | None:
        try:
            await open_serial(opening, lambda _: None, lambda: None)
        except (OSError, ValueError) as error:
            return error
        return None

    return asyncio.run(main())


def test_a_setting_that_the_driver_refuses_is_an_error_of_the_system() -> None:
    def refuse() -> Any:
        raise termios.error(errno.EINVAL, "Invalid argument")

    error = opened(refuse)
    assert isinstance(error, OSError) and error.errno == errno.EINVAL


def test_a_port_that_goes_while_it_is_set_up_is_closed() -> None:
    device = Device(termios.error(errno.EIO, "Input/output error"))
    error = opened(lambda: device)
    assert isinstance(error, OSError) and error.errno == errno.EIO
    assert device.closed


def test_a_port_that_opens_when_nobody_waits_for_it_any_more_is_closed() -> None:
    """The adapter hangs; who wanted it was cancelled. One that then fails to open is nobody's concern."""
    device, let_go = Device(), threading.Event()

    async def main(fails: bool) -> None:
        def hang() -> Any:
            let_go.wait(PATIENCE_S)
            if fails:
                raise OSError(errno.EIO, "x")
            return device

        task = asyncio.create_task(open_serial(hang, lambda _: None, lambda: None))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not device.closed
        let_go.set()
        async with asyncio.timeout(PATIENCE_S):
            while not (device.closed or fails):
                await asyncio.sleep(0.001)

    asyncio.run(main(False))
    device.closed = False
    let_go.clear()
    asyncio.run(main(True))
    assert not device.closed


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [(errno.EINVAL, ValueError, "its driver does not take 57600 baud 8E2"), (errno.ENOENT, OSError, "x")],
)
def test_a_speed_that_a_driver_does_not_know_is_said(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[Exception], words: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "x")

    monkeypatch.setattr(serial, "Serial", refuse)
    options = SerialLine(port="/dev/ttyX", baud=57600, parity="E", stop_bits=2)
    with pytest.raises(kind, match=words):
        asyncio.run(open_port(options, lambda _: None, lambda: None))


class Adapter(Device):
    """A port of pyserial that notes what it is told, and refuses what the test says."""

    def __init__(self, low_latency: Exception | None = None, direction: Exception | None = None) -> None:
        super().__init__(OSError(errno.EIO, "enough"))
        self._low_latency, self._direction = low_latency, direction
        self.told: dict[str, Any] = {}

    def __call__(self, *given: Any, **named: Any) -> "Adapter":
        self.told |= {"given": given, **named}
        return self

    def set_low_latency_mode(self, on: bool) -> None:
        self.told["low_latency"] = on
        if self._low_latency is not None:
            raise self._low_latency

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "rs485_mode":
            self.told[name] = value
            if self._direction is not None:
                raise self._direction
        super().__setattr__(name, value)


@pytest.mark.parametrize("low_latency", [None, ValueError("no such switch")])
def test_a_serial_port_is_ours_alone_and_keeps_nothing_back(
    monkeypatch: pytest.MonkeyPatch, low_latency: Exception | None
) -> None:
    adapter = Adapter(low_latency)
    monkeypatch.setattr(serial, "Serial", adapter)
    with pytest.raises(OSError, match="enough"):
        asyncio.run(open_port(SerialLine(port="/dev/ttyX", stop_bits=2), lambda _: None, lambda: None))
    assert adapter.told == {
        "given": ("/dev/ttyX", 9600),
        "parity": "N",
        "stopbits": 2,
        "timeout": 0,
        "exclusive": True,
        "low_latency": True,
    }


def test_a_driver_that_does_not_switch_the_direction_is_told_and_its_port_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter = Adapter(direction=ValueError("not supported"))
    monkeypatch.setattr(serial, "Serial", adapter)
    with pytest.raises(ValueError, match="does not switch the direction; set rs485 = false: not supported"):
        asyncio.run(open_port(SerialLine(port="/dev/ttyX", rs485=True), lambda _: None, lambda: None))
    assert adapter.closed
