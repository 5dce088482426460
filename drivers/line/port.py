"""An open serial port or TCP connection: bytes out, bytes in, and whether it is still there."""

import asyncio
import contextlib
import errno
import functools
import termios
from collections.abc import Callable, Iterator
from typing import TypeVar, cast

import serial
import serial.rs485

from drivers.line.options import LineOptions, SerialLine, TcpLine
from drivers.line.serial_transport import SerialTransport
from drivers.translation import _

T = TypeVar("T")


class Port(asyncio.Protocol):
    """
    Args:
        heard: called with the bytes that came.
        lost: called once when the port is gone, also after `close`.
    """

    def __init__(self, heard: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._heard, self._lost = heard, lost
        self._transport: asyncio.Transport | None = None
        self._gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._gone.set_result(None)
        self._lost()

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def read_now(self) -> None:
        """Reads what has come to a serial port since the event loop last looked."""
        if isinstance(self._transport, SerialTransport):
            self._transport.read_now()

    def pause(self) -> None:
        """Leave what comes in the kernel's buffer."""
        if self.usable and self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self.usable and self._transport is not None:
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close without waiting for what was not sent yet."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Returns when the port may be opened again."""
        self.abort()
        await asyncio.shield(self._gone)


async def open_port(options: LineOptions, heard: Callable[[bytes], None], lost: Callable[[], None]) -> Port:
    """Raises OSError or ValueError; `describe_open_error` puts them into words."""
    if isinstance(options, TcpLine):
        return await _open_tcp(options, functools.partial(Port, heard, lost))
    with telling_refused(options.baud, options.parity, options.stop_bits):
        return await open_serial(functools.partial(_serial, options), heard, lost)


class RefusedSetting(ValueError):
    """The driver of a port does not take the speed, the parity or the stop bits."""


@contextlib.contextmanager
def telling_refused(baud: int, parity: str, stop_bits: int) -> Iterator[None]:
    """Raises RefusedSetting, with what was asked for, in place of the error of a driver that refuses it."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        setting = _("{baud} baud 8{parity}{stop_bits}").format(baud=baud, parity=parity, stop_bits=stop_bits)
        raise RefusedSetting(_("its driver does not take {setting}").format(setting=setting)) from error


async def _open_tcp(options: TcpLine, factory: Callable[[], Port]) -> Port:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(options.timeout_s):
        _, port = await loop.create_connection(factory, options.host, options.port)
    return port


async def open_serial(
    opening: Callable[[], serial.Serial], heard: Callable[[bytes], None], lost: Callable[[], None]
) -> Port:
    """Open in a thread: a hanging USB adapter may hold `open` for seconds. Raises OSError or ValueError."""
    loop = asyncio.get_running_loop()
    opened = loop.run_in_executor(None, _no_termios_error, opening)
    try:
        device = await asyncio.shield(opened)
    except asyncio.CancelledError:
        opened.add_done_callback(_close_unused)
        raise
    port = Port(heard, lost)
    try:
        transport = _no_termios_error(lambda: SerialTransport(loop, port, device))
    except OSError:
        device.close()
        raise
    port.connection_made(transport)  # the transport itself says so only in the next round of the loop
    return port


def _no_termios_error(work: Callable[[], T]) -> T:
    """pyserial lets it through where the driver refuses a setting, or the adapter goes at that moment."""
    try:
        return work()
    except termios.error as error:
        raise OSError(*error.args) from error


def _close_unused(opened: asyncio.Future[serial.Serial]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _serial(options: SerialLine) -> serial.Serial:
    """Exclusive: two owners would hear each other's answers."""
    device = serial.Serial(
        options.port, options.baud, parity=options.parity, stopbits=options.stop_bits, timeout=0, exclusive=True
    )
    with contextlib.suppress(ValueError):  # a port without that switch holds nothing back
        device.set_low_latency_mode(True)  # an FTDI adapter otherwise keeps what it heard for 16 ms
    if options.rs485:
        try:
            device.rs485_mode = _direction(options)
        except ValueError as error:
            device.close()
            what = _("its driver does not switch the direction; set rs485 = false: {reason}").format(reason=error)
            raise ValueError(what) from error
    return device


def _direction(options: SerialLine) -> serial.rs485.RS485Settings:
    sending_high = options.rs485_send_level == "high"
    return serial.rs485.RS485Settings(
        rts_level_for_tx=sending_high,
        rts_level_for_rx=not sending_high,
        delay_before_tx=options.rs485_delay_before_send_s,
        delay_before_rx=options.rs485_delay_after_send_s,
    )


_HINTS = {
    errno.ENOENT: (_("does not exist"), _("plug the adapter in; see ls /dev/serial/by-id")),
    errno.ENXIO: (_("has no device behind it"), _("check the adapter")),
    errno.EACCES: (_("may not be opened by this user"), _("add the user to the group dialout")),
    errno.EAGAIN: (_("is held by another program"), _("one program alone may own a line; see fuser -v on it")),
    errno.EBUSY: (_("is held by another program"), _("one program alone may own a line; see fuser -v on it")),
    errno.ECONNREFUSED: (_("refuses the connection"), _("check address and port, and that Modbus TCP is switched on")),
    errno.EHOSTUNREACH: (_("cannot be reached"), _("check cable, address and network mask")),
    errno.ENETUNREACH: (_("cannot be reached"), _("check cable, address and network mask")),
}


def describe_open_error(error: OSError | ValueError) -> tuple[str, str]:
    """What is wrong with a port that did not open, and a hint, in a technician's words."""
    if isinstance(error, TimeoutError):
        return _("does not accept the connection in time"), _("check cable, address and power of the gateway")
    if isinstance(error, OSError) and error.errno in _HINTS:
        return _HINTS[error.errno]
    if isinstance(error, RefusedSetting):
        hint = _("check baud, parity and stop bits: of the configuration, or as its profile has them")
        return _("cannot be opened: {reason}").format(reason=error), hint
    return _("cannot be opened: {reason}").format(reason=error), _("check the line's table in the configuration")
