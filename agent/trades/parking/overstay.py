"""Stays that last longer than the order of their bay allows (pure)."""

from collections.abc import Sequence

from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.regulation import Standing, breaches, held_against, left_s, next_change_s, tells_time
from agent.trades.parking import events as bay_events
from agent.trades.parking import fusion
from agent.trades.parking.source import Source, backlog_left_s
from agent.trades.parking.state import Bay, BayState
from agent.trades.parking.stay import BayStay, entered_unix_s, length, total_clock_step_s

CLOCK_LOOK_S = 60.0
"""How often it is looked whether the clock is set, where only a clock can tell what holds."""


def overstayed(bay: Bay, lead: Source | None, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Adds the overstays that are due to `events`, and returns the state that remembers them. Only a vehicle that is
    seen now may overstay: not in silence, not before the first reading after a restart, not while newer readings of its
    sensor are on their way, and not in a closed bay.

    Args:
        lead: the source that decides.
    """
    stay = state.stay
    until = None if stay is None else _seen_until(state, _sees(lead, state), now)
    if stay is None or until is None or state.closed or _proven_s(stay, until) < bay.order.shortest_limit_s:
        return state
    holds = held_against(bay.order, _standing(bay, stay, until))
    for breach in breaches(holds, stay.reported_stage) if holds else ():
        stay = structs.replace(stay, reported_stage=stay.reported_stage | {breach.holds.key: breach.stage})
        said = fusion.states(bay.sources, state.runtime.sources, now)
        evidence = fusion.evidence(bay.sources, said)
        lasted, ordered = length(stay, until), bay.ordered(now)
        told = bay_events.overstay(bay.name, ordered, stay, breach, lasted, evidence=evidence, now=now)
        events.append(told)
    return state if stay is state.stay else structs.replace(state, stay=stay)


def _sees(lead: Source | None, state: BayState) -> Source | None:
    """The source that decides, if it sees the vehicle."""
    return lead if lead and not state.silent and state.runtime.sources[lead.name].says else None


def _seen_until(state: BayState, sees: Source | None, now: Moment) -> Moment | None:
    """Returns until when the vehicle was seen; None: it is not.

    By a source that tells changes until now, but for its delay; by one that measures until its last reading, or where
    one alone proves nothing the last but one, which the last bears out.
    """
    if sees is None:
        return None
    source_state, votes = state.runtime.sources[sees.name], min(sees.needed, 2)
    if backlog_left_s(source_state, now) > 0:
        return None
    if sees.tells_changes:
        return now.shifted_to(now.mono_s - sees.late_s)
    samples = source_state.samples[-votes:]
    return samples[0].at if len(samples) == votes and all([each.occupied for each in samples]) else None


def _standing(bay: Bay, stay: BayStay, until: Moment) -> Standing:
    """What of the stay may be held against it; no sensor of a bay tells of which class its vehicle is."""
    entered_s = None
    if not bay.order.timeless and tells_time(until, total_clock_step_s(stay, until)):
        entered_s = entered_unix_s(stay, until) + stay.benefit_of_doubt_s
    return Standing(_proven_s(stay, until), until.unix_s, entered_s, exempt_by=stay.exempt_by)


def _proven_s(stay: BayStay, until: Moment) -> float:
    return max(0.0, length(stay, until).seconds - stay.benefit_of_doubt_s)


def wake_at_s(bay: Bay, lead: Source | None, state: BayState, now: Moment) -> Sequence[float]:
    """Returns when to look next, monotonic seconds: when a source that tells changes lets a stay reach its next
    threshold, or another order may hold. A source that measures is judged with its next reading."""
    stay, sees = state.stay, _sees(lead, state)
    if stay is None or sees is None or state.closed or not sees.tells_changes:
        return ()
    until = _seen_until(state, sees, now)
    if until is None:
        return [now.mono_s + backlog_left_s(state.runtime.sources[sees.name], now)]
    standing, due = _standing(bay, stay, until), []
    holds = held_against(bay.order, standing)
    if holds is not None and (more_s := left_s(holds, stay.reported_stage)) is not None:
        due.append(now.mono_s + more_s)
    if bay.order.timeless:
        return due
    if standing.entered_s is None:
        return [now.mono_s + CLOCK_LOOK_S]
    if (change_s := next_change_s(bay.order, until.unix_s)) is not None:
        due.append(now.mono_s + change_s - until.unix_s)
    return due
