"""A stay beyond what the order of its place allows: what of it counts, and how far that is to be reported (pure).

Whoever watches a place says what it knows of the vehicle that stands there; what follows from that is the same for all.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from msgspec import Struct, structs

from agent.regulation.clock_step import CLOCK_WRONG_S
from agent.regulation.order import EVERY_RULE, Applicable, Order, Terms, applicable
from drivers.base import UNCLASSIFIED

Stage = Literal["", "limit", "grace"]
"""How far a stay has gone: not beyond the limit, beyond it, beyond limit and grace."""

ExceededStage = Literal["limit", "grace"]
"""The same, of a stay that has."""

Continuity = Literal["certain", "presumed"]
"""Whether it was one vehicle all the time."""

STAGES: tuple[Stage, ...] = ("", "limit", "grace")


class Standing(Struct, frozen=True):
    """What is known of a vehicle that stands in a place, as far as it may be held against it.

    Args:
        seen_s: how long it was seen, by clocks that nobody sets.
        until_s: when it was seen last, unix seconds.
        entered_s: when that began, unix seconds; None: no clock tells.
        vehicle: its class; None: nobody has seen it.
        exempt_by: what else is known of it, see `grants_of`: the names of the rules that are not held against it, and
            the classes of users that it is of.
    """

    seen_s: float
    until_s: float
    entered_s: float | None
    vehicle: str | None = None
    exempt_by: frozenset[str] = frozenset()


class Breach(Struct, frozen=True):
    """A stay has gone beyond what the terms allow that apply to it."""

    stage: ExceededStage
    holds: Applicable

    @property
    def threshold_s(self) -> float:
        """How much of a stay had to count."""
        terms = self.holds.terms
        return (terms.limit_s or 0.0) + (terms.grace_s if self.stage == "grace" else 0.0)


def held_against(order: Order, standing: Standing) -> Applicable | None:
    """What applies to a vehicle now; None: nothing, it is exempt of that, or only a clock could tell."""
    holds = _applicable(order, standing)
    if holds is None or _is_exempt(holds.terms, standing):
        return None
    terms = holds.terms.for_user(standing.exempt_by).for_vehicle(standing.vehicle)
    return None if terms.limit_s is None else structs.replace(holds, terms=terms)


def held_by_any_clock(order: Order, standing: Standing, ahead_s: float) -> Applicable | None:
    """What applies to a vehicle whichever wall clock is right: the one of now or, where it was set by much meanwhile,
    the one of before; None: nothing that both agree on.

    Args:
        standing: by the clock of now.
        ahead_s: how far that was set forward since the vehicle came; less than 0: back.
    """
    if standing.entered_s is None or order.timeless or abs(ahead_s) <= CLOCK_WRONG_S:
        return held_against(order, standing)
    before = structs.replace(standing, until_s=standing.until_s - ahead_s, entered_s=standing.entered_s - ahead_s)
    one, other = held_against(order, standing), held_against(order, before)
    if one is None or other is None or one.key != other.key:
        return None
    return min(one, other, key=lambda each: each.counted_s)


def _applicable(order: Order, standing: Standing) -> Applicable | None:
    if order.timeless:
        return Applicable(order.terms, standing.seen_s)
    if standing.entered_s is None:
        return None
    return applicable(order, min(standing.entered_s, standing.until_s), standing.until_s)


def _is_exempt(terms: Terms, standing: Standing) -> bool:
    by_class = standing.vehicle is not None and may_be_exempt(terms.exempt_classes, standing.vehicle)
    return by_class or not standing.exempt_by.isdisjoint((terms.rule, EVERY_RULE))


def may_be_exempt(classes: Collection[str], vehicle: str) -> bool:
    """Whether a vehicle is of one of the classes, or may be: nobody is accused whose class is not known."""
    return vehicle in classes or (bool(classes) and vehicle == UNCLASSIFIED)


def breaches(holds: Applicable, reported: Mapping[str, Stage]) -> Iterator[Breach]:
    """What is to be reported of a stay now, once for each stage under each order.

    Args:
        reported: how far it was reported before, by the key of what held.
    """
    stage = reported.get(holds.key, "")
    while (threshold_s := _threshold_s(holds.terms, stage)) is not None and holds.counted_s >= threshold_s:
        exceeded: ExceededStage = "grace" if stage else "limit"
        yield Breach(exceeded, holds)
        stage = exceeded


def left_s(holds: Applicable, reported: Mapping[str, Stage]) -> float | None:
    """How much more must count until the next stage, not negative; None: there is none."""
    threshold_s = _threshold_s(holds.terms, reported.get(holds.key, ""))
    return None if threshold_s is None else max(0.0, threshold_s - holds.counted_s)


def _threshold_s(terms: Terms, stage: Stage) -> float | None:
    """How much must count when a stay is reported next; None: never again."""
    if terms.limit_s is None or stage == "grace":
        return None
    if not stage:
        return terms.limit_s
    return terms.limit_s + terms.grace_s if terms.grace_s > 0 else None
