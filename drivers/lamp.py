"""A lamp controller described by a profile."""

from typing import Annotated

from msgspec import Meta

from drivers.options import Id, Options, Seconds, Unit


class LampDevice(Options, frozen=True):
    """Where a lamp hangs and what it is: the driver's part of [lamp.NAME].

    Args:
        line: name of its [line.NAME].
        profile: file name, without .toml, of its register map.
        channel, short_address: the parameters that the profile's addresses ask for.
        period_s: time between two polls.
    """

    line: Id
    unit: Unit
    profile: Id
    channel: Annotated[int, Meta(ge=0, le=63)] | None = None
    short_address: Annotated[int, Meta(ge=0, le=63)] | None = None
    period_s: Seconds = Seconds(1.0)
