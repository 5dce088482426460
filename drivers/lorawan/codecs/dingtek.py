"""Dingtek DO201, ultrasonic and magnetic, in the road (LoRaWAN).

After the vendor's decoder in TheThingsNetwork/lorawan-devices, vendor/dingtek/do201.js at 4bb8330d.
"""

from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, field, signed, unread_bytes
from drivers.translation import _

PORT = 3
TELEMETRY_BYTES, PARAMETERS_BYTES = 23, 16
KIND, PARAMETERS = 3, b"\x03"
"""The byte that tells what a frame is about, and its value where that is how the sensor is set, not the bay."""

DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    if f_port != PORT:
        raise BadFrame("port", _("port {port}, where a Dingtek DO201 has {right}").format(port=f_port, right=PORT))
    if payload[KIND : KIND + 1] == PARAMETERS:
        return Frame(unread_bytes=unread_bytes(payload, f_port, PARAMETERS_BYTES))
    beyond = unread_bytes(payload, f_port, TELEMETRY_BYTES)
    return Frame(
        distance_mm=int.from_bytes(payload[5:7], "big"),
        occupied=payload[7] >> 4 != 0,
        battery_low=payload[8] & 0x0F != 0,
        battery_v=int.from_bytes(payload[9:11], "big") / 100,
        magnetic_field=field(payload[11:17]),
        temperature_c=float(signed(payload[17:18])),
        counter=int.from_bytes(payload[19:21], "big"),
        unread_bytes=beyond,
    )


MODEL = Model("Dingtek DO201", decode, DAY_S, "occupied", also_tells=("distance", "field"))
