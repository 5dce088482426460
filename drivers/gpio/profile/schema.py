"""The tables of the profile of a contact or of pulses."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, field

from drivers.figure import Figure, Name
from drivers.gpio.options import COUNT
from drivers.options import Options, Seconds

FAULT = "sensor_fault"
Edge = tuple[float, bool]
"""Milliseconds, and whether the contact is made from then on."""


class ValueTable(Figure, frozen=True):
    """[[value]]: what the line says.

    Args:
        of: "count": how often the contact was made, ever; "rate": how often in a second; "made", "open": whether it
            is now.
        still: the value of a rate of 0, below which `offset` is none: of a wheel that wind sets going.
    """

    of: Literal["count", "rate", "made", "open"] = "count"
    still: float | None = None

    @property
    def is_number(self) -> bool:
        return self.of in {"count", "rate"}

    def value_of(self, raw: float) -> int | float | None:
        if raw == 0 and self.still is not None:
            return self.still
        return super().value_of(raw)


class VectorTable(Options, frozen=True):
    """[[vector]]: what the line did, and what it says.

    Args:
        edges: from a contact that is open.
        hertz: in their place: it is made and opened so often in a second.
        within_s: of so much time.
        says: every quantity, and its value; no other may come out.
        instead: in place of it: it chatters.
    """

    within_s: Seconds
    edges: Annotated[tuple[Edge, ...], Meta(max_length=256)] | None = None
    hertz: Annotated[float, Meta(gt=0, le=10000)] | None = None
    says: dict[Name, bool | int | float] = field(default_factory=dict)
    instead: Literal["chatter"] | None = None


class InputTables(Options, frozen=True):
    """The file.

    Args:
        description: maker and model, or kind.
        source: where the figures come from.
        read: the day on which they were read there.
        debounce_s: a level must last so long to count.
        fastest_hz: it cannot be made more often; what is, is a bad contact.
    """

    description: Annotated[str, Meta(min_length=1, max_length=300)]
    debounce_s: Seconds
    fastest_hz: Annotated[float, Meta(gt=0, le=1000)]
    source: str = ""
    read: date | None = None
    value: tuple[ValueTable, ...] = ()
    vector: tuple[VectorTable, ...] = ()

    @property
    def quantities(self) -> frozenset[str]:
        """What such a line tells."""
        counts = any(each.of == "count" for each in self.value)
        return frozenset({each.quantity for each in self.value} | {FAULT} | ({COUNT} if counts else set()))
