"""The tables of the profile of a sensor on a serial port."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from drivers.figure import Figure, Name, Words
from drivers.line.options import Baud
from drivers.options import Options, Seconds
from drivers.translation import N_

LONGEST_FRAME = 264
"""Bytes of a frame before what stands for others is put in: the largest of SHDLC has 255 of data."""

LONGEST_LINE = 512
"""Characters."""

ENDS = {"LF": b"\n", "CR": b"\r", "CRLF": b"\r\n"}

Hex = Annotated[
    str,
    Meta(
        pattern=r"^\s*([0-9a-fA-F]{2}\s*)+$",
        max_length=3 * LONGEST_FRAME,
        description=N_('bytes as pairs of hexadecimal digits, for example "5a a5"'),
    ),
]
Head = Annotated[
    str,
    Meta(
        pattern=r"^\s*(([0-9a-fA-F]{2}|\.\.)\s*)+$",
        max_length=48,
        description=N_('bytes as pairs of hexadecimal digits, ".." for any, for example "ff .. 86"'),
    ),
]
"""First bytes of a message; ".." is any byte."""

Character = Annotated[
    str, Meta(pattern=r"^[0-7][0-9a-fA-F]$", description=N_('a character by its number in hexadecimal, "24" for $'))
]
"""A character of ASCII, by its number in hexadecimal."""

Said = Annotated[str, Meta(min_length=1, max_length=3 * LONGEST_FRAME)]
"""Bytes in hexadecimal, or a line of text."""

Length = Annotated[int, Meta(ge=2, le=LONGEST_FRAME)]
Byte = Annotated[int, Meta(ge=0, lt=LONGEST_FRAME)]
Bit = Annotated[int, Meta(ge=0, le=31)]
Span = tuple[Byte, Byte]
"""First and last byte."""

Type = Literal["u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "f32", "hex"]
BYTES: dict[str, int] = {
    "u8": 1, "i8": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "f32": 4,
}  # fmt: skip
Order = Literal["big", "little"]

FAULT = "sensor_fault"
"""The quantity by which a sensor says what is broken in it; "" nothing."""


class PortTable(Options, frozen=True):
    """[serial]: how its port is set as it leaves the works."""

    baud: Baud = 9600
    parity: Literal["N", "E", "O"] = "N"
    stop_bits: Literal[1, 2] = 1


class LengthTable(Options, frozen=True):
    """`length_at`: the number in a frame that says how long it is.

    Args:
        add: bytes of the whole frame beyond that number.
    """

    byte: Byte
    type: Literal["u8", "u16"] = "u8"
    order: Order = "big"
    add: Annotated[int, Meta(ge=0, le=32)] = 0


class CheckTable(Options, frozen=True):
    """`check`: what the bytes of a frame sum up to.

    Args:
        first: the first byte that it is of.
        behind: bytes of the frame behind it.
        order: of its bytes, where it has two; None: "big" of a sum, "little" of a CRC.
    """

    type: Literal["sum8", "sum16", "negative8", "inverted8", "xor8", "crc16"]
    first: Byte = 0
    behind: Annotated[int, Meta(ge=0, le=8)] = 0
    order: Order | None = None


class StuffingTable(Options, frozen=True):
    """`stuffing`: frames lie between two bytes that stand nowhere within.

    Args:
        delimiter: that byte.
        escape: a byte within is this one, and itself with bit 5 turned, where it is one of `escaped`.
        escaped: bytes that are said so.
    """

    delimiter: Hex
    escape: Hex
    escaped: Hex


class FrameTable(Options, frozen=True):
    """[frame]: what each frame has.

    Args:
        start, end: bytes with which it begins and ends; none of them with `stuffing`.
        length_at: None: each message has one length.
    """

    check: CheckTable
    start: Hex | None = None
    end: Hex | None = None
    length_at: LengthTable | None = None
    stuffing: StuffingTable | None = None


class MessageTable(Options, frozen=True):
    """[message.NAME]: one kind of frame.

    Args:
        length: bytes of the whole frame, after `stuffing`.
        begins: what tells it from others of that length.
        of: another model of the family, which sends such: its readings are not this one's.
    """

    length: Length
    begins: Head | None = None
    of: Words | None = None


class SilentTable(Options, frozen=True):
    """[[silent]]: where all of this holds, a message says nothing of its values.

    Args:
        zero: bytes that are all 0.
        not_zero: bytes of which one is not.
        mask: the bits of each byte that count.
        rises: numbers of two bytes, of which one is larger than the one before it.
        below, above: a number of two bytes, and what it is lower or higher than.
        fault: what is broken in the sensor then; None: nothing, it warms up.
        of: another model of the family, which sends such in a message of the same length.
    """

    within: Name = field(name="in")
    zero: Span | None = None
    not_zero: Span | None = None
    mask: Annotated[int, Meta(ge=1, le=255)] = 255
    rises: Span | None = None
    below: tuple[Byte, Annotated[int, Meta(ge=1, le=0xFFFF)]] | None = None
    above: tuple[Byte, Annotated[int, Meta(ge=0, lt=0xFFFF)]] | None = None
    fault: Words | None = None
    of: Words | None = None


class LineTable(Options, frozen=True):
    """[line]: what each line has.

    Args:
        pattern: regular expression of a whole line; its named groups are quantities.
        end: what ends a line: a line feed, before which a carriage return is left out, or the latter alone.
        longest: characters; more without an end are no line.
        check: the characters between these two are summed up, by exclusive or, in two digits behind the second.
    """

    pattern: Annotated[str, Meta(min_length=1)]
    end: Literal["LF", "CR"] = "LF"
    longest: Annotated[int, Meta(ge=2, le=LONGEST_LINE)] = 128
    check: tuple[Character, Character] | None = None


class CommandTable(Options, frozen=True):
    """[command]: what is said to it.

    Args:
        begin: after it was switched on, or woken.
        ask: before each reading, of one that does not speak by itself.
        wake, sleep: at the begin and the end of a rest.
        clean: its fan.
        end: what ends each, where they are lines of text; None: they are bytes.
    """

    begin: tuple[Said, ...] = ()
    ask: tuple[Said, ...] = ()
    wake: tuple[Said, ...] = ()
    sleep: tuple[Said, ...] = ()
    clean: tuple[Said, ...] = ()
    end: Literal["LF", "CR", "CRLF"] | None = None

    def rows(self, key: str) -> tuple[bytes, ...]:
        """What goes over the wire, of one of its keys; of bytes that are no hexadecimal digits raises ValueError."""
        said: tuple[str, ...] = getattr(self, key)
        if self.end is None:
            return tuple(bytes.fromhex(each) for each in said)
        return tuple(each.encode("ascii", "replace") + ENDS[self.end] for each in said)


class ValueTable(Figure, frozen=True):
    """[[value]]: what one place says; of a [line], what its group of that name says.

    Args:
        within: the message that has it.
        byte: at which it begins, from 0.
        length: bytes, of type "hex".
        bits: lowest and highest, where it is a part of a number.
        words: what a code means, or a text of the line.
        flags: what each bit means.
    """

    within: Name | None = field(default=None, name="in")
    byte: Byte = 0
    type: Type = "u16"
    length: Annotated[int, Meta(ge=1, le=16)] | None = None
    order: Order | None = None
    bits: tuple[Bit, Bit] | None = None
    words: dict[str, Words] | None = None
    flags: dict[Words, Bit] | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes."""
        return BYTES.get(self.type) or self.length or 0

    @property
    def is_number(self) -> bool:
        return self.words is None and self.flags is None and self.type != "hex"


class VectorTable(Options, frozen=True):
    """[[vector]]: what the sensor has sent, and what it says.

    Args:
        hex, text: what it has sent; of a text without the end of its line.
        says: every quantity, and its value; no other may come out.
        instead: in place of it: "dropped", no frame and no line; "nothing", one that says nothing; "other model".
    """

    hex: Hex | None = None
    text: Annotated[str, Meta(min_length=1, max_length=2 * LONGEST_LINE)] | None = None
    says: dict[Name, bool | int | float | str] = field(default_factory=dict)
    instead: Literal["dropped", "nothing", "other model"] | None = None


class SerialTables(Options, frozen=True):
    """The file.

    Args:
        description: maker and model.
        source: where the figures come from.
        read: the day on which they were read there.
        order: of the bytes of its numbers, where the value does not say.
        warm_up_s: its values count so long after it was switched on or woken.
        cleaning_s: its values stand still so long after it was told to clean its fan.
        silence_s: it says something within that time, awake.
        counts_hours: it has a fan or a laser, whose hours of running are told.
    """

    description: Annotated[str, Meta(min_length=1, max_length=300)]
    source: str = ""
    read: date | None = None
    order: Order = "big"
    warm_up_s: Seconds = Seconds(0.0)
    cleaning_s: Seconds = Seconds(0.0)
    silence_s: Seconds = Seconds(30.0)
    counts_hours: bool = False
    serial: PortTable = PortTable()
    frame: FrameTable | None = None
    line: LineTable | None = None
    command: CommandTable = CommandTable()
    message: dict[Name, MessageTable] = field(default_factory=dict)
    silent: tuple[SilentTable, ...] = ()
    value: tuple[ValueTable, ...] = ()
    vector: tuple[VectorTable, ...] = ()

    @property
    def quantities(self) -> frozenset[str]:
        """What such a sensor tells."""
        fault = {FAULT} if any(each.fault for each in self.silent) else set()
        return frozenset({each.quantity for each in self.value} | fault)
