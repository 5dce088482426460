"""Nwave NPS405, a sensor on or in the road that also hears the tags of vehicles (LoRaWAN).

After the vendor's decoder in TheThingsNetwork/lorawan-devices, vendor/nwave/nps405.js at 62c8acdd: occupied is bit 0.
(An earlier version took bit 7, and failed its own example.) Durations are in minutes, by Nwave's page "LoRaWAN Parking
Sensor - Getting Started", section 4.2.1: cut to full minutes, so that one more may have passed. The voltage of a tag's
battery, in tenths of a volt: after the vendor's change of the decoder, pull request 996 there (March 2026).
"""

from msgspec import structs

from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started, signed, unread_bytes
from drivers.translation import _

STATUS, HEARTBEAT, START, DEBUG, TAG = 1, 2, 3, 6, 10
TAG_BYTES = 5
LAYOUTS = {STATUS: (1,), HEARTBEAT: (3, 6), START: (5,), DEBUG: (0,), TAG: (TAG_BYTES, TAG_BYTES + 1)}
"""Lengths of the frames of each port, bytes. Heartbeats have no extremes of the day before firmware 2.4, and tags no
voltage before 2026."""

CAUSES = {0: "rejoining network", 1: "watchdog", 2: "power on", 3: "user request", 6: "brownout", 7: "other"}
COLD_C, LOW_V, LOW_COLD_V = -5.0, 3.0, 2.9
"""Voltages below which a battery is low: LOW_V, but LOW_COLD_V below COLD_C."""

DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    if f_port not in LAYOUTS:
        raise BadFrame("port", _("port {port}, where a Nwave NPS405 has 1, 2, 3, 6 and 10").format(port=f_port))
    if f_port == DEBUG:
        return Frame()
    beyond = unread_bytes(payload, f_port, *LAYOUTS[f_port])
    return structs.replace(_decoded(f_port, payload), unread_bytes=beyond)


def _decoded(f_port: int, payload: bytes) -> Frame:
    if f_port == STATUS:
        return structs.replace(_status(payload[0]), changed=True)
    if f_port == HEARTBEAT:
        return _heartbeat(payload)
    return _start(payload) if f_port == START else _tag(payload)


def _start(payload: bytes) -> Frame:
    firmware = ".".join(map(str, payload[:3]))
    started = Started(CAUSES.get(payload[3], f"code {payload[3]}"), firmware)
    return Frame(occupied=_occupied(payload[4]), started=started)


def _occupied(byte: int) -> bool:
    return bool(byte & 1)


def _status(byte: int) -> Frame:
    minutes, error_minutes = _duration(byte >> 1)
    return Frame(
        occupied=_occupied(byte),
        previous_state_duration_s=minutes * 60.0,
        previous_state_duration_error_s=None if error_minutes is None else error_minutes * 60.0,
    )


def _duration(compressed: int) -> tuple[int, int | None]:
    """Seven bits -> minutes at least, and how many more at most; None: any number."""
    if compressed < 90:
        return compressed, 0
    if compressed < 120:
        return 90 + (compressed - 90) * 5, 4
    if compressed < 127:
        return 240 + (compressed - 120) * 60, 59
    return 660, None


def _heartbeat(payload: bytes) -> Frame:
    battery_v = round(2.5 + payload[1] * 0.004, 3)
    temperature_c = signed(payload[2:3]) / 2 + 10
    health = payload[0] >> 1
    return Frame(
        occupied=_occupied(payload[0]),
        battery_v=battery_v,
        battery_low=battery_v < (LOW_COLD_V if temperature_c < COLD_C else LOW_V),
        temperature_c=temperature_c,
        fault=f"hardware health status {health}" if health else "",
    )


def _tag(payload: bytes) -> Frame:
    """A tag is heard while a vehicle arrives; bit 0 says whether the state that it belongs to is in the frame too.

    Before its four bytes may stand the voltage of its battery.
    """
    with_battery = len(payload) > TAG_BYTES
    heard = Frame(
        vehicle_tag=payload[with_battery + 1 : with_battery + TAG_BYTES].hex().upper(),
        vehicle_tag_battery_v=payload[1] / 10 if with_battery else None,
    )
    if not _occupied(payload[0]):
        return heard
    status = _status(payload[0])
    return structs.replace(
        heard,
        occupied=True,
        previous_state_duration_s=status.previous_state_duration_s,
        previous_state_duration_error_s=status.previous_state_duration_error_s,
    )


TELLS_WITHIN_S = 3.0
"""The maker's "about 3 seconds" once a vehicle stands or has left (the same page, section 1)."""

MODEL = Model("Nwave NPS405", decode, DAY_S, "occupied", TELLS_WITHIN_S)
