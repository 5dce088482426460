"""What hangs on a pole, and what runs on it."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from agent.events import Data
from agent.events.configuration import ConfigurationSource


class Profiled(Struct, frozen=True):
    """A meter of the inventory: its line and its register map."""

    line: str
    profile: str


class OfKind(Struct, frozen=True):
    """A sensor, a line or a network of the inventory."""

    kind: str


class InventoryPlace(Struct, frozen=True, kw_only=True):
    """A place of the inventory: the pole, or a bay, zone, lamp, meter, sensor or camera. What is not known is absent.

    Args:
        kind: "pole", "bay", ...
        uuid: the same under every name that it ever has.
        label: as people call it.
        reference: its number in the town's own register.
        latitude, longitude: degrees (WGS 84), to 6 decimals.
        street, address: of the pole.
    """

    kind: str
    uuid: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    latitude: float | UnsetType = UNSET
    longitude: float | UnsetType = UNSET
    street: str | UnsetType = UNSET
    address: str | UnsetType = UNSET


class InventoryGroup(Struct, frozen=True, kw_only=True):
    """A group of the inventory. What is not known is absent.

    Args:
        kind: "parking": of bays; "lighting": of lamps.
        uuid, label, reference: as of a place.
        area: the part of the town that its members lie in.
        members: names of places.
    """

    kind: str
    uuid: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    area: str | UnsetType = UNSET
    members: tuple[str, ...]


class Birth(Data, frozen=True):
    """The daemon has started, or runs by another configuration: what hangs on the pole, what runs on it, in which mode.

    Args:
        version: of lamppost.
        versions: of what it runs on: python, sqlite, kernel, and openssl where TLS is spoken.
        clock: how the pole gets its time: "ntp" or "rtc".
        config_sha256, config_source: of the configuration in force, see pole.configuration.
        places, groups: by name.
        page, pages: of an inventory that is too large for one event: it is that of all its pages, which are told one
            after the other at the same time, each with some entries of the tables. Absent: it is whole.
    """

    version: str
    versions: dict[str, str]
    clock: str
    lines: dict[str, OfKind]
    networks: dict[str, OfKind]
    config_sha256: str | None
    config_source: ConfigurationSource | None
    places: dict[str, InventoryPlace]
    groups: dict[str, InventoryGroup]
    page: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    pages: Annotated[int, Meta(ge=2)] | UnsetType = UNSET
