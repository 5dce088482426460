"""What a LoRaWAN sensor says in one frame."""

from collections.abc import Callable, Mapping
from math import inf
from typing import Literal

from msgspec import Struct

from drivers.base import Field, Reporting
from drivers.quantity import RSSI, SNR, UNDECLARED, DeadBand, Quantity, of_unit
from drivers.translation import _

TELLS_WITHIN_S = 30.0
"""How long after a change a sensor on batteries that decides itself has told it, where its maker warrants no time: it
looks for up to 25 s."""

Decides = Literal["distance", "occupied", "field"]


class BadFrame(ValueError):
    """Bytes that are no frame of that sensor; the only error that a decoder raises.

    Args:
        cause: what gives them away: the port, the length, what stands in them, or in what the network server has made
            of them.
        what: the same in words, with figures, without the payload.
    """

    def __init__(self, cause: Literal["port", "length", "content", "object"], what: str) -> None:
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


class Record(Struct, frozen=True):
    """What a frame tells of another time than its own: measured before, and kept in the sensor.

    Args:
        values: by quantity.
        unix_s: when that was, by the sensor's clock; None: `age_s` says it.
        age_s: how long before the frame was sent.
    """

    values: Mapping[str, bool | int | float | str]
    unix_s: float | None = None
    age_s: float = 0.0


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
        others: what there is no word for here, by quantity.
        records: what it tells of times before, in its order.
        unread_bytes: how many of its bytes nobody here can read: fields that the vendor has added behind those which
            the other values are from.
    """

    occupied: bool | None = None
    changed: bool | None = None
    previous_state_duration_s: float | None = None
    previous_state_duration_error_s: float | None = None
    distance_mm: int | float | None = None
    magnetic_field: Field | None = None
    tilted: bool | None = None
    temperature_c: float | None = None
    battery_percent: int | float | None = None
    battery_v: float | None = None
    battery_low: bool | None = None
    vehicle_tag: str | None = None
    vehicle_tag_battery_v: float | None = None
    fault: str | None = None
    counter: int | None = None
    started: Started | None = None
    others: Mapping[str, bool | int | float | str] = {}
    records: tuple[Record, ...] = ()
    unread_bytes: int = 0


_OF_LAST_STATE = Quantity("s", DeadBand(inf))
"""It belongs to the change with which it comes, and is no measurement that anybody follows."""

OF_EVERY_SENSOR: Mapping[str, Quantity] = {
    "rssi_dbm": RSSI,
    "snr_db": SNR,
    "temperature_c": of_unit("°C"),
    "battery_percent": of_unit("%"),
    "battery_v": of_unit("V"),
    "distance_mm": of_unit("mm"),
    "previous_state_duration_s": _OF_LAST_STATE,
    "previous_state_duration_error_s": _OF_LAST_STATE,
}
"""What the figures are that a codec, or the network itself, tells."""


class LampCommands(Struct, frozen=True):
    """What a controller of lamps is told, by channel.

    Args:
        port: FPort of what it is told.
        on, off: payloads.
        told_by: quantities that say whether it burns.
        answers_s: within that time it has said so.
    """

    port: int
    on: tuple[bytes, ...]
    off: tuple[bytes, ...]
    told_by: tuple[str, ...]
    answers_s: float


class Model(Struct, frozen=True):
    """One model of sensor.

    Args:
        description: maker and model.
        decode: f_port and payload -> frame; raises BadFrame.
        period_s: it reports again within that time at the latest, as it leaves the works.
        decides: which of its readings tells whether a bay is occupied, in the words of Reporting; None: none does.
        tells_within_s: of one that decides itself: it tells a change so long after it at the latest.
        range_mm: within which a distance is one.
        also_tells: what else of its readings could decide, in the words of Reporting.
        ranges: within which other quantities are values, with the unit for people.
        quantities: what its figures are, where a profile says so.
        object_paths: what it takes of the network server's own decoding, where its profile asks for that.
        from_object: a frame, and what stands at those paths -> the frame with it; raises BadFrame.
        lamp: None: it switches none.
    """

    description: str
    decode: Callable[[int, bytes], Frame]
    period_s: float
    decides: Decides | None = None
    tells_within_s: float = TELLS_WITHIN_S
    range_mm: tuple[float, float] = (0, 0xFFFF)
    also_tells: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float, str]] = {}
    quantities: Mapping[str, Quantity] = {}
    object_paths: tuple[str, ...] = ()
    from_object: Callable[[Frame, Mapping[str, object]], Frame] | None = None
    lamp: LampCommands | None = None

    def quantity(self, name: str) -> Quantity:
        """What a figure of that name is, by the sensor's profile or as every sensor's."""
        return self.quantities.get(name) or OF_EVERY_SENSOR.get(name, UNDECLARED)

    @property
    def reporting(self) -> Reporting | None:
        """How it tells of a bay, as it leaves the works; None: it tells of none."""
        if self.decides is None or self.decides != "occupied":
            return None if self.decides is None else Reporting(self.period_s, self.decides)
        return Reporting(self.period_s, self.decides, self.tells_within_s, speaks_at_changes=True)


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
