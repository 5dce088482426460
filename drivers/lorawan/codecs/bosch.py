"""Bosch TPS110, a sensor on or in the road (LoRaWAN).

After the vendor's decoder in TheThingsNetwork/lorawan-devices, vendor/bosch/tpl110-0292.js (firmware 0.29.2). Reset
causes: Bosch's "Parking Lot Sensor: Communication Interface" of each firmware (0.23.3 counts from 0).
"""

from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started, signed, unread_bytes
from drivers.translation import _

STATUS, HEARTBEAT, START = 1, 2, 3
ABOUT_ITSELF = (4, 5, 6)
"""Device information, usage and debug codes: nothing about the bay."""

_FOUR = ("watchdog", "power on", "system request", "other")
_SEVEN = ("watchdog", "power on", "system request", "external pin", "lockup", "brown-out", "other")
CAUSES = {(0, 23): dict(enumerate(_FOUR)), (0, 29): dict(enumerate(_FOUR, 1)), (0, 39): dict(enumerate(_SEVEN, 1))}
"""Causes of a reset, by the firmware, as its own description has them. Of any other the number is told: the same one
means different causes."""

DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    if f_port == STATUS:
        beyond = unread_bytes(payload, f_port, 1)
        return Frame(occupied=_occupied(payload[0]), changed=True, unread_bytes=beyond)
    if f_port == HEARTBEAT:
        beyond = unread_bytes(payload, f_port, 1, 2)  # without temperature: firmware before 0.29
        temperature_c = float(signed(payload[1:2])) if len(payload) >= 2 else None
        return Frame(occupied=_occupied(payload[0]), temperature_c=temperature_c, unread_bytes=beyond)
    if f_port == START:
        beyond = unread_bytes(payload, f_port, 17)
        return Frame(occupied=_occupied(payload[16]), started=_started(payload), unread_bytes=beyond)
    if f_port in ABOUT_ITSELF:
        return Frame()
    raise BadFrame("port", _("port {port}, where a Bosch TPS110 has 1 to 6").format(port=f_port))


def _occupied(byte: int) -> bool:
    return bool(byte & 1)


def _started(payload: bytes) -> Started:
    codes = (int.from_bytes(payload[at : at + 2], "little") & 0x0FFF for at in (0, 4, 8))
    firmware, cause = payload[12:15], payload[15]
    named = CAUSES.get((firmware[0], firmware[1]), {}).get(cause, f"code {cause}")
    return Started(named, ".".join(map(str, firmware)), tuple(code for code in codes if code))


MODEL = Model("Bosch TPS110", decode, DAY_S, "occupied")
