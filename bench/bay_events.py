"""What a bay tells, where little of it matters: for tests of its figures, and their measurement."""

from typing import Any, Literal

from agent.regulation import ExceededStage
from agent.trades.parking.event_types import BayFreed, BayKnown, BayOccupied, BayOverstay, BayUnknown, Evidence, State

NOTHING: dict[str, Any] = {
    "rule": None,
    "order": None,
    "limit_s": None,
    "grace_s": 0.0,
    "limit_applies": True,
    "order_digest": "0",
    "place": None,
}
"""What is ordered of a bay without a rule."""


def occupied(evidence: Evidence = "bay_sensor") -> BayOccupied:
    return BayOccupied(
        stay="s", category="general", **NOTHING, no_return_until=None, uncertainty_s=0.0, evidence=evidence
    )


def freed(stood_s: float | None, evidence: Evidence = "bay_sensor") -> BayFreed:
    """Builds the event of a bay that is freed after `stood_s`; None: nobody knows how long."""
    return BayFreed(
        stay="s",
        entered_at=None,
        continuity="certain",
        duration_s=stood_s or 0.0,
        duration_exact=stood_s is not None,
        charge_s=stood_s or 0.0,
        uncertainty_s=0.0,
        category="general",
        **NOTHING,
        overstayed=False,
        evidence=evidence,
    )


def overstay(
    stage: ExceededStage = "limit",
    evidence: Literal["bay_sensor", "camera", "both"] = "bay_sensor",
    *,
    told_before: bool = False,
) -> BayOverstay:
    return BayOverstay(
        stay="s",
        entered_at=None,
        continuity="certain",
        stage=stage,
        standing_s=600.0,
        standing_exact=True,
        charge_s=600.0,
        told_before=told_before,
        charge_since=None,
        longest_gap_s=1.0,
        clock_source="none",
        clock_error_s=None,
        clock_kept_by=None,
        clock_reference=None,
        clock_updated_at=None,
        clock_authenticated=None,
        sensor_conditions=(),
        counted_s=600.0,
        limit_s=600.0,
        grace_s=0.0,
        category="general",
        article=None,
        fine_class=None,
        law=None,
        statement="suspected: stands longer than 10 min, which the order of the place allows",
        rule=None,
        order=None,
        order_digest="0",
        user=None,
        place=None,
        exempt=(),
        wording="suspected",
        evidence=evidence,
    )


def unknown() -> BayUnknown:
    return BayUnknown(last_state=None, silent_s=None, stay=None)


def known(state: State, evidence: Evidence = "bay_sensor") -> BayKnown:
    return BayKnown(state=state, stay=None, evidence=evidence)
