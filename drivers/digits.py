"""A number as its device has it (pure)."""

import struct
from decimal import Decimal

LARGEST_F32 = 3.4e38


def digits(value: float) -> str:
    """All digits of a value, as its device has it, and none that the representation adds."""
    exact = repr(value)
    if isinstance(value, float) and abs(value) < LARGEST_F32 and _f32(value) == value:
        exact = next(text for at in range(1, 10) if _f32(float(text := f"{value:.{at}g}")) == value)
    plain = f"{Decimal(exact):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _f32(value: float) -> float:
    """The single-precision number that is nearest."""
    (nearest,) = struct.unpack(">f", struct.pack(">f", value))
    return float(nearest)
