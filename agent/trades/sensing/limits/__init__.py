"""Public limits of the air, as data: each with the text that it was read in, and the day of reading."""

import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from agent.trades.sensing.event_types import Pollutant

FOLDER = Path(__file__).parent
DIRECTIVE = "eu-2024-2881"

Kind = Literal["limit", "target", "information", "alert"]
Over = Literal["hour", "8h", "day", "year"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A public text that the limits were read in."""

    title: str
    url: str


class Limit(Struct, frozen=True, forbid_unknown_fields=True):
    """One limit.

    Args:
        over: what the value is a mean of; "8h": the highest mean of eight hours of each day.
        unit: UCUM.
        allowed: times in a calendar year that it may be exceeded; None: the text knows none.
        met_by: the day from which it must be met; None: it is not to be met, or always.
        until: the day from which a later one takes its place.
        hours: it must last so many hours in a row.
    """

    pollutant: Pollutant
    kind: Kind
    over: Over
    value: float
    unit: str
    allowed: int | None = None
    met_by: date | None = None
    until: date | None = None
    hours: int = 1


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """The limits of one text.

    Args:
        short: its name beside a line of a picture.
        read: the day on which the sources were read.
    """

    title: str
    short: str
    read: date
    source: tuple[Source, ...]
    limit: tuple[Limit, ...]

    def of(self, pollutant: Pollutant, kind: Kind, over: Over) -> tuple[Limit, ...]:
        return tuple(each for each in self.limit if (each.pollutant, each.kind, each.over) == (pollutant, kind, over))


@lru_cache
def limits(name: str = DIRECTIVE) -> Limits:
    """The limits of a text, as its file has them."""
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Limits)
