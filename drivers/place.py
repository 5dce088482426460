"""What the table of anything that has a place can say: how the town calls it, and where it stands."""

from typing import Annotated

from msgspec import Meta

from drivers.options import Id, Options
from drivers.translation import N_

Latitude = Annotated[float, Meta(ge=-90, le=90)]
"""Degrees of WGS 84, south is negative."""

Longitude = Annotated[float, Meta(ge=-180, le=180)]
"""Degrees of WGS 84, west is negative."""

Text = Annotated[
    str, Meta(min_length=1, max_length=120, description=N_("text in quotes, at most 120 characters on one line"))
]

Metres = Annotated[float, Meta(ge=-100_000, le=100_000)]


class Named(Options, frozen=True, kw_only=True):
    """What people and the registers of the town call it.

    Args:
        label: as people call it.
        reference: its number in the town's own register, as on its plate.
        formerly: its name before it was renamed: identity and state go on under the new one.
    """

    label: Text | None = None
    reference: Text | None = None
    formerly: Id | None = None


class Placed(Named, frozen=True, kw_only=True):
    """What stands somewhere beside the pole; without a position nothing is told of where.

    Args:
        latitude, longitude: degrees (WGS 84), both or neither.
        offset_m: in their place: metres to the east and to the north of the pole, negative to the west and south.
    """

    latitude: Latitude | None = None
    longitude: Longitude | None = None
    offset_m: tuple[Metres, Metres] | None = None


def titled(name: str, options: Named) -> str:
    """Returns what a person reads: the name, with the label where there is one."""
    return name if options.label is None else f"{name} ({options.label})"
