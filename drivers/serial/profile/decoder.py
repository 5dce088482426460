"""What a sensor on a serial line says, by its profile: bytes in, values out, without I/O."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from drivers.base import Value
from drivers.binary import number_in
from drivers.serial.profile.framing import Framer, Message, framer
from drivers.serial.profile.lines import Line, Liner
from drivers.serial.profile.schema import FAULT, Order, SerialTables, SilentTable, ValueTable


class Told(NamedTuple):
    """One value, and why it is not to be trusted; "" where it is."""

    quantity: str
    value: Value
    doubt: str = ""


class Heard(NamedTuple):
    """One sound frame or line.

    Args:
        told: its values; none of one that says nothing.
        other: the model that sends such, where it is not this one's.
        names_values: it is of the kind that carries values, whether it has any now or not.
    """

    told: tuple[Told, ...]
    other: str = ""
    names_values: bool = True


class SerialDecoder:
    """
    Args:
        tables: of a profile without a mistake.
    """

    def __init__(self, tables: SerialTables) -> None:
        self._tables = tables
        self._framer: Framer | None = None
        self._liner: Liner | None = None
        if tables.frame is not None:
            self._framer = framer(tables, tables.frame)
        elif tables.line is not None:
            self._liner = Liner(tables.line)
        self._judges_itself = any(each.fault for each in tables.silent)

    @property
    def dropped(self) -> int:
        """Bytes since the start that belonged to no frame, or to no line, that the profile knows."""
        return (self._framer.dropped if self._framer else 0) + (self._liner.dropped if self._liner else 0)

    def reset(self) -> None:
        """Forgets the beginning of a frame or a line: what comes next is no part of it."""
        for each in (self._framer, self._liner):
            if each is not None:
                each.reset()

    def feed(self, data: bytes) -> list[Heard]:
        """What is complete now, in order."""
        framed = [self._of_message(each) for each in self._framer.feed(data)] if self._framer else []
        lined = [self._of_line(each) for each in self._liner.feed(data)] if self._liner else []
        return framed + lined

    def _of_message(self, message: Message) -> Heard:
        name, data = message
        if other := self._tables.message[name].of:
            return Heard((), other)
        silent = [each for each in self._tables.silent if each.within == name and self._holds(each, data)]
        if other := next((each.of for each in silent if each.of), None):
            return Heard((), other)
        if silent:
            return Heard((Told(FAULT, silent[0].fault),) if silent[0].fault else ())
        values = [each for each in self._tables.value if each.within == name]
        told = [found for each in values for found in _value(each, data, self._tables)]
        if values and self._judges_itself and not any(each.quantity == FAULT for each in told):
            told.append(Told(FAULT, ""))
        return Heard(tuple(told), names_values=bool(values))

    def _holds(self, silent: SilentTable, data: bytes) -> bool:
        return _holds(silent, data) and _compares(silent, data, self._tables.order)

    def _of_line(self, line: Line) -> Heard:
        named = ((each, line.groups.get(each.quantity)) for each in self._tables.value)
        return Heard(tuple(found for each, text in named if text is not None for found in _of_text(each, text)))


def _holds(silent: SilentTable, data: bytes) -> bool:
    """Whether all that it asks for is so."""

    def any_in(span: tuple[int, int]) -> bool:
        return any(byte & silent.mask for byte in data[span[0] : span[1] + 1])

    zero = silent.zero is None or not any_in(silent.zero)
    return zero and (silent.not_zero is None or any_in(silent.not_zero))


def _compares(silent: SilentTable, data: bytes, order: Order) -> bool:
    """Whether the numbers that it compares are so."""

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 2], order)

    if silent.below is not None and number(silent.below[0]) >= silent.below[1]:
        return False
    if silent.above is not None and number(silent.above[0]) <= silent.above[1]:
        return False
    if silent.rises is None:
        return True
    first, last = silent.rises
    numbers = [number(at) for at in range(first, last, 2)]
    return any(one < other for one, other in pairwise(numbers))


def _value(table: ValueTable, data: bytes, tables: SerialTables) -> Iterator[Told]:
    """Yields the value, if there is one."""
    raw = data[table.byte : table.byte + table.size]
    if table.type == "hex":
        yield Told(table.quantity, raw.hex())
        return
    number = number_in(raw, table.type, table.order or tables.order, table.bits)
    if table.flags is not None:
        words = (name for name, bit in table.flags.items() if int(number) >> bit & 1)
        yield Told(table.quantity, ", ".join(words))
    elif table.words is not None:
        yield Told(table.quantity, table.words.get(str(number), f"code {number}"))
    else:
        yield from _figure(table, number)


def _of_text(table: ValueTable, text: str) -> Iterator[Told]:
    """Yields the value, if there is one; what is no number is none."""
    if table.words is not None:
        yield Told(table.quantity, table.words.get(text, f"code {text[:40]}"))
        return
    try:
        number = float(text)
    except ValueError:
        return
    yield from _figure(table, int(number) if number.is_integer() and "." not in text else number)


def _figure(table: ValueTable, number: float) -> Iterator[Told]:
    value = table.value_of(number)
    if value is not None:
        yield Told(table.quantity, value, table.doubt(value))
