"""Protocol Buffers on the wire, as far as a network server writes them (pure).

After "Encoding" of the Protocol Buffers documentation: a row of fields, each a tag (number and wire type) and a value.
What is read is bounded by the length of the message, and by the depth that is asked for.
"""

import struct
from collections.abc import Iterator

from drivers.translation import _

WireValue = int | bytes
"""A varint as an unsigned number, or the bytes of any other type."""

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
_LONGEST_VARINT = 10
MOST_DEPTH = 16
"""Objects within one another that a codec of a network server makes."""


class BadProtobuf(ValueError):
    """Bytes that are no message of Protocol Buffers."""


def fields(data: bytes) -> Iterator[tuple[int, WireValue]]:
    """Yields number and value of each field, in their order. Raises BadProtobuf."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if not 0 < tag >> 3 < 1 << 29:
            raise BadProtobuf(_("field {number}").format(number=tag >> 3))
        value, at = _value(data, at, tag & 7)
        yield tag >> 3, value


def _value(data: bytes, at: int, wire_type: int) -> tuple[WireValue, int]:
    """The value that begins there, and where it ends. Raises BadProtobuf."""
    if wire_type == VARINT:
        return _varint(data, at)
    size = {EIGHT: 8, FOUR: 4}.get(wire_type)
    if wire_type == BYTES:
        size, at = _varint(data, at)
    if size is None or at + size > len(data):
        raise BadProtobuf(_("wire type {kind} at byte {at}").format(kind=wire_type, at=at))
    return data[at : at + size], at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Raises BadProtobuf."""
    number = 0
    for count, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return number & (1 << 64) - 1, at + count + 1
    raise BadProtobuf(_("a number without end at byte {at}").format(at=at))


def signed(number: int) -> int:
    """An int32 or int64 of a varint."""
    return number - (1 << 64) if number >> 63 else number


def text(value: WireValue) -> str:
    """Raises BadProtobuf."""
    try:
        return message(value).decode()
    except UnicodeDecodeError:
        raise BadProtobuf(_("a text that is none")) from None


def message(value: WireValue) -> bytes:
    """The bytes of a text, of bytes or of a message within. Raises BadProtobuf."""
    if isinstance(value, int):
        raise BadProtobuf(_("{number} in the place of bytes").format(number=value))
    return value


def whole(value: WireValue) -> int:
    """Raises BadProtobuf."""
    if not isinstance(value, int):
        raise BadProtobuf(_("{count} bytes in the place of a number").format(count=len(value)))
    return value


def floating(value: WireValue) -> float:
    """A float or a double. Raises BadProtobuf."""
    formats = {4: "<f", 8: "<d"}
    raw = message(value)
    if len(raw) not in formats:
        raise BadProtobuf(_("{count} bytes in the place of a number").format(count=len(raw)))
    (number,) = struct.unpack(formats[len(raw)], raw)
    return float(number)


def as_object(data: bytes, depth: int = MOST_DEPTH) -> dict[str, object]:
    """A google.protobuf.Struct. Raises BadProtobuf, also where it goes deeper than that."""
    if depth == 0:
        raise BadProtobuf(_("objects within one another without end"))
    found: dict[str, object] = {}
    for number, entry in fields(data):
        if number == 1:
            both = dict(fields(message(entry)))
            found[text(both.get(1, b""))] = _member(message(both.get(2, b"")), depth - 1)
    return found


def _member(data: bytes, depth: int) -> object:
    """A google.protobuf.Value. Raises BadProtobuf."""
    for number, value in fields(data):
        match number:
            case 2:
                return floating(value)
            case 3:
                return text(value)
            case 4:
                return bool(whole(value))
            case 5:
                return as_object(message(value), depth)
            case 6 if depth:
                return [_member(message(each), depth - 1) for one, each in fields(message(value)) if one == 1]
    return None
