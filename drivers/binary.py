"""Numbers as they stand in bytes (pure)."""

import struct
from typing import Literal

Order = Literal["big", "little"]
Bits = tuple[int, int]
"""Lowest and highest bit of a part."""


def part_of(number: int, bits: Bits | None) -> int:
    """The bits of a number; without `bits` all of it."""
    if bits is None:
        return number
    low, high = bits
    return number >> low & (1 << high - low + 1) - 1


def number_in(raw: bytes, kind: str, order: Order, bits: Bits | None) -> int | float:
    """The number that fills these bytes.

    Args:
        kind: "f32": floating point; "i...": two's complement; else without a sign.
        bits: of a whole number, the part that counts; its highest bit is the sign.
    """
    if kind == "f32":
        (number,) = struct.unpack(">f" if order == "big" else "<f", raw)
        return float(number)
    part = part_of(int.from_bytes(raw, order), bits)
    width = 8 * len(raw) if bits is None else bits[1] - bits[0] + 1
    return part - (1 << width) if kind.startswith("i") and part >> width - 1 else part
