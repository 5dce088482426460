"""Numbers as their devices have them."""

import struct

import pytest

from drivers.digits import digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (struct.unpack(">f", struct.pack(">f", 0.98))[0], "0.98"),
        (1324567.89, "1324567.89"),
        (40.0, "40"),
        (1e-7, "0.0000001"),
    ],
)
def test_no_digit_is_lost_and_none_added(value: float, text: str) -> None:
    assert digits(value) == text
