"""Milesight EM310-UDL, ultrasonic, above the bay (LoRaWAN).

After the vendor's Milesight-IoT/SensorDecoders, em-series/em310-udl: channel, type, value, and the next. The port is
what the sensor was set to, 85 as it leaves the works.
"""

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
    told, beyond = _channels(f_port, payload)
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
        unread_bytes=beyond,
    )


def _channels(f_port: int, payload: bytes) -> tuple[dict[bytes, bytes], int]:
    """The channels up to the first that is not known, and how many bytes follow: nothing tells where the next one
    begins. Raises BadFrame, also where none before it is known."""
    if not payload:
        raise BadFrame("length", _("no byte on port {port}").format(port=f_port))
    told: dict[bytes, bytes] = {}
    at = 0
    while (channel := payload[at : at + 2]) in LENGTHS:
        value, at = _value(f_port, payload, at)
        if told.setdefault(channel, value) != value:
            what = _("channel {channel} twice, with two values")
            raise BadFrame("content", what.format(channel=channel.hex(" ")))
    if not told:
        what = _("channel {channel}, which a Milesight EM310-UDL has not")
        raise BadFrame("content", what.format(channel=channel.hex(" ")))
    return told, len(payload) - at


def _value(f_port: int, payload: bytes, at: int) -> tuple[bytes, int]:
    """The value of the channel that begins there, and where the next one does. Raises BadFrame."""
    channel = payload[at : at + 2]
    end = at + 2 + LENGTHS[channel]
    if end > len(payload):
        what = _("{count} bytes on port {port} end within channel {channel}")
        raise BadFrame("length", what.format(count=len(payload), port=f_port, channel=channel.hex(" ")))
    return payload[at + 2 : end], end


def _started(told: dict[bytes, bytes]) -> Started | None:
    if RESET not in told and POWERED_ON not in told:
        return None
    version = told.get(FIRMWARE)
    firmware = f"{version[0]:x}.{version[1]:x}" if version else ""
    return Started("reset" if RESET in told else "power on", firmware)


MODEL = Model("Milesight EM310-UDL", decode, 600.0, "distance", range_mm=(30, 4500))
