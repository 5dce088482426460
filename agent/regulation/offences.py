"""What standing somewhere may be by law: a table for each jurisdiction, in a file with its sources.

A table holds nothing that was not read in a public text; what is not certain has no article.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec import Struct, field, structs

from agent.regulation.categories import Category

Jurisdiction = Literal["fr", "be", "es", "de", "none"]

FOLDER = Path(__file__).parent / "jurisdictions"


class Offence(Struct, frozen=True, forbid_unknown_fields=True):
    """What standing in a place may be. Only a sworn agent states an offence.

    Args:
        article: of the jurisdiction's code; None: its table names none for this category.
        fine_class: class of the contravention; None: likewise, or the law knows none.
        law: what the article is of; None: of the order itself.
    """

    article: str | None = None
    fine_class: int | None = field(name="class", default=None)
    law: str | None = None


class Lawful(Struct, frozen=True, forbid_unknown_fields=True):
    """What standing in a place may be, by what the order there forbids.

    Args:
        standing: to stand there at all without right.
        overstaying: to stand there longer than the order allows whoever may stand there.
    """

    standing: Offence = Offence()
    overstaying: Offence = Offence()

    def of(self, limit_s: float | None) -> Offence:
        """The breach of an order with this limit; 0: nobody may stand there."""
        return self.overstaying if limit_s else self.standing


class Offences(Lawful, frozen=True, forbid_unknown_fields=True):
    """The same of a place of one category.

    Args:
        vehicle: where the law tells vehicles apart, by the classes that a camera tells; of others nothing is certain
            but what is said of all.
    """

    vehicle: Mapping[str, Lawful] = {}

    def for_vehicle(self, vehicle: str | None) -> "Offences":
        """The offences of a vehicle of that class; None: nobody has seen it."""
        found = None if vehicle is None else self.vehicle.get(vehicle)
        return self if found is None else Offences(found.standing, found.overstaying)


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A public text that a table was read in."""

    title: str
    url: str


class Where(Struct, frozen=True, forbid_unknown_fields=True):
    """The places where a table is taken if nobody says whose law holds.

    Args:
        timezones: IANA names.
        outlines: polygons of degrees north and east, one of which a place must lie in; none: nowhere, since a time zone
            alone is no country.
    """

    timezones: tuple[str, ...] = ()
    outlines: tuple[tuple[tuple[float, float], ...], ...] = ()

    def takes(self, timezone: str, latitude: float, longitude: float) -> bool:
        return timezone in self.timezones and any(_inside(each, latitude, longitude) for each in self.outlines)


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """The offences of one jurisdiction.

    Args:
        law: what its articles are of; "": it names none.
        read: the day on which the sources were read.
        category: by the name of each category.
    """

    law: str
    read: date
    source: tuple[Source, ...]
    category: Mapping[Category, Offences]
    where: Where


def offences(jurisdiction: Jurisdiction, category: Category) -> Offences:
    """What exceeding an order in a place of that category may be, by the law of a jurisdiction."""
    found = table(jurisdiction)
    row = found.category[category]
    whole = _of_law(row, found.law)
    vehicle = {name: _of_law(each, found.law) for name, each in row.vehicle.items()}
    return Offences(whole.standing, whole.overstaying, vehicle)


def _of_law(lawful: Lawful, law: str) -> Lawful:
    """Both, with what their articles are of."""
    both = (lawful.standing, lawful.overstaying)
    standing, overstaying = (structs.replace(each, law=law) if each.article else each for each in both)
    return Lawful(standing, overstaying)


@lru_cache
def table(jurisdiction: Jurisdiction) -> Table:
    """The table of a jurisdiction, as its file has it."""
    text = (FOLDER / f"{jurisdiction}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Table)


def jurisdiction_at(timezone: str, latitude: float, longitude: float) -> Jurisdiction:
    """Tells whose law is taken in a place of which nobody has said it; "none" where that is not certain."""
    known: Sequence[Jurisdiction] = get_args(Jurisdiction)
    return next((each for each in known if table(each).where.takes(timezone, latitude, longitude)), "none")


def _inside(outline: Sequence[tuple[float, float]], latitude: float, longitude: float) -> bool:
    """Whether a place lies in a polygon: a line to the east crosses its border an odd number of times."""
    crossed = 0
    for (south, west), (north, east) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (south > latitude) != (north > latitude):
            crossed += longitude < west + (latitude - south) / (north - south) * (east - west)
    return crossed % 2 == 1
