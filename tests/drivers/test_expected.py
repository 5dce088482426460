"""What a key takes and what was given to it, in words."""

from typing import Annotated, Any

import pytest
from msgspec import Meta

from drivers.expected import refused
from drivers.options import Options, Seconds
from drivers.serial.profile.schema import Hex

Whole = Annotated[int, Meta(ge=0, le=31)]


class Table(Options, frozen=True):
    of: int = 0


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("0.1", float, '"0.1" is text; take the quotes away'),
        ("1/10", float, '"1/10" is text; expected a number'),
        ("04", int, '"04" is text; take the quotes away'),
        (0.5, int, "0.5 is a number with decimals; expected a whole number"),
        (32, Whole, "32 is out of range; expected a whole number from 0 to 31"),
        (-1, Annotated[int, Meta(ge=0)], "-1 is out of range; expected a whole number of at least 0"),
        (0.0, Annotated[float, Meta(gt=0)], "0.0 is out of range; expected a number above 0"),
        (0, Annotated[float, Meta(gt=0, le=9)], "0 is out of range; expected a number above 0, at most 9"),
        (60, tuple[float, float] | None, "60 is a whole number; expected a list of 2, each a number"),
        ([60], tuple[float, float] | None, "[60] is a list of 1; expected a list of 2, each a number"),
        ([1, "x"], tuple[float, float], '[1, "x"] is not allowed here; expected a list of 2, each a number'),
        ([1, 2], Annotated[tuple[int, ...], Meta(max_length=1)], "[1, 2] is a list of 2; expected a list of at most 1, each a whole number"),  # noqa: E501
        (True, str, "true is true/false; expected text in quotes"),
        (5, bool, "5 is a whole number; expected true or false, without quotes"),
        (5, Table, "5 is a whole number; expected a table"),
        (5, Seconds, '5 is a whole number; expected a duration in quotes, for example "90s" or "30min"'),
        ("0x59", Hex, '"0x59" is not allowed here; expected bytes as pairs of hexadecimal digits, for example "5a a5"'),
    ],
)  # fmt: skip
def test_a_value_that_is_refused(value: object, kind: Any, words: str) -> None:
    assert refused(value, kind) == words
