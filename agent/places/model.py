"""The places and groups of a configuration, with their identities; the one model that everything takes them from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from agent.config.schema import Config, GroupOptions, PoleOptions
from agent.geodesy import Position, shifted
from drivers.place import Named, Placed

DECIMALS = 6
"""Decimals of a degree that are told: 11 cm."""


class Place(Struct, frozen=True, kw_only=True):
    """The pole, or what stands beside it.

    Args:
        kind: as its table is called ("bay"); "pole".
        uuid: kept under every name; None: it could not be written yet, and so is told to nobody.
        latitude, longitude: degrees (WGS 84), of the table itself or by its offset from the pole; None: not known.
        street, address: of the pole.
    """

    kind: str
    name: str
    uuid: str | None = None
    label: str | None = None
    reference: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    street: str | None = None
    address: str | None = None


class Group(Struct, frozen=True, kw_only=True):
    """Places that the city takes together.

    Args:
        kind: "parking" or "lighting": a trade of the pole.
        uuid: as of a place.
        members: names of places of one kind.
        area: the part of the town that they lie in.
    """

    kind: str
    name: str
    members: tuple[str, ...]
    uuid: str | None = None
    label: str | None = None
    reference: str | None = None
    area: str | None = None


class Renamed(Struct, frozen=True):
    """What has another name than before."""

    kind: str
    before: str
    now: str


class Places(Struct, frozen=True):
    """Every place, the pole first, and every group, by name.

    Args:
        renamed: what had another name in the configuration before; its states have gone over.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    renamed: Sequence[Renamed] = ()

    def new_names(self, kind: str) -> Mapping[str, str]:
        """The new name of each that had another, by that."""
        return {each.before: each.now for each in self.renamed if each.kind == kind}


def identified(config: Config) -> Iterator[tuple[str, Named]]:
    """Key of the identity, and table, of everything that has one: "bay/bay-1"."""
    yield f"pole/{config.pole.id}", config.pole
    for kind, name, options in config.members():
        if isinstance(options, Named):
            yield f"{kind}/{name}", options


def places_of(config: Config, uuids: Mapping[str, str]) -> Places:
    """
    Args:
        uuids: by the key of the identity, those that are written.
    """
    places: dict[str, Place] = {}
    groups: dict[str, Group] = {}
    for key, options in identified(config):
        kind, _, name = key.partition("/")
        told: dict[str, Any] = {
            "name": name, "uuid": uuids.get(key), "label": options.label, "reference": options.reference
        }  # fmt: skip
        if isinstance(options, GroupOptions):
            groups[name] = Group(kind=options.kind, members=options.members, area=options.area, **told)
        else:
            places[name] = Place(kind=kind, **told, **_where(options, config.pole))
    return Places(places, groups)


def _where(options: Named, pole: PoleOptions) -> Mapping[str, Any]:
    if options is pole:
        at, streets = Position(pole.latitude, pole.longitude), {"street": pole.street, "address": pole.address}
        return _rounded(at) | streets
    if not isinstance(options, Placed):
        return {}
    if options.latitude is not None and options.longitude is not None:
        return _rounded(Position(options.latitude, options.longitude))
    if options.offset_m is not None:
        return _rounded(shifted(Position(pole.latitude, pole.longitude), *options.offset_m))
    return {}


def _rounded(at: Position) -> dict[str, Any]:
    return {"latitude": round(at.latitude, DECIMALS), "longitude": round(at.longitude, DECIMALS)}
