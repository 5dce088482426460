"""Stays that last longer than the order of their bay allows (pure)."""

from collections.abc import Sequence

from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.regulation import Standing, breaches, held_against, held_by_any_clock, left_s, next_change_s, tells_time
from agent.trades.parking.sensors.source import Source, backlog_left_s
from agent.trades.parking.stays import events as bay_events
from agent.trades.parking.stays import fusion
from agent.trades.parking.stays.evidence import Beside
from agent.trades.parking.stays.state import Bay, BayState, charge_s, grounds
from agent.trades.parking.stays.stay import BayStay, entered_unix_s, farther, length, total_clock_step_s

CLOCK_LOOK_S = 60.0
"""How often it is looked whether the clock is set, where only a clock can tell what holds."""


def overstayed(
    bay: Bay, lead: Source | None, state: BayState, now: Moment, events: list[Event], *, beside: Beside
) -> BayState:
    """Adds the overstays that are due to `events`, and returns the state that remembers them. Only a vehicle that is
    seen now may overstay: not in silence, not before the first reading after a restart, not while newer readings of its
    sensor are on their way, and not in a closed bay.

    Args:
        lead: the source that decides.
        beside: what a claim is to be weighed by.
    """
    sees = _sees(lead, state)
    if state.stay is None or sees is None or state.closed or backlog_left_s(state.runtime.sources[sees.name], now) > 0:
        return state
    state = _proven(bay, sees, state, now, events, beside=beside)
    return _presumed(bay, sees, state, now, events) if bay.tells_presumed else state


def _proven(bay: Bay, sees: Source, state: BayState, now: Moment, events: list[Event], *, beside: Beside) -> BayState:
    """Adds the overstays for which it is proven that one and the same vehicle stands there. What was told of an earlier
    charge was of another vehicle, for all that anybody knows."""
    stay, charge = state.stay, state.runtime.charge
    until = _borne_out_until(state, sees)
    if stay is None or charge is None or until is None:
        return state
    charged_s = until.mono_s - charge.began.mono_s
    if charged_s < bay.order.shortest_limit_s:
        return state
    entered_s = until.unix_s - charged_s if until.trusted else None
    standing = Standing(charged_s, until.unix_s, entered_s, exempt_by=stay.exempt_by)
    holds = held_by_any_clock(bay.order, standing, total_clock_step_s(stay, until))
    for breach in breaches(holds, charge.told) if holds else ():
        charge = structs.replace(charge, told=charge.told | {breach.holds.key: breach.stage})
        seen_by, ordered = _evidence(bay, state, stay, now), bay.ordered(now)
        told = bay_events.overstay(
            bay.name, stay, breach, charge, until, ordered=ordered, evidence=seen_by, now=now, beside=beside()
        )
        events.append(told)
        stay = structs.replace(stay, reported_stage=farther(stay.reported_stage, charge.told))
    if stay is state.stay:
        return state
    return structs.replace(state, stay=stay, runtime=structs.replace(state.runtime, charge=charge))


def _presumed(bay: Bay, sees: Source, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Adds those of the stay itself, where it is not proven that it is of one vehicle."""
    stay, until = state.stay, _seen_until(state, sees, now)
    if stay is None or until is None:
        return state
    stood_s = _stood_s(stay, until)
    if stood_s < bay.order.shortest_limit_s or not (why := grounds(bay, state, sees)):
        return state
    holds = held_against(bay.order, _standing(bay, stay, until, stood_s, _entered_s(stay, until)))
    for breach in breaches(holds, stay.farthest_stage) if holds else ():
        told = stay.presumed_stage | {breach.holds.key: breach.stage}
        stay = structs.replace(stay, presumed_stage=told, charge_s=charge_s(state))
        seen_by, ordered = _evidence(bay, state, stay, now), bay.ordered(now)
        events.append(
            bay_events.overstay_presumed(bay.name, stay, breach, why, until, ordered=ordered, evidence=seen_by, now=now)
        )
    return state if stay is state.stay else structs.replace(state, stay=stay)


def _evidence(bay: Bay, state: BayState, stay: BayStay, now: Moment) -> fusion.Evidence:
    seen_by = fusion.evidence(bay.sources, fusion.states(bay.sources, state.runtime.sources, now))
    return fusion.also_by_camera(seen_by, stay)


def _borne_out_until(state: BayState, sees: Source) -> Moment | None:
    """Returns until when the charge is borne out; None: it is not now.

    By the last look, before which a sensor that decides itself may have been about to say that the vehicle has left; of
    one whose single readings prove nothing by the last look but one.
    """
    charge, samples = state.runtime.charge, state.runtime.sources[sees.name].samples
    if charge is None or charge.source != sees.name:
        return None
    if sees.needed == 1:
        return charge.until.shifted_to(charge.until.mono_s - sees.tells_within_s)
    last = samples[-2:]
    return last[0].at if len(last) == 2 and all([each.occupied for each in last]) else None


def _sees(lead: Source | None, state: BayState) -> Source | None:
    """The source that decides, if it sees the vehicle."""
    return lead if lead and not state.silent and state.runtime.sources[lead.name].says else None


def _seen_until(state: BayState, sees: Source, now: Moment) -> Moment | None:
    """Returns until when the vehicle was seen; None: it is not.

    By a source that tells changes until now, but for its delay; by one that measures until its last reading, or where
    one alone proves nothing the last but one, which the last bears out.
    """
    source_state, votes = state.runtime.sources[sees.name], min(sees.needed, 2)
    if backlog_left_s(source_state, now) > 0:
        return None
    if sees.tells_changes:
        return now.shifted_to(now.mono_s - sees.late_s)
    samples = source_state.samples[-votes:]
    return samples[0].at if len(samples) == votes and all([each.occupied for each in samples]) else None


def _standing(bay: Bay, stay: BayStay, until: Moment, seen_s: float, entered_s: float) -> Standing:
    """What may be held against the vehicle of a stay; no sensor of a bay tells of which class it is.

    Args:
        seen_s: how long it is held to have stood there,
        entered_s: and since when, unix seconds, where the clock tells.
    """
    tells = not bay.order.timeless and tells_time(until, total_clock_step_s(stay, until))
    return Standing(seen_s, until.unix_s, entered_s if tells else None, exempt_by=stay.exempt_by)


def _entered_s(stay: BayStay, until: Moment) -> float:
    return entered_unix_s(stay, until) + stay.benefit_of_doubt_s


def _stood_s(stay: BayStay, until: Moment) -> float:
    """What of the stay may be held to be of one vehicle, s."""
    return max(0.0, length(stay, until).seconds - stay.benefit_of_doubt_s)


def wake_at_s(bay: Bay, lead: Source | None, state: BayState, now: Moment) -> Sequence[float]:
    """Returns when to look next, monotonic seconds: when a source that tells changes lets a stay that is presumed reach
    its next threshold, or another order may hold. What is proven is judged with the next reading, and so is what a
    source says that measures."""
    stay, sees = state.stay, _sees(lead, state)
    if stay is None or sees is None or state.closed or not sees.tells_changes or not bay.tells_presumed:
        return ()
    if not grounds(bay, state, sees):
        return ()
    until = _seen_until(state, sees, now)
    if until is None:
        return [now.mono_s + backlog_left_s(state.runtime.sources[sees.name], now)]
    standing, due = _standing(bay, stay, until, _stood_s(stay, until), _entered_s(stay, until)), []
    holds = held_against(bay.order, standing)
    if holds is not None and (more_s := left_s(holds, stay.farthest_stage)) is not None:
        due.append(now.mono_s + more_s)
    if bay.order.timeless:
        return due
    if standing.entered_s is None:
        return [now.mono_s + CLOCK_LOOK_S]
    if (change_s := next_change_s(bay.order, until.unix_s)) is not None:
        due.append(now.mono_s + change_s - until.unix_s)
    return due
