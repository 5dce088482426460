"""Frames of a sensor by its profile: bytes in, values out (pure)."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs

from drivers.base import Field, Value
from drivers.lorawan.codecs.frame import BadFrame, Frame, Record, Started, unread_bytes
from drivers.lorawan.profile.schema import (
    FIRMWARE,
    RESET_CAUSE,
    ChannelTable,
    FrameTable,
    Order,
    Ports,
    SensorTables,
    TlvTable,
    ValueTable,
)
from drivers.lorawan.profile.values import holds, meaning, read, scaled, seconds_of
from drivers.translation import _

FIELDS = {
    name: name for name in (
        "occupied", "previous_state_duration_s", "previous_state_duration_error_s", "distance_mm", "magnetic_field",
        "tilted", "temperature_c", "battery_percent", "battery_v", "battery_low", "vehicle_tag",
        "vehicle_tag_battery_v", "counter",
    )
} | {"sensor_fault": "fault"}  # fmt: skip
"""Quantities that a frame has a place for, with its name."""

Told = tuple[str, Value]
"""A quantity and its value."""


class ProfileDecoder:
    """
    Args:
        tables: of a profile without a mistake.
    """

    def __init__(self, tables: SensorTables) -> None:
        self._tables = tables
        self._channels = {bytes.fromhex(each.key): name for name, each in tables.channel.items()}
        passed_over = tables.tlv.passed_over if tables.tlv else {}
        self._passed_over = {bytes.fromhex(key): length for key, length in passed_over.items()}
        self._values: dict[str, list[ValueTable]] = {}
        for value in tables.value:
            for place in value.places:
                self._values.setdefault(place, []).append(value)

    def decode(self, f_port: int, payload: bytes) -> Frame:
        """Raises BadFrame."""
        tables, of_port = self._tables, [each for each in self._tables.frame.items() if _has(each[1].port, f_port)]
        if of_port:
            name, frame, unread = _fitting(of_port, f_port, payload, tables.order)
            told = _frame(self._told(name, frame, payload), frame.started, unread)
            records = self._records(name, frame, payload)
            return structs.replace(told, changed=frame.at_changes or None, records=records)
        if tables.tlv is not None and _has(tables.tlv.port, f_port):
            return self._of_channels(tables.tlv, f_port, payload)
        if not tables.frame and tables.tlv is None:
            return Frame()
        what = _("port {port}, on which a {model} says nothing that is known")
        raise BadFrame("port", what.format(port=f_port, model=tables.description))

    def from_object(self, frame: Frame, given: Mapping[str, object]) -> Frame:
        """Adds what the network server has decoded, by path. Raises BadFrame."""
        wanted = [(each, each.object) for each in self._tables.value if each.object is not None]
        if not given:
            raise BadFrame("object", _("the network server has decoded none of it: see its codec"))
        told = ((each.quantity, _of_object(each, given[path])) for each, path in wanted if path in given)
        return _joined(frame, told)

    def _told(self, place: str, table: FrameTable | ChannelTable, data: bytes) -> Iterator[Told]:
        """Values of now in a frame or a channel, as far as it is long enough for them. Raises BadFrame."""
        if table.time is None:
            yield from self._values_in([each for each in self._values.get(place, ()) if each.age_s is None], data)

    def _records(self, place: str, table: FrameTable | ChannelTable, data: bytes) -> tuple[Record, ...]:
        """What a frame or a channel says of times before. Raises BadFrame."""
        values = self._values.get(place, ())
        if table.time is not None:
            return _record(self._values_in(values, data), seconds_of(table.time, data, self._tables.order))
        ages = sorted({float(each.age_s) for each in values if each.age_s is not None})
        of_age = ([each for each in values if each.age_s == age_s] for age_s in ages)
        found = (_record(self._values_in(each, data), None, age_s) for age_s, each in zip(ages, of_age, strict=True))
        return tuple(record for records in found for record in records)

    def _values_in(self, tables: Iterable[ValueTable], data: bytes) -> Iterator[Told]:
        """Raises BadFrame."""
        for each in tables:
            if each.byte + each.size <= len(data) and (value := read(each, data, self._tables.order)) is not None:
                yield each.quantity, value

    def _of_channels(self, tlv: TlvTable, f_port: int, payload: bytes) -> Frame:
        """The channels up to the first that is not known: nothing tells where the next one begins. Raises BadFrame,
        also where none before it is known."""
        if not payload:
            raise BadFrame("length", _("no byte on port {port}").format(port=f_port))
        told, records = list[Told](), list[Record]()
        started: str | None = None
        at = 0
        while (length := self._length_at(tlv, payload, at)) is not None:
            end = at + tlv.key + length
            if end > len(payload):
                raise _ends_within(f_port, payload, payload[at : at + tlv.key])
            name = self._channels.get(payload[at : at + tlv.key])
            if name is not None:
                channel = self._tables.channel[name]
                told += self._told(name, channel, payload[at + tlv.key : end])
                records += self._records(name, channel, payload[at + tlv.key : end])
                started = channel.started if started is None else started
            at = end
        if at == 0:
            what = _("channel {channel}, which a {model} has not")
            key = payload[: tlv.key].hex(" ")
            raise BadFrame("content", what.format(channel=key, model=self._tables.description))
        return structs.replace(_frame(told, started, len(payload) - at), records=tuple(records))

    def _length_at(self, tlv: TlvTable, payload: bytes, at: int) -> int | None:
        """Bytes of the value of the channel that begins there; None: the end, or it is not known."""
        key = payload[at : at + tlv.key]
        name = self._channels.get(key)
        return self._passed_over.get(key) if name is None else self._tables.channel[name].length


def _has(ports: Ports | None, f_port: int) -> bool:
    return ports is None or f_port == ports or (isinstance(ports, tuple) and f_port in ports)


def _record(told: Iterable[Told], unix_s: float | None, age_s: float = 0.0) -> tuple[Record, ...]:
    """Returns the record; none where nothing is told. Raises BadFrame where one quantity has two values."""
    values = {name: each for name, each in _unlike(told).items() if isinstance(each, bool | int | float | str)}
    return (Record(values, unix_s, age_s),) if values else ()


def _fitting(
    frames: Iterable[tuple[str, FrameTable]], f_port: int, payload: bytes, order: Order
) -> tuple[str, FrameTable, int]:
    """The frame of those of a port that it is, and how many bytes follow what is known. Raises BadFrame."""
    known = list(frames)
    for name, frame in known:
        if holds(frame.when, payload, order):
            return name, frame, unread_bytes(payload, f_port, *frame.lengths)
    unread_bytes(payload, f_port, min(min(frame.lengths) for _name, frame in known))
    raise BadFrame("content", _("none of the frames that are known on port {port}").format(port=f_port))


def _ends_within(f_port: int, payload: bytes, key: bytes) -> BadFrame:
    what = _("{count} bytes on port {port} end within channel {channel}")
    return BadFrame("length", what.format(count=len(payload), port=f_port, channel=key.hex(" ")))


def _of_object(table: ValueTable, given: object) -> Value:
    """Raises BadFrame."""
    if table.is_plain and isinstance(given, int | float) and not isinstance(given, bool):
        return scaled(table, given)
    if table.type == "hex" and isinstance(given, str):
        return given
    return meaning(table, given)


def _frame(told: Iterable[Told], started: str | None, unread: int) -> Frame:
    """Raises BadFrame where one quantity has two values."""
    frame = _joined(Frame(unread_bytes=unread), told)
    others = dict(frame.others)
    cause, firmware = others.pop(RESET_CAUSE, ""), others.pop(FIRMWARE, "")
    begun = None if started is None else Started(str(cause or started), str(firmware))
    return structs.replace(frame, started=begun, others=others)


def _unlike(told: Iterable[Told]) -> dict[str, Value]:
    """Values by quantity. Raises BadFrame."""
    found: dict[str, Value] = {}
    for quantity, value in told:
        if found.setdefault(quantity, value) != value:
            raise BadFrame("content", _("{quantity} twice, with two values").format(quantity=quantity))
    return found


def _joined(frame: Frame, told: Iterable[Told]) -> Frame:
    """Raises BadFrame."""
    found = _unlike(told)
    known = {FIELDS[name]: value for name, value in found.items() if name in FIELDS}
    others = {name: value for name, value in found.items() if name not in FIELDS}
    return structs.replace(frame, **known, others={**frame.others, **others})


def said(frame: Frame) -> dict[str, object]:
    """Every quantity that a frame tells, as a profile names it."""
    known = {name: getattr(frame, field) for name, field in FIELDS.items()}
    started = frame.started
    if started is not None:
        known |= {RESET_CAUSE: started.cause or None, FIRMWARE: started.firmware or None}
    field = known["magnetic_field"]
    if isinstance(field, Field):
        known["magnetic_field"] = (field.x, field.y, field.z)
    return {name: value for name, value in {**known, **frame.others}.items() if value is not None}
