"""Builds the events of a bay (pure)."""

from collections.abc import Mapping
from typing import Any

from agent.clock import Moment
from agent.events import (
    BAY_DISAGREEMENT,
    BAY_FREED,
    BAY_KNOWN,
    BAY_OCCUPIED,
    BAY_OVERSTAY,
    BAY_UNKNOWN,
    Event,
    Priority,
)
from agent.trades.parking.fusion import Evidence
from agent.trades.parking.options import BayCategory
from agent.trades.parking.order import Applicable, Terms
from agent.trades.parking.source import Kind
from agent.trades.parking.stay import BayStay, Length, length


def occupied(name: str, terms: Terms | None, stay: BayStay, evidence: Kind) -> Event:
    """A stay begins, at its entry, under `terms`; None: a temporary order lifts the rule."""
    data = {
        "stay": stay.key,
        "category": terms.category if terms else None,
        "limit_s": _rounded(terms.limit_s) if terms else None,
        "uncertainty_s": _rounded(stay.gap_s),
        "evidence": evidence,
    }
    return Event(type=BAY_OCCUPIED, subject=name, at=stay.entered, data=data)


def freed(
    name: str, category: BayCategory, stay: BayStay, left: Moment, *, gap_s: float | None, evidence: Kind
) -> Event:
    """A stay ends, at the first free reading.

    `duration_s` is exact, or with `duration_exact` false what is certain at least; it is too long by `uncertainty_s`
    at most at its end, and too short by as much as the gap before its entry; null: nobody knows.
    """
    lasted = length(stay, left)
    unsure_s = None if gap_s is None or stay.gap_s is None else gap_s + stay.gap_s
    data = _standing(stay) | {
        "duration_s": _rounded(lasted.seconds),
        "duration_exact": lasted.exact,
        "uncertainty_s": _rounded(unsure_s),
        "category": category,
        "overstayed": stay.stage != "",
        "evidence": evidence,
    }
    return Event(type=BAY_FREED, subject=name, at=left, data=data)


def overstay(name: str, stay: BayStay, holds: Applicable, lasted: Length, *, evidence: Evidence, now: Moment) -> Event:
    """The limit is reached, or the grace after it: suspected, by a sensor that sees a vehicle and not which one."""
    terms = holds.terms
    data = _standing(stay) | {
        "stage": stay.reported_stage[holds.key],
        "standing_s": _rounded(lasted.seconds),
        "standing_exact": lasted.exact,
        "counted_s": _rounded(holds.counted_s),
        "limit_s": _rounded(terms.limit_s),
        "grace_s": _rounded(terms.grace_s),
        "category": terms.category,
        "article": terms.offence.article,
        "class": terms.offence.fine_class,
        "rule": terms.rule or None,
        "order": holds.order,
        "exempt": terms.exempt,
        "wording": "suspected",
        "evidence": evidence,
    }
    return Event(type=BAY_OVERSTAY, subject=name, at=now, data=data, priority=Priority.ALARM)


def disagreement(name: str, active: bool, said: Mapping[str, bool], decided_by: str | None, now: Moment) -> Event:
    """The sources of a bay contradict each other, or no longer."""
    data = {
        "active": active,
        "sources": {source: _state(is_occupied) for source, is_occupied in said.items()},
        "decided_by": decided_by,
    }
    return Event(type=BAY_DISAGREEMENT, subject=name, at=now, data=data)


def unknown(name: str, was_occupied: bool | None, stay: BayStay | None, source_state: Moment, now: Moment) -> Event:
    """The sensor tells nothing any more; a stay goes on."""
    data = {
        "last_state": _state(was_occupied),
        "silent_s": _rounded(now.elapsed_since(source_state)),
        "stay": stay.key if stay else None,
    }
    return Event(type=BAY_UNKNOWN, subject=name, at=now, data=data)


def known(name: str, is_occupied: bool, stay: BayStay | None, now: Moment, evidence: Kind) -> Event:
    """The state is known without a change: the first free reading of a bay, or the same state after a silence."""
    data = {"state": _state(is_occupied), "stay": stay.key if stay else None, "evidence": evidence}
    return Event(type=BAY_KNOWN, subject=name, at=now, data=data)


def _standing(stay: BayStay) -> dict[str, Any]:
    """`entered_at` is null where the clock was not set: only a time that is right is worth telling."""
    entered = stay.entered.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "stay": stay.key,
        "entered_at": entered if stay.entered.trusted else None,
        "continuity": stay.continuity,
    }


def _state(is_occupied: bool | None) -> str | None:
    return None if is_occupied is None else "occupied" if is_occupied else "free"


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds), 3)
