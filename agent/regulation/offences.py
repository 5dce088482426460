"""What standing somewhere may be by law: the table of offences of each jurisdiction (pure data)."""

from typing import Literal

from msgspec import Struct

from agent.regulation.categories import Category

Jurisdiction = Literal["fr"]


class Offence(Struct, frozen=True):
    """What standing in a place may be. Only a sworn agent states an offence.

    Args:
        article: of the jurisdiction's code; None: its table names none for this category.
        fine_class: class of the contravention; None: likewise.
    """

    article: str | None
    fine_class: int | None


class Offences(Struct, frozen=True):
    """What standing in a place of one category may be, by what the order there forbids.

    Args:
        standing: to stand there at all without right.
        overstaying: to stand there longer than the order allows whoever may stand there.
    """

    standing: Offence
    overstaying: Offence

    def of(self, limit_s: float | None) -> Offence:
        """The breach of an order with this limit; 0: nobody may stand there."""
        return self.overstaying if limit_s else self.standing


BY_LOCAL_ORDER = Offence(None, None)

_RESIDUAL = Offence("R417-6", 1)
"""The breach of an order that the chapter has no other article for: a sign that forbids to park or to stop."""

_ABUSIVE = Offence("R417-12", 2)
"""Uninterrupted at one point for more than seven days, or for longer than the order sets. It is so in every bay: that a
sensor has seen a vehicle too long says nothing of whether it had the right to stand there."""

_BLUE_ZONE = Offence("R417-3", 2)
_OBSTRUCTIVE = Offence("R417-10", 2)
_VERY_OBSTRUCTIVE = Offence("R417-11", 4)


def _forbids(offence: Offence) -> Offences:
    """A place that nobody may stand in: a limit there is how long it may take to be sure that somebody does."""
    return Offences(offence, offence)


def _limits(standing: Offence, overstaying: Offence = _ABUSIVE) -> Offences:
    """A place that some or all may stand in for a while."""
    return Offences(standing, overstaying)


OFFENCES: dict[Jurisdiction, dict[Category, Offences]] = {
    # Code de la route, as read in November 2026. Fire lanes, and standing in a place for a short stop at all, have no
    # article of their own in this table: the local order says.
    "fr": {
        # bays
        "general": _limits(_RESIDUAL),
        "blue_zone": _limits(_BLUE_ZONE, _BLUE_ZONE),
        "disabled": _limits(_VERY_OBSTRUCTIVE),
        "ev_charging": _limits(_OBSTRUCTIVE),
        "taxi": _limits(_OBSTRUCTIVE),
        "bus": _limits(_OBSTRUCTIVE),
        "cash_transport": _limits(_VERY_OBSTRUCTIVE),
        "short_stop": _limits(BY_LOCAL_ORDER),
        "no_parking": _limits(_RESIDUAL),
        # bays and pieces of kerb
        "loading": _limits(_OBSTRUCTIVE),
        # pieces of kerb
        "bus_lane": _forbids(_VERY_OBSTRUCTIVE),
        "cycle_lane": _forbids(_VERY_OBSTRUCTIVE),
        "pavement": _forbids(_VERY_OBSTRUCTIVE),
        "crossing": _forbids(_VERY_OBSTRUCTIVE),
        "disabled_bay": _limits(_VERY_OBSTRUCTIVE),
        "double_parking": _forbids(_OBSTRUCTIVE),
        "no_stopping": _forbids(_RESIDUAL),
        "fire_access": _forbids(BY_LOCAL_ORDER),
    }
}
