"""The European Air Quality Index of an hour, by the agency's table (pure).

ATMO is the index of the approved associations in France, and is not reckoned: its bounds and its days are others.
"""

import math
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Struct

from agent.trades.sensing.event_types import Pollutant, Setting
from agent.trades.sensing.limits import FOLDER, Source

TABLE = "eaqi-2024"


class IndexTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A version of the index.

    Args:
        levels: names of the levels, the best first.
        bounds: the highest value of each level but the last, ug/m3.
        needs: of which pollutants one each must be known, by the setting of the station.
    """

    name: str
    version: str
    read: date
    levels: tuple[str, ...]
    bounds: Mapping[Pollutant, tuple[float, ...]]
    needs: Mapping[Setting, tuple[tuple[Pollutant, ...], ...]]
    source: tuple[Source, ...]


class Index(NamedTuple):
    """The index of an hour.

    Args:
        level: 1 is the best; None: what it needs is not known.
        by: the level of each pollutant that is known.
        missing: what it needs: of each, one pollutant would do ("PM2.5|PM10").
    """

    level: int | None
    by: Mapping[Pollutant, int]
    missing: tuple[str, ...]


@lru_cache
def table(name: str = TABLE) -> IndexTable:
    """The table of a version, as its file has it."""
    return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8")), IndexTable)


def index_of(values: Mapping[Pollutant, float | None], setting: Setting, by: IndexTable | None = None) -> Index:
    """The index of hourly means, ug/m3; the worst pollutant rules."""
    by = by or table()
    levels = {name: level(by, name, value) for name, value in values.items() if value is not None and name in by.bounds}
    missing = tuple("|".join(some) for some in by.needs[setting] if not levels.keys() & set(some))
    return Index(None if missing else max(levels.values()), levels, missing)


def level(by: IndexTable, pollutant: Pollutant, value: float) -> int:
    """The level of one pollutant, 1 is the best."""
    return 1 + sum(math.floor(value + 0.5) > bound for bound in by.bounds[pollutant])
