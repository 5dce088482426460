"""Overstays: those that were due, and those of nobody."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.trades.parking.sensors.source import LATE_S
from month.judge import Span, Told, Verdict
from month.law import exceeds_s
from month.rows import percent
from month.sensors import FAMILIES, family_of
from month.truth import USES, Visit, use_of


class Overstay(Struct, frozen=True):
    """A visit that was to be told and was not, or one that was told and did not exceed its limit."""

    bay: int
    family: str
    rule: str
    clear: bool
    continuity: str
    at_s: float
    visit: Visit | None


Times = Callable[[Told], Sequence[tuple[str, float]]]
"""Which of the overstays that were told of a stay are judged: stage and when."""


def row(verdicts: Mapping[int, Verdict], unset: Mapping[int, Sequence[Span]] | None = None) -> dict[str, Any]:
    """Found and false, of those that were told as proven and of all that were told, be it as presumed.

    One is due when the limit is exceeded by as much as can be told; it is false when no vehicle has stood there for the
    limit, by the second. What is told as proven must never be false, whether vehicles can be told apart or not.

    Args:
        unset: by bay, when no clock could tell whether an order with hours holds: then nobody is accused.
    """
    proven = _judged(verdicts, unset or {}, lambda stay: stay.overstays)
    presumed = _judged(verdicts, unset or {}, lambda stay: (*stay.overstays, *stay.presumed))
    false = proven["false"] + proven["false_where_vehicles_could_not_be_told_apart"]
    return {
        "target": "100 % found of those with a certain stay, 0 false, of those that are told as proven",
        "met": proven["found_percent"] in {None, 100.0} and not false,
        "proven": proven,
        "presumed": presumed,
    }


def _judged(verdicts: Mapping[int, Verdict], unset: Mapping[int, Sequence[Span]], times: Times) -> dict[str, Any]:
    """Returns the row of one kind. "of_all_that_can_be_told_apart" asks nothing of what the pole has said of a stay."""
    due: list[tuple[Overstay, bool]] = []
    told = 0
    false: list[Overstay] = []
    for bay, verdict in verdicts.items():
        due += _due(bay, verdict, unset.get(bay, ()), times)
        for stay, number in [*((s, n) for n, s in verdict.pairs), *((s, None) for s in verdict.invented)]:
            at = [at_s for stage, at_s in times(stay) if stage == "limit"]
            told += len(at)
            false += [_overstay(bay, verdict, number, stay, t) for t in at if not _exceeded(bay, verdict, number, t)]
    certain = [each for each in due if each[0].continuity == "certain"]
    apart = [each for each in false if each.clear]
    return {
        **_found(certain),
        "of_all_that_can_be_told_apart": _found([each for each in due if each[0].clear]),
        "told": told,
        "false": len(apart),
        "false_where_vehicles_could_not_be_told_apart": len(false) - len(apart),
        "examples": [_as_json(each) for each in apart[:9]],
        "examples_where_not_apart": [_as_json(each) for each in false if not each.clear][:9],
    }


def _due(bay: int, verdict: Verdict, unset: Sequence[Span], times: Times) -> list[tuple[Overstay, bool]]:
    """Visits that exceed their limit by as much as both their ends take to be seen for certain; whether it was told."""
    kind, stays, due = FAMILIES[family_of(bay)], dict(verdict.pairs), []
    by_s = 2 * kind.apart_s if kind.measures else kind.apart_s + LATE_S
    for number, visit in enumerate(verdict.visits):
        at_s, stay = exceeds_s(use_of(bay), visit, by_s), stays.get(number)
        if (
            at_s is None
            or _no_clock(bay, visit, at_s, unset)
            or (stay is None and not verdict.clear[number])
            or (stay and stay.left_s is None)
        ):
            continue
        one = _overstay(bay, verdict, number, stay, at_s)
        due.append((one, stay is not None and bool(times(stay))))
    return due


def _no_clock(bay: int, visit: Visit, at_s: float, unset: Sequence[Span]) -> bool:
    """Whether none was right from the moment at which it had to be told to the end of the visit."""
    hours = USES[use_of(bay)].hours
    return hours is not None and any(begin_s <= at_s and visit.leaves_s <= end_s for begin_s, end_s in unset)


def _found(due: Sequence[tuple[Overstay, bool]]) -> dict[str, Any]:
    missed = [each for each, found in due if not found]
    return {
        "due": len(due),
        "found_percent": percent(len(due) - len(missed), len(due)),
        "missed": [_as_json(each) for each in missed[:9]],
    }


def _exceeded(bay: int, verdict: Verdict, number: int | None, at_s: float) -> bool:
    """Whether a vehicle that stands there at that time, or the one whose stay it is, has stood for too long."""
    near = [visit for visit in verdict.visits if visit.arrives_s <= at_s < visit.leaves_s]
    near += [verdict.visits[number]] if number is not None else []
    limits = [limit_s for visit in near if (limit_s := exceeds_s(use_of(bay), visit)) is not None]
    return any(limit_s <= at_s for limit_s in limits)


def _overstay(bay: int, verdict: Verdict, number: int | None, stay: Told | None, at_s: float) -> Overstay:
    clear = number is not None and verdict.clear[number]
    visit = None if number is None else verdict.visits[number]
    continuity = stay.continuity if stay else "not told"
    return Overstay(bay, family_of(bay), use_of(bay), clear, continuity, at_s, visit)


def _as_json(each: Overstay) -> str:
    span = f"{each.visit.arrives_s:.0f}..{each.visit.leaves_s:.0f}" if each.visit else "nobody"
    return f"b{each.bay} {each.family} {each.rule} {each.continuity}: {span} at {each.at_s:.0f} s"
