"""The quantities that a line tells, by its profile (pure)."""

from collections.abc import Iterator
from typing import NamedTuple

from drivers.gpio.options import COUNT
from drivers.gpio.profile.schema import InputTables


class Told(NamedTuple):
    """One value, and why it is not to be trusted; "" where it is."""

    quantity: str
    value: bool | int | float
    doubt: str = ""


def counted(tables: InputTables, count: int, hertz: float | None) -> Iterator[Told]:
    """What numbers say.

    Args:
        count: how often the contact was made, ever.
        hertz: how often in a second; None: nobody can tell.
    """
    if any(each.of == "count" for each in tables.value):
        yield Told(COUNT, count)
    for each in tables.value:
        raw = count if each.of == "count" else hertz
        if each.is_number and raw is not None and (value := each.value_of(raw)) is not None:
            yield Told(each.quantity, value, each.doubt(value))


def contact(tables: InputTables, made: bool) -> Iterator[Told]:
    """What the contact says."""
    for each in tables.value:
        if not each.is_number:
            yield Told(each.quantity, made == (each.of == "made"))
