"""Nwave NPS405, a sensor on or in the road that also hears the tags of vehicles (LoRaWAN).

After the vendor's decoder in TheThingsNetwork/lorawan-devices, vendor/nwave/nps405.js at 62c8acdd: occupied is bit 0.
(An earlier version took bit 7, and failed its own example.) Durations are in minutes, by Nwave's page "LoRaWAN Parking
Sensor - Getting Started", section 4.2.1: cut to full minutes, so that one more may have passed.
"""

from drivers.base import Reporting
from drivers.lorawan.codecs.frame import BadFrame, Frame, Model, Started, expect_length, signed
from drivers.translation import _

STATUS, HEARTBEAT, START, DEBUG, TAG = 1, 2, 3, 6, 10
CAUSES = {0: "rejoining network", 1: "watchdog", 2: "power on", 3: "user request", 6: "brownout", 7: "other"}
COLD_C, LOW_V, LOW_COLD_V = -5.0, 3.0, 2.9
"""Voltages below which a battery is low: LOW_V, but LOW_COLD_V below COLD_C."""

DAY_S = 86400.0


def decode(f_port: int, payload: bytes) -> Frame:
    """Raises BadFrame."""
    match f_port:
        case 1:
            expect_length(payload, f_port, 1)
            return _status(payload[0])
        case 2:
            expect_length(payload, f_port, 3, 6)  # without the extremes of the day: firmware before 2.4
            return _heartbeat(payload)
        case 3:
            expect_length(payload, f_port, 5)
            firmware = ".".join(map(str, payload[:3]))
            started = Started(CAUSES.get(payload[3], f"code {payload[3]}"), firmware)
            return Frame(occupied=_occupied(payload[4]), started=started)
        case 6:
            return Frame()
        case 10:
            expect_length(payload, f_port, 5)
            return _tag(payload)
    raise BadFrame("port", _("port {port}, where a Nwave NPS405 has 1, 2, 3, 6 and 10").format(port=f_port))


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
    """A tag is heard while a vehicle arrives; bit 0 says whether the state that it belongs to is in the frame too."""
    tag = payload[1:].hex().upper()
    if not _occupied(payload[0]):
        return Frame(vehicle_tag=tag)
    status = _status(payload[0])
    return Frame(
        occupied=True,
        previous_state_duration_s=status.previous_state_duration_s,
        previous_state_duration_error_s=status.previous_state_duration_error_s,
        vehicle_tag=tag,
    )


MODEL = Model("Nwave NPS405", decode, Reporting(DAY_S, "occupied"))
