"""What a line is told by its table of the configuration."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from drivers.options import Claim, Need, Options, Port, Seconds, file_claim, one_host
from drivers.translation import _

SAME_PORT = (_("is on the same port"), _("expected one owner of each port"))
"""What is wrong with the second owner of a port, and what would be right."""

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]


class SerialLine(Options, frozen=True, tag_field="kind", tag="serial"):
    """[line.NAME] kind = "serial": Modbus RTU on a serial port.

    Args:
        port: device file; prefer a /dev/serial/by-id link, it survives replugging.
        timeout_s: how long a slave may take to begin its answer.
        turnaround_s: time that units get to act on a broadcast, which none of them answers (Modbus over Serial Line
            V1.02 section 2.4.1: 100 to 200 ms at 9600 baud).
        gap_s: pause before each request, where devices need a longer one than Modbus has.
        rs485: let the kernel's driver switch the direction of an RS-485 transceiver by RTS.
        rs485_send_level: of RTS while sending; the other level is that for receiving.
        rs485_delay_before_send_s, rs485_delay_after_send_s: how long RTS leads and follows; whole milliseconds.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "timeout_s": ("10ms", "10s"),
        "turnaround_s": ("10ms", "10s"),
        "gap_s": ("0ms", "1s"),
        "rs485_delay_before_send_s": ("0ms", "100ms"),
        "rs485_delay_after_send_s": ("0ms", "100ms"),
    }

    port: str
    baud: Baud = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1
    timeout_s: Seconds = Seconds(0.5)
    turnaround_s: Seconds = Seconds(0.1)
    gap_s: Seconds = Seconds(0.0)
    rs485: bool = False
    rs485_send_level: Literal["high", "low"] = "high"
    rs485_delay_before_send_s: Seconds = Seconds(0.0)
    rs485_delay_after_send_s: Seconds = Seconds(0.0)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "port" in values:
            yield file_claim(values["port"], "port", *SAME_PORT, at_key=True)

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        if "port" in values:
            yield Need("port", device=values["port"], is_line=True)


class TcpLine(Options, frozen=True, tag_field="kind", tag="tcp"):
    """[line.NAME] kind = "tcp": Modbus TCP, or RTU frames through a transparent serial server.

    Args:
        framing: "tcp" (MBAP header) or "rtu" (RTU frames in a TCP stream).
        timeout_s: how long the connection may take to open, and a slave to answer.
        turnaround_s: time that units behind the gateway get to act on a broadcast.
        gap_s: pause before each request, after the answer before.
        in_flight: requests that may wait for their answers at the same time; only with framing "tcp". None: what the
            profiles of all its devices allow, and 1 where one of them says nothing.
        ignore_transaction: the gateway answers under numbers of its own: what comes is taken for the answer to the one
            request that waits.
        ignore_unit: the gateway answers under another unit than was asked.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "timeout_s": ("10ms", "10s"),
        "turnaround_s": ("10ms", "10s"),
        "gap_s": ("0ms", "1s"),
    }

    host: str
    port: Port = 502
    framing: Literal["tcp", "rtu"] = "tcp"
    timeout_s: Seconds = Seconds(1.0)
    turnaround_s: Seconds = Seconds(0.1)
    gap_s: Seconds = Seconds(0.0)
    in_flight: Annotated[int, Meta(ge=1, le=16)] | None = None
    ignore_transaction: bool = False
    ignore_unit: bool = False

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "host" in values and "port" in values:
            place = ("tcp", one_host(values["host"]), values["port"])
            yield Claim(place, "host", *SAME_PORT, at_key=True)


LineOptions = SerialLine | TcpLine

_DEVICES = frozenset(range(1, 248))
_ITSELF = frozenset((0, 255))
"""The unit of a device on Modbus TCP that is no gateway (Modbus Messaging on TCP/IP V1.0b section 4.4.2.1)."""


def units(mbap: bool) -> frozenset[int]:
    """The unit numbers that a line takes, in Modbus TCP frames or in those of RTU, where 0 is a broadcast."""
    return _DEVICES | _ITSELF if mbap else _DEVICES
