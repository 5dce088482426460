"""Sole owner of one serial port or TCP link: whose turn, gaps, time-outs."""

from typing import Annotated, Literal

from msgspec import Meta

from drivers.options import Options, Port, Seconds

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]


class SerialLine(Options, frozen=True, tag_field="kind", tag="serial"):
    """[line.NAME] kind = "serial": Modbus RTU on a serial port.

    Args:
        port: device file; prefer a /dev/serial/by-id link, it survives replugging.
        timeout_s: how long a slave may take to begin its answer.
    """

    port: str
    baud: Baud = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    timeout_s: Seconds = Seconds(0.5)
    rs485: bool = False


class TcpLine(Options, frozen=True, tag_field="kind", tag="tcp"):
    """[line.NAME] kind = "tcp": Modbus TCP, or RTU frames through a transparent serial server.

    Args:
        framing: "tcp" (MBAP header) or "rtu" (RTU frames in a TCP stream).
    """

    host: str
    port: Port = 502
    framing: Literal["tcp", "rtu"] = "tcp"
    timeout_s: Seconds = Seconds(1.0)
    in_flight: Annotated[int, Meta(ge=1, le=16)] = 1


LineOptions = SerialLine | TcpLine
