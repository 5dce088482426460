"""Protocol Buffers on the wire: numbers, texts, objects, and what is none of them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.lorawan.servers.protobuf import (
    MOST_DEPTH,
    BadProtobuf,
    as_object,
    fields,
    floating,
    message,
    signed,
    text,
    whole,
)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def within(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


@given(st.integers(0, (1 << 64) - 1), st.integers(1, (1 << 29) - 1), st.binary(max_size=40))
def test_what_was_written_is_read(number: int, field: int, data: bytes) -> None:
    wire = varint(field << 3) + varint(number) + within(field, data)
    assert list(fields(wire)) == [(field, number), (field, data)]


def test_numbers_of_every_kind() -> None:
    wire = b"\x08\x9f" + b"\xff" * 8 + b"\x01" + b"\x15" + struct.pack("<f", 7.5) + b"\x19" + struct.pack("<d", -2.25)
    (_, level), (_, single), (_, double) = fields(wire)
    assert (signed(whole(level)), floating(single), floating(double)) == (-97, 7.5, -2.25)


@pytest.mark.parametrize(
    "wire",
    [b"\x08", b"\x08" + b"\xff" * 11, b"\x0a\x05abc", b"\x0b", b"\x0f", b"\x00\x01", b"\x0d\1\2", b"\x09\1", b"\x80"],
)
def test_what_is_no_row_of_fields(wire: bytes) -> None:
    with pytest.raises(BadProtobuf):
        list(fields(wire))


def test_a_value_of_another_kind_is_none() -> None:
    for wrong in (lambda: text(b"\xff"), lambda: message(3), lambda: whole(b"x"), lambda: floating(b"123")):
        with pytest.raises(BadProtobuf):
            wrong()


def member(name: str, value: bytes) -> bytes:
    return within(1, within(1, name.encode()) + within(2, value))


def test_an_object_with_all_that_it_may_hold() -> None:
    numbers = within(1, b"\x11" + struct.pack("<d", 3.6)) + within(1, within(3, b"x"))
    wire = member("a", b"\x20\x01") + member("b", within(5, member("c", within(3, b"BUSY"))))
    wire += member("d", within(6, numbers)) + member("e", b"\x08\x00")
    assert as_object(wire) == {"a": True, "b": {"c": "BUSY"}, "d": [3.6, "x"], "e": None}


def test_objects_within_one_another_have_an_end() -> None:
    wire = b""
    for _ in range(MOST_DEPTH + 1):
        wire = member("x", within(5, wire))
    with pytest.raises(BadProtobuf):
        as_object(wire)
