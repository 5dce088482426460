"""The tables of the profile of a LoRaWAN sensor."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, field

from drivers.options import Options, Percent, Seconds
from drivers.quantity import Kind, Quantity, of_unit
from drivers.translation import N_

MOST_BYTES = 242
"""The largest payload, LoRaWAN regional parameters RP002-1.0.4."""

NAME_PATTERN = r"^[a-z][a-z0-9_]{0,47}$"
Name = Annotated[str, Meta(pattern=NAME_PATTERN, description=N_("a quantity with its unit, like battery_v"))]
Port = Annotated[int, Meta(ge=1, le=223)]
Ports = Port | Annotated[tuple[Port, ...], Meta(min_length=1)]
Length = Annotated[int, Meta(ge=1, le=MOST_BYTES)]
Byte = Annotated[int, Meta(ge=0, lt=MOST_BYTES)]
Bit = Annotated[int, Meta(ge=0, le=31)]
Bits = tuple[Bit, Bit]
Order = Literal["big", "little"]
Words = Annotated[str, Meta(max_length=60)]
Hex = Annotated[
    str,
    Meta(
        pattern=r"^\s*([0-9a-fA-F]{2}\s*)*$",
        max_length=3 * MOST_BYTES,
        description=N_('bytes as pairs of hexadecimal digits, for example "5a a5"'),
    ),
]
Type = Literal[
    "u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "f32", "xyz", "hex", "version", "version_hex"
]  # fmt: skip
BYTES: dict[str, int] = {
    "u8": 1, "i8": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "f32": 4, "xyz": 6,
}  # fmt: skip
"""Length of a value by its type, where that alone tells it."""

SPELT = ("hex", "version", "version_hex")
"""Types whose length the value says."""

RESET_CAUSE, FIRMWARE = "reset_cause", "firmware_version"
"""Quantities of a start-up frame."""


class Condition(Options, frozen=True):
    """`when`: what stands in a byte, or in several.

    Args:
        bits: lowest and highest of it; None: all.
        values: any of these numbers.
        type: how many bytes it takes; their order is that of the file.
    """

    byte: Byte
    values: Annotated[tuple[int, ...], Meta(min_length=1)] = field(name="is")
    bits: Bits | None = None
    type: Literal["u8", "u16", "u24", "u32"] = "u8"

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return BYTES[self.type]


Conditions = Condition | Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=4)]
"""All of them must hold."""


def each_of(conditions: Conditions | None) -> tuple[Condition, ...]:
    if conditions is None:
        return ()
    return conditions if isinstance(conditions, tuple) else (conditions,)


class TimeTable(Options, frozen=True):
    """`time`: the number in a stored record that says when it was measured.

    Args:
        byte: at which it begins; it has four bytes, in the order of the file.
        since: its day 0; it counts seconds of UTC.
    """

    byte: Byte
    since: date = date(1970, 1, 1)


class FrameTable(Options, frozen=True):
    """[frame.NAME]: frames whose values stand at fixed places.

    Args:
        port: None: any.
        length: bytes, at least; several: of versions that have appended fields.
        when: what tells them from others of the port.
        started: the sensor has started: why, in its maker's words; "" where a value says so, or nothing does.
        time: its values are a record of that time; None: they are of now.
        at_changes: it is sent at changes alone: the state before was the other one.
    """

    length: Length | Annotated[tuple[Length, ...], Meta(min_length=1)]
    port: Ports | None = None
    when: Conditions | None = None
    started: Words | None = None
    time: TimeTable | None = None
    at_changes: bool = False

    @property
    def lengths(self) -> tuple[int, ...]:
        return self.length if isinstance(self.length, tuple) else (self.length,)


class TlvTable(Options, frozen=True):
    """[tlv]: frames that are a row of channels: a key, a value of the length that belongs to the key, and the next.

    Args:
        port: None: any that no frame has.
        key: bytes of a key.
        passed_over: lengths of values that say nothing here, by their keys.
    """

    key: Annotated[int, Meta(ge=1, le=3)]
    port: Ports | None = None
    passed_over: dict[Hex, Annotated[int, Meta(ge=0, le=MOST_BYTES)]] = field(default_factory=dict)


class ChannelTable(Options, frozen=True):
    """[channel.NAME]: one kind of channel of [tlv].

    Args:
        length: bytes of its value.
        started, time: as of a frame.
    """

    key: Hex
    length: Length
    started: Words | None = None
    time: TimeTable | None = None


class ValueTable(Options, frozen=True):
    """[[value]]: what one place says.

    Args:
        quantity: of the readings, with its unit at its end.
        within: names of frames and channels that have it at this place.
        byte: at which it begins, from 0, in the frame or in the value of the channel.
        length: bytes, of a type that does not say it.
        bits: lowest and highest, where it is a part of a number.
        when: it counts only then.
        word_order: of a number of four bytes, whose halves may stand the other way round.
        scale, offset: value = raw * scale + offset.
        decimals: the value is rounded to so many places behind the point; None: as it is.
        age_s: it was measured so long before the frame was sent; None: then.
        invalid: raw values that mean "no value".
        range: what lies outside is reported as suspect.
        yes, no: raw values that mean so; where one is left out, it is all others.
        words: what a code means.
        flags: what each bit means.
        unit, dead_band, dead_band_percent, heartbeat_s, kind: as in a register map.
        object: in place of a place: path in what the network server has decoded.
    """

    quantity: Name
    within: str | tuple[str, ...] = field(default=(), name="in")
    byte: Byte = 0
    type: Type = "u8"
    length: Annotated[int, Meta(ge=1, le=16)] | None = None
    order: Order | None = None
    bits: Bits | None = None
    word_order: Order = "big"
    when: Conditions | None = None
    scale: float = 1.0
    offset: float = 0.0
    decimals: Annotated[int, Meta(ge=0, le=9)] | None = None
    age_s: Seconds | None = None
    unit: Words = ""
    dead_band: Annotated[float, Meta(ge=0)] | None = None
    dead_band_percent: Percent | None = None
    heartbeat_s: Seconds | None = None
    kind: Kind = "measurement"
    invalid: tuple[int, ...] = ()
    range: tuple[float, float] | None = None
    yes: tuple[bool | int | Words, ...] | None = None
    no: tuple[bool | int | Words, ...] | None = None
    words: dict[str, Words] | None = None
    flags: dict[Words, Bit] | None = None
    object: Annotated[str, Meta(min_length=1, max_length=200)] | None = None

    @property
    def declared(self) -> Quantity:
        """What its value is."""
        return of_unit(self.unit, self.kind, self.dead_band, self.dead_band_percent, self.heartbeat_s)

    @property
    def places(self) -> tuple[str, ...]:
        """Names of its frames and channels."""
        return (self.within,) if isinstance(self.within, str) else self.within

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return BYTES.get(self.type) or self.length or 0

    @property
    def says_words(self) -> bool:
        return self.words is not None or self.flags is not None

    @property
    def is_plain(self) -> bool:
        """Whether it is a number."""
        return (
            not self.says_words and self.yes is None and self.no is None and self.type in BYTES and self.type != "xyz"
        )


class RecordTable(Options, frozen=True):
    """One of `records`: what was measured at another time than the frame was sent.

    Args:
        at: that time, UTC; None: `age_s` says it.
        age_s: how long before the frame.
    """

    says: dict[Name, bool | int | float | str]
    at: datetime | None = None
    age_s: Seconds | None = None


class VectorTable(Options, frozen=True):
    """[[vector]]: a frame, and what it says.

    Args:
        hex: its payload.
        object: what the network server has decoded of it.
        says: every quantity of now, and its value; no other may come out.
        records: the same of each record that is not of now, in the order of the frame.
        unread: bytes of it that nobody can read.
        refused: the cause for which it is no frame.
    """

    port: Port = 1
    hex: Hex = ""
    object: dict[str, Any] | None = None
    says: dict[Name, bool | int | float | str | tuple[int, int, int]] = field(default_factory=dict)
    records: tuple[RecordTable, ...] = ()
    unread: Annotated[int, Meta(ge=0, le=MOST_BYTES)] = 0
    refused: Literal["port", "length", "content", "object"] | None = None


class LampTable(Options, frozen=True):
    """[lamp]: how its lamps are switched; each list has an entry for each channel, in their order.

    Args:
        port: FPort of what it is told.
        on, off: what it is told.
        told_by: the values, yes or no, that say whether it burns.
        answers_s: within that time after it was told it has said so.
    """

    port: Port
    on: Annotated[tuple[Hex, ...], Meta(min_length=1, max_length=64)]
    off: Annotated[tuple[Hex, ...], Meta(min_length=1, max_length=64)]
    told_by: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=64)]
    answers_s: Seconds = Seconds(30.0)


class SensorTables(Options, frozen=True):
    """The file.

    Args:
        description: maker and model.
        source: where the figures come from.
        read: the day on which they were read there.
        reports_s: it reports again within that time at the latest, as it leaves the works.
        tells_within_s: of one that decides itself: it tells a change so long after it at the latest; None: its maker
            warrants none.
        decides: which of its readings tells whether a bay is occupied; None: as its quantities suggest.
        order: of the bytes of its numbers, where the value does not say.
    """

    description: Annotated[str, Meta(min_length=1, max_length=300)]
    reports_s: Seconds
    source: str = ""
    read: date | None = None
    tells_within_s: Seconds | None = None
    decides: Literal["distance", "occupied", "field"] | None = None
    order: Order = "big"
    tlv: TlvTable | None = None
    frame: dict[Name, FrameTable] = field(default_factory=dict)
    channel: dict[Name, ChannelTable] = field(default_factory=dict)
    value: tuple[ValueTable, ...] = ()
    vector: tuple[VectorTable, ...] = ()
    lamp: LampTable | None = None
