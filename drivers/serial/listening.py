"""A serial port of a sensor's own, opened and heard."""

import asyncio
import functools
from collections.abc import Callable
from typing import NamedTuple

import serial

from drivers.errors import LineError
from drivers.line.port import Port, describe_open_error, open_serial, telling_refused
from drivers.translation import _

LISTEN_S = 1.0
"""The kernel keeps 4096 bytes, far more than a sensor sends in that time: we wake up once, not for every byte."""


class Framing(NamedTuple):
    """How a port is set."""

    baud: int
    parity: str = "N"
    stop_bits: int = 1


async def opened(device: str, port: str, framing: Framing, heard: Callable[[bytes], None]) -> Port:
    """The port, with nothing in it of what was said before. Raises LineError."""
    baud, parity, stop_bits = framing
    opening = functools.partial(serial.Serial, port, baud, parity=parity, stopbits=stop_bits, timeout=0, exclusive=True)
    try:
        with telling_refused(baud, parity, stop_bits):
            return await open_serial(opening, heard, lambda: None)
    except (OSError, ValueError) as error:
        what, hint = describe_open_error(error)
        raise LineError(device, _("serial port {port} {what}").format(port=port, what=what), hint) from error


async def collect(port: Port) -> None:
    """Let the loop read what the kernel has kept: it looks at the port in the second of the next two rounds."""
    port.resume()
    for _each in range(2):
        await asyncio.sleep(0)


def check_usable(device: str, port: Port, path: str) -> None:
    """Raises LineError: it was lost."""
    if not port.usable:
        where = _("serial port {port}").format(port=path)
        raise LineError(device, _("{where} was lost").format(where=where), _("check adapter and cable"))
