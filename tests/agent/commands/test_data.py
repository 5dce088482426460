"""What is wrong with the data of an order, in words."""

from datetime import datetime
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from agent.commands.data import problems


class Nothing(Struct, forbid_unknown_fields=True):
    """The data of an action that takes none."""


def test_an_action_that_takes_no_data_says_so() -> None:
    assert list(problems({"now": 1}, Nothing)) == ["now: unknown key; expected none"]


class Until(Struct, forbid_unknown_fields=True):
    """The data of an action that ends."""

    until: Annotated[datetime, Meta(tz=True)] | None = None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-02-30T06:00:00Z", "; there is no such day"),
        ("2027-13-01T06:00:00Z", "; there is no such day"),
        ("2027-02-28T06:00:00", ""),
        ("2027-02-28T25:00:00Z", ""),
        ("soon", ""),
    ],
)
def test_a_day_that_there_is_not_is_told(text: str, said: str) -> None:
    right = 'expected a time with its zone, for example "2027-12-31T12:00:00Z"'
    assert list(problems({"until": text}, Until)) == [f'until: "{text}" is not allowed here{said}; {right}']
