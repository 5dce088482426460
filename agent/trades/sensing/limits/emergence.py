"""Emergence of neighbourhood noise in France: its hours are others than those of Lden."""

import tomllib
from datetime import date
from functools import lru_cache

import msgspec
from msgspec import Struct

from agent.trades.sensing.limits import FOLDER, Source


class Emergence(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a noise may rise above the background.

    Args:
        read: the day on which the sources were read.
        hours: full hours of local time from which, and until which, it is day.
        day_db, night_db: dB(A), of a noise of more than eight hours in the period.
    """

    article: str
    read: date
    source: tuple[Source, ...]
    hours: tuple[int, int]
    day_db: float
    night_db: float


@lru_cache
def emergence() -> Emergence:
    """The rule as its file has it."""
    return msgspec.convert(tomllib.loads((FOLDER / "fr-emergence.toml").read_text(encoding="utf-8")), Emergence)
