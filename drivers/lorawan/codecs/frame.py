"""What a LoRaWAN parking sensor says in one frame."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from drivers.base import Field, Reporting
from drivers.translation import _

TELLS_WITHIN_S = 30.0
"""How long after a change a sensor on batteries that decides itself has told it, where its maker warrants no time: it
looks for up to 25 s."""


class BadFrame(ValueError):
    """Bytes that are no frame of that sensor; the only error that a decoder raises.

    Args:
        cause: what gives them away: the port, the length, or what stands in them.
        what: the same in words, with figures, without the payload.
    """

    def __init__(self, cause: Literal["port", "length", "content"], what: str) -> None:
        super().__init__(what)
        self.cause = cause


class Started(Struct, frozen=True):
    """A start-up frame.

    Args:
        cause: of the reset, in the vendor's words; "" where the frame does not tell.
        firmware: its version.
        codes: of errors before the reset (Bosch).
    """

    cause: str = ""
    firmware: str = ""
    codes: tuple[int, ...] = ()


class Frame(Struct, frozen=True, kw_only=True):
    """One frame, decoded. None: the frame does not tell.

    Args:
        occupied: the sensor's own verdict.
        changed: the frame is sent at changes alone: the state before was the other one. None: it does not tell that.
        previous_state_duration_s: how long the state before lasted, at least.
        previous_state_duration_error_s: at most so much longer; None beside a duration: nobody knows how much.
        magnetic_field: raw counts.
        battery_low: the sensor's own verdict, or the vendor's rule.
        vehicle_tag: what a vehicle's own tag says. Personal data.
        fault: what the sensor says is broken in it; "": it says that nothing is.
        vehicle_tag_battery_v: of the tag's own battery.
        counter: of the payload, not of LoRaWAN.
        unread_bytes: how many of its bytes nobody here can read: fields that the vendor has added behind those which
            the other values are from.
    """

    occupied: bool | None = None
    changed: bool | None = None
    previous_state_duration_s: float | None = None
    previous_state_duration_error_s: float | None = None
    distance_mm: int | None = None
    magnetic_field: Field | None = None
    tilted: bool | None = None
    temperature_c: float | None = None
    battery_percent: int | None = None
    battery_v: float | None = None
    battery_low: bool | None = None
    vehicle_tag: str | None = None
    vehicle_tag_battery_v: float | None = None
    fault: str | None = None
    counter: int | None = None
    started: Started | None = None
    unread_bytes: int = 0


class Model(Struct, frozen=True):
    """One model of sensor.

    Args:
        description: maker and model.
        decode: f_port and payload -> frame; raises BadFrame.
        reporting: as it leaves the works.
        range_mm: within which a distance is one.
        also_tells: what else of its readings could decide, in the words of Reporting.
        tells_within_s: of one that decides itself: it tells a change so long after it at the latest.
    """

    description: str
    decode: Callable[[int, bytes], Frame]
    reporting: Reporting
    range_mm: tuple[int, int] = (0, 0xFFFF)
    also_tells: tuple[str, ...] = ()
    tells_within_s: float = TELLS_WITHIN_S


def unread_bytes(payload: bytes, f_port: int, *layouts: int) -> int:
    """How many bytes follow the longest of the known layouts that fits: vendors add fields behind those that are there.

    Args:
        layouts: lengths in bytes.

    Raises BadFrame where the payload is shorter than all of them.
    """
    fitting = [length for length in layouts if length <= len(payload)]
    if not fitting:
        what = _("{count} bytes on port {port}, where {wanted} or more are right")
        raise BadFrame("length", what.format(count=len(payload), port=f_port, wanted=min(layouts)))
    return len(payload) - max(fitting)


def signed(data: bytes) -> int:
    """A big-endian number in two's complement."""
    return int.from_bytes(data, "big", signed=True)


def field(data: bytes) -> Field:
    """X, Y and Z, 16 bits each, big-endian in two's complement."""
    return Field(signed(data[0:2]), signed(data[2:4]), signed(data[4:6]))
