"""Libelium Plug & Sense! Smart Parking, firmware 2 (LoRaWAN), magnetic, on or in the road.

After the vendor's technical guide, section 7.1, "Firmware version v2.x.x", pages 11 to 13. The port is any.
"""

from msgspec import structs

from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started, field, signed, unread_bytes
from drivers.translation import _

FRAME_BYTES = 11
INFO, KEEP_ALIVE, DAILY, ERROR, START_1, START_2 = range(6)
PARTS = ("Z axis", "Y axis", "X axis", "clock", "LoRaWAN radio", "Sigfox radio")
"""The part of the sensor that each bit of an error frame stands for, from the lowest bit."""

AXES = 0b111
DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    beyond = unread_bytes(payload, f_port, FRAME_BYTES)
    return structs.replace(_decoded(payload), unread_bytes=beyond)


def _decoded(payload: bytes) -> Frame:
    """Raises BadFrame."""
    kind, counter = payload[0] & 0x0F, payload[1]
    occupied, battery_low = bool(payload[0] & 0x80), bool(payload[0] & 0x40)
    match kind:
        case 0 | 1:
            at = 2 if kind == INFO else 4
            return Frame(
                occupied=occupied,
                battery_low=battery_low,
                temperature_c=float(signed(payload[at : at + 1])),
                magnetic_field=field(payload[at + 1 : at + 7]),
                fault="",
                counter=counter,
            )
        case 2:
            return Frame(occupied=occupied, battery_low=battery_low, counter=counter)
        case 3:
            broken = [part for bit, part in enumerate(PARTS) if payload[2] >> bit & 1]
            blind = payload[2] & AXES != 0
            fault = ", ".join(broken) or "not told which"
            return Frame(occupied=None if blind else occupied, battery_low=battery_low, fault=fault, counter=counter)
        case 4 | 5:
            firmware = str(payload[2]) if kind == START_2 else ""
            return Frame(battery_low=battery_low, started=Started(firmware=firmware), counter=counter)
    raise BadFrame("content", _("frame type {kind}, where a Libelium Smart Parking has 0 to 5").format(kind=kind))


MODEL = Model("Libelium Smart Parking", decode, DAY_S, "occupied", also_tells=("field",))
