"""Builds the events of a bay (pure)."""

from collections.abc import Mapping
from typing import Any

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.registry import event
from agent.regulation import Breach, Category, statement
from agent.trades.parking.event_types import (
    BayDisagreement,
    BayFreed,
    BayKnown,
    BayOccupied,
    BayOverstay,
    BayOverstayPresumed,
    BayRemoved,
    BayUnknown,
    Ground,
    State,
)
from agent.trades.parking.sensors.source import Kind
from agent.trades.parking.stays import evidence as evidences
from agent.trades.parking.stays.charge import Charge
from agent.trades.parking.stays.fusion import Evidence
from agent.trades.parking.stays.ordered import Ordered
from agent.trades.parking.stays.stay import BayStay, length


def occupied(name: str, ordered: Ordered, stay: BayStay, no_return_until: str | None, evidence: Kind) -> Event:
    """A stay begins, at its entry."""
    told = BayOccupied(
        stay=stay.key,
        category=ordered.category,
        **ordered.told(),
        no_return_until=no_return_until,
        uncertainty_s=_rounded_if_known(stay.gap_s),
        evidence=evidence,
    )
    return event(told, name, stay.entered)


def freed(
    name: str,
    category: Category,
    ordered: Ordered,
    stay: BayStay,
    left: Moment,
    *,
    gap_s: float | None,
    evidence: Evidence,
) -> Event:
    """A stay ends, at `left`, which `locate_change` has dated.

    `duration_s` is exact, or with `duration_exact` false what is certain at least; it is too long by `uncertainty_s`
    at most at its end, and too short by as much as the gap before its entry; null: nobody knows.
    """
    lasted = length(stay, left)
    unsure_s = None if gap_s is None or stay.gap_s is None else gap_s + stay.gap_s
    told = BayFreed(
        stay=stay.key,
        entered_at=_entered_at(stay),
        continuity=stay.continuity,
        duration_s=_rounded(lasted.seconds),
        duration_exact=lasted.exact,
        charge_s=_rounded(min(stay.charge_s, lasted.seconds)),
        uncertainty_s=_rounded_if_known(unsure_s),
        category=category,
        **ordered.told(),
        overstayed=stay.stage != "",
        evidence=evidence,
    )
    return event(told, name, left)


def overstay(
    name: str,
    stay: BayStay,
    breach: Breach,
    charge: Charge,
    until: Moment,
    *,
    ordered: Ordered,
    evidence: Evidence,
    now: Moment,
    beside: evidences.Evidence,
) -> Event:
    """The limit is reached, or the grace after it: suspected, by a sensor that sees a vehicle and not which one.

    Args:
        stay: as it was before this was told.
        until: when it was seen last for certain.
        beside: what the claim is to be weighed by.
    """
    offence = breach.holds.terms.offence
    told = BayOverstay(
        **_exceeding(ordered, stay, breach, until, charge_s=until.mono_s - charge.began.mono_s, evidence=evidence),
        told_before=stay.was_told(breach),
        charge_since=rfc3339(charge.began.unix_s) if charge.began.trusted else None,
        longest_gap_s=_rounded(charge.longest_gap_s),
        clock_source=beside.clock_source,
        clock_error_s=_rounded_if_known(beside.clock_error_s),
        clock_kept_by=beside.clock_kept_by,
        clock_reference=beside.clock_reference,
        clock_updated_at=None if beside.clock_updated_s is None else rfc3339(beside.clock_updated_s),
        clock_authenticated=beside.clock_authenticated,
        sensor_conditions=beside.sensor_conditions,
        article=offence.article,
        fine_class=offence.fine_class,
        law=offence.law,
        statement=statement(breach),
        wording="suspected",
    )
    return event(told, name, now)


def overstay_presumed(
    name: str,
    stay: BayStay,
    breach: Breach,
    grounds: tuple[Ground, ...],
    until: Moment,
    *,
    ordered: Ordered,
    evidence: Evidence,
    now: Moment,
) -> Event:
    """The bay is occupied for longer than the order allows, by one vehicle or by several.

    Args:
        stay: with the longest time for which it was proven to be one.
    """
    told = BayOverstayPresumed(
        **_exceeding(ordered, stay, breach, until, charge_s=stay.charge_s, evidence=evidence),
        grounds=grounds,
        wording="presumed",
    )
    return event(told, name, now)


def _exceeding(
    ordered: Ordered, stay: BayStay, breach: Breach, until: Moment, *, charge_s: float, evidence: Evidence
) -> dict[str, Any]:
    holds, terms, lasted = breach.holds, breach.holds.terms, length(stay, until)
    return {
        "stay": stay.key,
        "entered_at": _entered_at(stay),
        "continuity": stay.continuity,
        "stage": breach.stage,
        "standing_s": _rounded(lasted.seconds),
        "standing_exact": lasted.exact,
        "charge_s": _rounded(charge_s),
        "counted_s": _rounded(holds.counted_s),
        "limit_s": _rounded(terms.limit_s or 0.0),
        "grace_s": _rounded(terms.grace_s),
        "category": terms.category,
        "rule": terms.rule or None,
        "order": holds.order,
        "order_digest": ordered.order_digest,
        "user": terms.user,
        "place": ordered.place,
        "exempt": terms.exempt,
        "evidence": evidence,
    }


def removed(name: str, stay: BayStay, now: Moment) -> Event:
    """Nobody watches a stay any more."""
    lasted = length(stay, now)
    told = BayRemoved(
        stay=stay.key,
        entered_at=_entered_at(stay),
        continuity=stay.continuity,
        standing_s=_rounded(lasted.seconds),
        standing_exact=lasted.exact,
    )
    return event(told, name, now)


def disagreement(name: str, active: bool, said: Mapping[str, bool], decided_by: str | None, now: Moment) -> Event:
    """The sources of a bay contradict each other, or no longer."""
    sources = {source: _state(is_occupied) for source, is_occupied in said.items()}
    return event(BayDisagreement(active=active, sources=sources, decided_by=decided_by), name, now)


def unknown(name: str, was_occupied: bool | None, stay: BayStay | None, source_state: Moment, now: Moment) -> Event:
    """The sensor tells nothing any more; a stay goes on."""
    told = BayUnknown(
        last_state=None if was_occupied is None else _state(was_occupied),
        silent_s=_rounded_if_known(now.elapsed_since(source_state)),
        stay=stay.key if stay else None,
    )
    return event(told, name, now)


def known(name: str, is_occupied: bool, stay: BayStay | None, now: Moment, evidence: Kind) -> Event:
    """The state is known without a change: the first free reading of a bay, or the same state after a silence."""
    told = BayKnown(state=_state(is_occupied), stay=stay.key if stay else None, evidence=evidence)
    return event(told, name, now)


def _entered_at(stay: BayStay) -> str | None:
    """Returns when the stay was entered; None where the clock was not set: only a time that is right is worth
    telling."""
    return rfc3339(stay.entered.unix_s) if stay.entered.trusted else None


def _state(is_occupied: bool) -> State:
    return "occupied" if is_occupied else "free"


def _rounded(seconds: float) -> float:
    return round(float(seconds), 3)


def _rounded_if_known(seconds: float | None) -> float | None:
    return None if seconds is None else _rounded(seconds)
