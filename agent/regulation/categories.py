"""What an order of the town makes of a place (pure data)."""

from typing import Literal

BayCategory = Literal[
    "general",
    "blue_zone",
    "alternate_side",
    "disabled",
    "loading",
    "ev_charging",
    "taxi",
    "bus",
    "cash_transport",
    "short_stop",
    "no_parking",
]
"""The category of a bay that says itself what holds in it."""

ZoneCategory = Literal[
    "bus_lane",
    "bus_stop",
    "cycle_lane",
    "pavement",
    "crossing",
    "disabled_bay",
    "loading",
    "double_parking",
    "no_stopping",
    "fire_access",
]
"""The category of a piece of kerb that says itself what holds in it."""

Category = Literal[BayCategory, ZoneCategory]
"""The category of a rule, which serves bays and pieces of kerb."""
