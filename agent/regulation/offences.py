"""What standing somewhere may be by law: the table of offences of a jurisdiction (pure data)."""

from typing import Literal

from msgspec import Struct

Jurisdiction = Literal["fr"]


class Offence(Struct, frozen=True):
    """What standing in a place may be. Only a sworn agent states an offence.

    Args:
        article: of the jurisdiction's code; None: its table names none for this category.
        fine_class: class of the contravention; None: likewise.
    """

    article: str | None
    fine_class: int | None


BY_LOCAL_ORDER = Offence(None, None)

_ABUSIVE = Offence("R417-12", 2)
_BLUE_ZONE = Offence("R417-3", 2)
_OBSTRUCTIVE = Offence("R417-10", 2)
_VERY_OBSTRUCTIVE = Offence("R417-11", 4)

OFFENCES: dict[Jurisdiction, dict[str, Offence]] = {
    # Code de la route, as in force in November 2026. Signs that forbid parking or stopping, fire lanes and places for a
    # short stop have no article of their own in this table: the local order says.
    "fr": {
        # bays
        "general": _ABUSIVE,
        "blue_zone": _BLUE_ZONE,
        "disabled": _VERY_OBSTRUCTIVE,
        "ev_charging": _OBSTRUCTIVE,
        "taxi": _OBSTRUCTIVE,
        "bus": _OBSTRUCTIVE,
        "cash_transport": _VERY_OBSTRUCTIVE,
        "short_stop": BY_LOCAL_ORDER,
        "no_parking": BY_LOCAL_ORDER,
        # bays and pieces of kerb
        "loading": _OBSTRUCTIVE,
        # pieces of kerb
        "bus_lane": _VERY_OBSTRUCTIVE,
        "cycle_lane": _VERY_OBSTRUCTIVE,
        "pavement": _VERY_OBSTRUCTIVE,
        "crossing": _VERY_OBSTRUCTIVE,
        "disabled_bay": _VERY_OBSTRUCTIVE,
        "double_parking": _OBSTRUCTIVE,
        "no_stopping": BY_LOCAL_ORDER,
        "fire_access": BY_LOCAL_ORDER,
    }
}
