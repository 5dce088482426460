"""Milesight EM310-UDL, ultrasonic, above the bay (LoRaWAN).

After the vendor's Milesight-IoT/SensorDecoders, em-series/em310-udl: channel, type, value, and the next. The port is
what the sensor was set to, 85 as it leaves the works.
"""

from collections.abc import Iterator

from drivers.base import Reporting
from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started
from drivers.translation import _

BATTERY, DISTANCE, POSITION = b"\x01\x75", b"\x03\x82", b"\x04\x00"
FIRMWARE, RESET, POWERED_ON = b"\xff\x0a", b"\xff\xfe", b"\xff\x0b"
LENGTHS = {BATTERY: 1, DISTANCE: 2, POSITION: 1, FIRMWARE: 2, RESET: 1, POWERED_ON: 1}
LENGTHS |= {b"\xff\x01": 1, b"\xff\x09": 2, b"\xff\xff": 2, b"\xff\x16": 8, b"\xff\x0f": 1}
"""Lengths of the versions, the serial number and the LoRaWAN class."""

LENGTHS |= {bytes((echo, kind)): size for echo in (0xFE, 0xFF) for kind, size in ((2, 2), (3, 2), (6, 9), (0x10, 1))}
"""Lengths of the answers to downlinks."""

UNKNOWN_PERCENT = 0xFF


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    told = dict(_channels(f_port, payload))
    position = told.get(POSITION)
    if position is not None and position[0] > 1:
        raise BadFrame(
            "content", _("position {position}, which is neither normal nor tilted").format(position=position[0])
        )
    battery = told.get(BATTERY)
    return Frame(
        battery_percent=None if battery is None or battery[0] == UNKNOWN_PERCENT else battery[0],
        distance_mm=int.from_bytes(told[DISTANCE], "little") if DISTANCE in told else None,
        tilted=None if position is None else bool(position[0]),
        started=_started(told),
    )


def _channels(f_port: int, payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Raises BadFrame at the first channel that is not known: nothing tells where the next one begins."""
    if not payload:
        raise BadFrame("length", _("no byte on port {port}").format(port=f_port))
    at = 0
    while at < len(payload):
        channel = payload[at : at + 2]
        if channel not in LENGTHS:
            raise BadFrame(
                "content", _("channel {channel}, which a Milesight EM310-UDL has not").format(channel=channel.hex(" "))
            )
        end = at + 2 + LENGTHS[channel]
        if end > len(payload):
            raise BadFrame(
                "length",
                _("{count} bytes on port {port} end within channel {channel}").format(
                    count=len(payload), port=f_port, channel=channel.hex(" ")
                ),
            )
        yield channel, payload[at + 2 : end]
        at = end


def _started(told: dict[bytes, bytes]) -> Started | None:
    if RESET not in told and POWERED_ON not in told:
        return None
    version = told.get(FIRMWARE)
    firmware = f"{version[0]:x}.{version[1]:x}" if version else ""
    return Started("reset" if RESET in told else "power on", firmware)


MODEL = Model("Milesight EM310-UDL", decode, Reporting(600.0, "distance"), range_mm=(30, 4500))
