"""Conversion between the registers on the wire and the values that people mean (pure)."""

import math
import struct
from collections.abc import Iterator, Sequence

from msgspec import Struct

from drivers.profile.schema import Register
from drivers.translation import _

_FORMATS = {
    "u16": ">H",
    "i16": ">h",
    "u32": ">I",
    "i32": ">i",
    "u64": ">Q",
    "i64": ">q",
    "f32": ">f",
    "f64": ">d",
    "bits": ">H",
}
_ENDS = {"big": ">", "little": "<"}
_DALI_STEPS = 253 / 3
_MIRED = 1_000_000
"""Mired is a million divided by kelvin, and kelvin a million divided by mired."""

_KELVIN_DECIMALS = 1
"""A mired is 1 K at least, at 1000 K, and a tenth of it 0.1 K."""

DECIMALS = 9
"""Rounds away what a scale such as 0.1 adds in binary."""


class Measured(Struct, frozen=True):
    """One value out of a register; `doubt` says why it is not to be trusted, "" when it is."""

    quantity: str
    value: bool | int | float | str
    doubt: str = ""


def decode(name: str, register: Register, words: Sequence[int]) -> Iterator[Measured]:
    """The values of `register`: none when the device marks it as invalid, one for each name of a bit field.

    Args:
        words: as many registers (or bits) as it takes.
    """
    if register.type == "coil":
        yield Measured(name, bool(words[0]))
        return
    data = _packed(register, words)
    raw = int.from_bytes(data, "big")
    if raw in register.invalid:
        return
    if register.type == "bits":
        yield from (Measured(bit, bool(raw >> at & 1)) for bit, at in register.bits.items())
        return
    number = _field(register, raw) if register.bit_field else struct.unpack(_FORMATS[register.type], data)[0]
    value = _scaled(register, number)
    if math.isfinite(value):
        yield Measured(name, value, _doubt(register, value))


def raw_of(register: Register, words: Sequence[int]) -> int:
    """What stands in a register, as a number without sign."""
    return int.from_bytes(_packed(register, words), "big")


def _packed(register: Register, words: Sequence[int]) -> bytes:
    ordered = words if register.word_order == "big" else tuple(reversed(words))
    return struct.pack(f"{_ENDS[register.byte_order]}{len(ordered)}H", *ordered)


def _field(register: Register, raw: int) -> int:
    low, high = register.bit_field or (0, 15)
    width = high - low + 1
    part = raw >> low & (1 << width) - 1
    negative = register.type == "i16" and part >> (width - 1)
    return part - (1 << width) if negative else part


def _scaled(register: Register, number: float) -> float:
    if register.curve == "dali":
        return dali_percent(number)
    if register.curve == "mired":
        return kelvin(number * register.scale + register.offset)
    if register.scale == 1 and register.offset == 0:
        return number
    return round(number * register.scale + register.offset, DECIMALS)


def _doubt(register: Register, value: float) -> str:
    if register.range is None:
        return ""
    low, high = register.range
    if register.curve == "mired":  # an end lies between two steps, and stands there as the nearer one
        low, high = min(low, _nearest(register, low)), max(high, _nearest(register, high))
    return "" if low <= value <= high else _outside(register, value, *register.range)


def _nearest(register: Register, value: float) -> float:
    """What comes back of a value that was written."""
    return _scaled(register, _raw(register, value))


def _outside(register: Register, value: float, low: float, high: float) -> str:
    words = _("{value:g} {unit} is outside {low:g} to {high:g}")
    return words.format(value=value, unit=register.quantity.unit, low=low, high=high).replace("  ", " ")


def encode(register: Register, value: float) -> list[int]:
    """The registers (or the one bit) that stand for `value`. Raises ValueError for what the device cannot take."""
    if register.type == "coil":
        return [int(bool(value))]
    if not math.isfinite(value) or _doubt(register, value):
        low, high = register.range or (-math.inf, math.inf)
        raise ValueError(_outside(register, value, low, high))
    try:
        data = struct.pack(_FORMATS[register.type], _raw(register, value))
    except struct.error:
        raise ValueError(
            _("{value:g} does not fit into a register of type {type}").format(value=value, type=register.type)
        ) from None
    words = list(struct.unpack(f"{_ENDS[register.byte_order]}{register.words}H", data))
    return words if register.word_order == "big" else words[::-1]


def _raw(register: Register, value: float) -> float:
    if register.curve == "dali":
        return dali_level(value)
    if register.curve == "mired":
        value = _mired(value)
    number = (value - register.offset) / register.scale
    return number if register.type in {"f32", "f64"} else round(number)


def dali_percent(level: float) -> float:
    """Light output, %, of a DALI arc power level 0..254 (IEC 62386-102 section 9.3); NaN for 255, "no value"."""
    if level == 0:
        return 0.0
    return round(10 ** ((level - 1) / _DALI_STEPS - 1), 3) if level <= 254 else math.nan


def dali_level(percent: float) -> int:
    """The arc power level 0..254 nearest to `percent`, 0..100."""
    if percent <= 0:
        return 0
    return min(254, max(1, round(1 + (math.log10(percent) + 1) * _DALI_STEPS)))


def kelvin(mired: float) -> float:
    """A colour temperature in K; NaN for 0 mired and less, which no light has."""
    return round(_MIRED / mired, _KELVIN_DECIMALS) if mired > 0 else math.nan


def _mired(kelvin: float) -> float:
    """Raises ValueError for what no light has."""
    if kelvin <= 0:
        raise ValueError(_("{value:g} K is no colour temperature").format(value=kelvin))
    return _MIRED / kelvin
