"""Stays that last longer than the order of their bay allows (pure)."""

from collections.abc import Sequence

from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.trades.parking import events as bay_events
from agent.trades.parking import fusion
from agent.trades.parking.order import Applicable, applicable, next_change_s
from agent.trades.parking.source import Source, backlog_left_s
from agent.trades.parking.state import Bay, BayState
from agent.trades.parking.stay import BayStay, Stage, clock_step_s, entered_unix_s, length

CLOCK_WRONG_S = 60.0
"""A clock that was set by more while a vehicle stands there was wrong before or is so now."""

CLOCK_LOOK_S = 60.0
"""How often it is looked whether the clock is set, where only a clock can tell what holds."""


def overstayed(bay: Bay, lead: Source | None, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Only a vehicle that is seen now may overstay: not in silence, not before the first reading after a restart, and
    not while newer readings of its sensor are on their way.

    Args:
        lead: the source that decides.
    """
    stay = state.stay
    until = None if stay is None else _seen_until(state, _sees(lead, state), now)
    if stay is None or until is None or _proven_s(stay, until) < bay.order.shortest_limit_s:
        return state
    holds = _applicable(bay, stay, until)
    while holds is not None and (threshold_s := _threshold_s(holds, stay)) is not None:
        if holds.counted_s < threshold_s:
            break
        stay = structs.replace(stay, reported_stage=stay.reported_stage | {holds.key: _next_stage(holds, stay)})
        said = fusion.states(bay.sources, state.runtime.sources, now)
        evidence = fusion.evidence(bay.sources, said)
        events.append(bay_events.overstay(bay.name, stay, holds, length(stay, until), evidence=evidence, now=now))
    return state if stay is state.stay else structs.replace(state, stay=stay)


def _sees(lead: Source | None, state: BayState) -> Source | None:
    """The source that decides, if it sees the vehicle."""
    return lead if lead and not state.silent and state.runtime.sources[lead.name].says else None


def _seen_until(state: BayState, sees: Source | None, now: Moment) -> Moment | None:
    """Until when the vehicle was seen; None: it is not.

    By a source that tells changes until now, but for its delay; by one that measures until its last reading, or where
    one alone proves nothing the last but one, which the last bears out.
    """
    if sees is None or backlog_left_s(state.runtime.sources[sees.name], now) > 0:
        return None
    if sees.tells_changes:
        return now.shifted_to(now.mono_s - sees.late_s)
    samples = state.runtime.sources[sees.name].samples[-min(sees.needed, 2) :]
    return samples[0].at if len(samples) == min(sees.needed, 2) and all([each.occupied for each in samples]) else None


def _applicable(bay: Bay, stay: BayStay, until: Moment) -> Applicable | None:
    """What holds for the stay; None: nothing, it is exempt of that, or only a clock could tell."""
    holds = _held_against(bay, stay, until)
    return None if holds is None or holds.terms.rule in stay.exempt_by else holds


def _held_against(bay: Bay, stay: BayStay, until: Moment) -> Applicable | None:
    """Whether or not it is exempt."""
    if bay.order.timeless:
        terms = bay.order.terms
        return None if terms.limit_s is None else Applicable(terms, _proven_s(stay, until))
    if _clock_unknown(stay, until):
        return None
    return applicable(bay.order, min(entered_unix_s(stay, until) + stay.benefit_of_doubt_s, until.unix_s), until.unix_s)


def _clock_unknown(stay: BayStay, until: Moment) -> bool:
    """Whether nobody knows what time it is: the clock is not set, or is no longer the one of the entry."""
    return not until.trusted or abs(clock_step_s(stay, until)) > CLOCK_WRONG_S


def _proven_s(stay: BayStay, until: Moment) -> float:
    return max(0.0, length(stay, until).seconds - stay.benefit_of_doubt_s)


def _next_stage(holds: Applicable, stay: BayStay) -> Stage:
    return "grace" if stay.reported_stage.get(holds.key) else "limit"


def _threshold_s(holds: Applicable, stay: BayStay) -> float | None:
    """How much must count when the next overstay is told; None while none can be."""
    limit_s, told = holds.terms.limit_s, stay.reported_stage.get(holds.key)
    if limit_s is None or told == "grace":
        return None
    if not told:
        return limit_s
    return limit_s + holds.terms.grace_s if holds.terms.grace_s > 0 else None


def wake_at_s(bay: Bay, lead: Source | None, state: BayState, now: Moment) -> Sequence[float]:
    """When a source that tells changes lets a stay reach its next threshold, or another order may hold. One that
    measures is judged with its next reading."""
    stay, sees = state.stay, _sees(lead, state)
    if stay is None or sees is None or not sees.tells_changes:
        return ()
    until = _seen_until(state, sees, now)
    if until is None:
        return [now.mono_s + backlog_left_s(state.runtime.sources[sees.name], now)]
    holds, due = _applicable(bay, stay, until), []
    if holds is not None and (threshold_s := _threshold_s(holds, stay)) is not None:
        due.append(now.mono_s + max(0.0, threshold_s - holds.counted_s))
    if _clock_unknown(stay, until):
        return due if bay.order.timeless else [now.mono_s + CLOCK_LOOK_S]
    if (change_s := next_change_s(bay.order, until.unix_s)) is not None:
        due.append(now.mono_s + change_s - until.unix_s)
    return due
