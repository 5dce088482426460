"""The bays of the configuration file."""

from typing import Annotated, Literal

from msgspec import Meta

from drivers.options import Id, Options, Seconds

BayCategory = Literal["general", "blue_zone", "disabled", "loading", "ev_charging", "taxi", "bus", "short_stop"]


class BayOptions(Options, frozen=True):
    """[bay.NAME]

    Args:
        sensor: name of its [sensor.NAME].
        category: what the local order makes of the place.
        limit_s: how long one vehicle may stand; None: no limit.
        grace_s: after the limit, before the overstay is repeated as final.
        occupied_below_mm, free_above_mm: two thresholds with a dead band between them (ultrasonic sensors).
        dwell_s: a new state must hold that long before it counts.
        silence_s: no reading for that long: the state is unknown; the stay goes on.
    """

    sensor: Id
    category: BayCategory = "general"
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)
    occupied_below_mm: Annotated[int, Meta(ge=30, le=10000)] = 1200
    free_above_mm: Annotated[int, Meta(ge=30, le=10000)] = 1500
    dwell_s: Seconds = Seconds(5.0)
    silence_s: Seconds = Seconds(30.0)
