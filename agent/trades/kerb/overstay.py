"""Overstays in a zone: how much of a stay counts, and when its vehicle is suspected (pure)."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct, field, structs

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.registry import event
from agent.regulation import (
    Applicable,
    Breach,
    Jurisdiction,
    Order,
    RuleOptions,
    Stage,
    Standing,
    breaches,
    clock_step_s,
    held_by_any_clock,
    left_s,
    next_change_s,
    order_of,
    statement,
)
from agent.trades.kerb.event_types import KerbSuspected
from agent.trades.kerb.options import KerbOptions, ZoneOptions

_DECIMALS = 6
"""Unix seconds know no smaller part of one: who has stood there for a minute has not stood for a hair less."""

QUICKEST_SWAP_S = 10.0
"""The least time in which one vehicle takes the place of another that no camera watches."""

_PAUSE_S = 1.0
"""A vehicle that was not seen meanwhile is not asked about more often."""


class Zone(Struct, frozen=True):
    """What a zone is judged by: its own table, [kerb], and the order that holds for it.

    Args:
        counted: whether its counts are told; not those of one that shares ground with a larger one.
    """

    name: str
    options: ZoneOptions
    kerb: KerbOptions
    timezone: str
    order: Order
    counted: bool = True


def zone_of(
    name: str,
    options: ZoneOptions,
    kerb: KerbOptions,
    timezone: str,
    jurisdiction: Jurisdiction,
    *,
    rules: Mapping[str, RuleOptions] | None = None,
    counted: bool = True,
) -> Zone:
    """Builds a zone of a checked configuration.

    Args:
        timezone, jurisdiction: of the pole.
        rules: by the names that zones and temporary orders use; None: there are none.
    """
    order = order_of(options, rules or {}, timezone, jurisdiction)
    return Zone(name, options, kerb, timezone, order, counted)


class AdjacentVehicle(Struct, frozen=True):
    """A vehicle along which another one would stand double.

    Args:
        since: when it came.
        evidence: what tells of the two: "camera", or "both" where a bay sensor tells of this one.
    """

    since: Moment
    evidence: Literal["camera", "both"]


class OpenStay(Struct, frozen=True):
    """A vehicle in the zone, and how far it was reported.

    Args:
        seen: when it was seen last. What stood there then may have left since, and be known of later.
        left: when it left; its stay has ended and is not aggregated yet.
        reported: how far, by the rule or temporary order that it was reported under.
        last_evaluated_s: unix seconds at which it counted last; None: it has not yet.
        clock: when it was looked at last; None: not yet.
        clock_step_s: by how much a wall clock that was trusted was set forward since the entry, less than 0: back.
        charged: since when it is held to be the same vehicle; None: since it came. After an outage of the camera, a
            time out of its sight that is longer than a swap, or a clock that was set, nothing of before counts.
    """

    key: str
    entered: Moment
    seen: Moment
    left: Moment | None
    vehicle: str
    score: float
    reported: dict[str, Stage] = field(default_factory=dict)
    last_evaluated_s: float | None = None
    clock: Moment | None = None
    clock_step_s: float = field(default=0.0, name="stepped_s")
    charged: Moment | None = None

    def standing_s(self, now: Moment) -> float:
        return max(0.0, (self.left or now).elapsed_since(self.entered) or 0.0)

    def known_since(self, before: "OpenStay", *, unwatched: bool) -> "OpenStay":
        """The same vehicle, of which more was known before than the camera says now.

        Args:
            unwatched: the camera did not see meanwhile: in as long as a swap takes another one may have come.
        """
        away_s = self.seen.elapsed_since(before.seen)
        swapped = unwatched and (away_s is None or away_s >= QUICKEST_SWAP_S)
        return structs.replace(
            self,
            reported=before.reported,
            last_evaluated_s=before.last_evaluated_s,
            clock=before.clock,
            clock_step_s=before.clock_step_s,
            charged=self.seen if swapped else _later(self.charged, before.charged),
        )

    def charged_s(self, end: Moment) -> float:
        """Returns for how long it is held to be the same vehicle until then, s."""
        stood_s = self.standing_s(end)
        charged_s = stood_s if self.charged is None else end.elapsed_since(self.charged)
        return max(0.0, min(stood_s, charged_s or 0.0))

    def dated_by(self, now: Moment) -> "OpenStay":
        """Returns the stay with its times corrected by a clock that was set since it began."""
        step_s = clock_step_s(self.clock, now) if self.clock else 0.0
        charged = self.charged and self.charged.corrected(now)
        return structs.replace(
            self,
            entered=self.entered.corrected(now),
            seen=self.seen.corrected(now),
            left=self.left and self.left.corrected(now),
            clock=now,
            clock_step_s=self.clock_step_s + step_s,
            charged=self.seen.corrected(now) if step_s else charged,
        )


def _later(one: Moment | None, other: Moment | None) -> Moment | None:
    return max((each for each in (one, other) if each), key=lambda each: each.mono_s, default=None)


def suspect(zone: Zone, stay: OpenStay, adjacent: AdjacentVehicle | None) -> tuple[OpenStay, tuple[Event, ...]]:
    """Told once past the limit and, where there is a grace, once after it. Only what was seen counts: a vehicle that
    leaves shortly before its limit is known to have left after it.

    By a rule it is told once under each order, as in a bay; by the zone's own hours anew in the next ones.
    """
    end = stay.left or stay.seen
    holds = _held_against(zone, stay, adjacent)
    if holds is None:
        return stay, ()
    reported = {} if zone.options.rule is None and _in_next_hours(zone, stay, end) else stay.reported
    found = tuple(breaches(holds, reported))
    reported = reported | {breach.holds.key: breach.stage for breach in found}
    stay = structs.replace(stay, reported=reported, last_evaluated_s=end.unix_s)
    return stay, tuple(_event(zone, stay, end, breach, adjacent) for breach in found)


def wake_at_s(zone: Zone, stay: OpenStay, now: Moment, adjacent: AdjacentVehicle | None) -> Iterator[float]:
    """`mono_s` at which more may be told of a stay."""
    holds = _held_against(zone, stay, adjacent)
    if holds is not None and (more_s := left_s(holds, stay.reported)) is not None:
        yield now.mono_s + max(_PAUSE_S, more_s)
    changes_s = next_change_s(zone.order, now.unix_s)
    if changes_s is not None:
        yield now.mono_s + changes_s - now.unix_s


def _held_against(zone: Zone, stay: OpenStay, adjacent: AdjacentVehicle | None) -> Applicable | None:
    """What applies to the vehicle when it was seen last; None: nothing, or it stands along nobody."""
    if zone.options.beside and adjacent is None:
        return None
    holds = held_by_any_clock(zone.order, _standing(stay, adjacent), stay.clock_step_s)
    return holds and structs.replace(holds, counted_s=round(holds.counted_s, _DECIMALS))


def _standing(stay: OpenStay, adjacent: AdjacentVehicle | None) -> Standing:
    """What may be held against the vehicle: the time that it was seen there, and that another one stood beside it."""
    end = stay.left or stay.seen
    seen_s = stay.charged_s(end)
    neighbour_s = end.elapsed_since(adjacent.since) if adjacent else None
    if neighbour_s is not None:
        seen_s = min(seen_s, max(0.0, neighbour_s))
    entered_s = end.unix_s - seen_s if end.trusted else None
    return Standing(seen_s, end.unix_s, entered_s, stay.vehicle)


def _in_next_hours(zone: Zone, stay: OpenStay, now: Moment) -> bool:
    """Whether hours have ended since the stay counted last."""
    before_s, now_s = stay.last_evaluated_s, now.unix_s
    if before_s is None or before_s >= now_s:
        return False
    return list(zone.order.terms.windows.spans(before_s, now_s)) != [(before_s, now_s)]


def _event(zone: Zone, stay: OpenStay, end: Moment, breach: Breach, adjacent: AdjacentVehicle | None) -> Event:
    """Dated when the threshold was passed, where the time that counts has no gaps; else when it was seen beyond it."""
    over_s = breach.holds.counted_s - breach.threshold_s if breach.holds.terms.outside == "restart" else 0.0
    at = end.shifted_to(end.mono_s - over_s)
    return event(_suspected(zone, stay, end, breach, adjacent), zone.name, at)


def _suspected(
    zone: Zone, stay: OpenStay, now: Moment, breach: Breach, adjacent: AdjacentVehicle | None
) -> KerbSuspected:
    """`doubt` is 1 minus the detector's best score; that one vehicle stood there all the time is not proven by it."""
    authorisation, holds, terms = zone.kerb.authorisation, breach.holds, breach.holds.terms
    return KerbSuspected(
        zone=zone.name,
        category=terms.category,
        article=terms.offence.article,
        fine_class=terms.offence.fine_class,
        law=terms.offence.law,
        statement=statement(breach),
        wording="suspected",
        stage=breach.stage,
        vehicle=stay.vehicle,
        suspected_since=rfc3339(stay.entered.unix_s),
        standing_s=round(stay.standing_s(now), 3),
        charge_s=round(stay.charged_s(now), 3),
        counted_s=round(holds.counted_s, 3),
        limit_s=float(terms.limit_s or 0.0),
        grace_s=float(terms.grace_s),
        rule=terms.rule or None,
        order=holds.order,
        order_digest=zone.order.version,
        exempt=terms.exempt,
        evidence=adjacent.evidence if adjacent and zone.options.beside else "camera",
        doubt=round(1.0 - stay.score, 3),
        authorisation=authorisation.reference if authorisation else None,
        simulated=authorisation is not None and authorisation.simulated,
    )
