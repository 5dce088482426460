"""Bosch TPS110, a sensor on or in the road (LoRaWAN).

After the vendor's decoder in TheThingsNetwork/lorawan-devices, vendor/bosch/tpl110-0292.js (firmware 0.29.2).
"""

from drivers.base import Reporting
from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started, expect_length, signed
from drivers.translation import _

STATUS, HEARTBEAT, START = 1, 2, 3
ABOUT_ITSELF = (4, 5, 6)
"""Device information, usage and debug codes: nothing about the bay."""

CAUSES = {1: "watchdog", 2: "power on", 3: "system request", 4: "other"}
DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    if f_port == STATUS:
        expect_length(payload, f_port, 1)
        return Frame(occupied=_occupied(payload[0]))
    if f_port == HEARTBEAT:
        expect_length(payload, f_port, 1, 2)  # without temperature: firmware before 0.29
        temperature_c = float(signed(payload[1:2])) if len(payload) == 2 else None
        return Frame(occupied=_occupied(payload[0]), temperature_c=temperature_c)
    if f_port == START:
        expect_length(payload, f_port, 17)
        return Frame(occupied=_occupied(payload[16]), started=_started(payload))
    if f_port in ABOUT_ITSELF:
        return Frame()
    raise BadFrame("port", _("port {port}, where a Bosch TPS110 has 1 to 6").format(port=f_port))


def _occupied(byte: int) -> bool:
    return bool(byte & 1)


def _started(payload: bytes) -> Started:
    codes = (int.from_bytes(payload[at : at + 2], "little") & 0x0FFF for at in (0, 4, 8))
    firmware = ".".join(map(str, payload[12:15]))
    return Started(CAUSES.get(payload[15], f"code {payload[15]}"), firmware, tuple(code for code in codes if code))


MODEL = Model("Bosch TPS110", decode, Reporting(DAY_S, "occupied"))
