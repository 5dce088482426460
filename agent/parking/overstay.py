"""Stays that last longer than the order of their bay allows (pure)."""

from collections.abc import Sequence

from msgspec import structs

from agent.clock import Moment
from agent.events import Event
from agent.parking import fusion, news
from agent.parking.order import Claim, claim, next_change_s
from agent.parking.state import Bay, BayState
from agent.parking.stay import BayStay, Stage, entered_unix_s, length


def overstayed(bay: Bay, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Only a vehicle that is seen now is accused: not in silence, not before the first reading after a restart."""
    stay = state.stay
    until = _seen_until(bay, state, now)
    if stay is None or until is None:
        return state
    holds = _claim(bay, stay, until)
    while holds is not None and (threshold_s := _threshold_s(holds, stay)) is not None:
        if holds.counted_s < threshold_s:
            break
        stay = structs.replace(stay, told=stay.told | {holds.key: _next(holds, stay)})
        said = fusion.states(bay.sources, state.watch.heard, now)
        evidence = fusion.evidence(bay.sources, said)
        events.append(news.overstay(bay.name, stay, holds, length(stay, until), evidence=evidence, now=now))
    return state if stay is state.stay else structs.replace(state, stay=stay)


def _seen_until(bay: Bay, state: BayState, now: Moment) -> Moment | None:
    """Until when the vehicle was seen: by a source that tells changes until now, by one that measures until its last
    reading. None: it is not."""
    lead = fusion.leading(bay.sources, state.watch.heard, now)
    if lead is None or state.silent:
        return None
    heard = state.watch.heard[lead.name]
    if not heard.says:
        return None
    return now if lead.tells_changes else heard.last


def _claim(bay: Bay, stay: BayStay, until: Moment) -> Claim | None:
    """What holds for the stay; None: nothing, it is exempt, or only a clock could tell."""
    if stay.exempt:
        return None
    if bay.order.timeless:
        terms = bay.order.terms
        return None if terms.limit_s is None else Claim(terms, length(stay, until).seconds)
    return claim(bay.order, entered_unix_s(stay, until), until.unix_s) if until.trusted else None


def _next(holds: Claim, stay: BayStay) -> Stage:
    return "grace" if stay.told.get(holds.key) else "limit"


def _threshold_s(holds: Claim, stay: BayStay) -> float | None:
    """How much must count when the next overstay is told; None while none can be."""
    limit_s, told = holds.terms.limit_s, stay.told.get(holds.key)
    if limit_s is None or told == "grace":
        return None
    if not told:
        return limit_s
    return limit_s + holds.terms.grace_s if holds.terms.grace_s > 0 else None


def due_s(bay: Bay, state: BayState, now: Moment) -> Sequence[float]:
    """When a source that tells changes lets a stay reach its next threshold, or another order may hold. One that
    measures is judged with its next reading."""
    stay, until = state.stay, _seen_until(bay, state, now)
    if stay is None or until is not now:
        return ()
    holds, due = _claim(bay, stay, now), []
    if holds is not None and (threshold_s := _threshold_s(holds, stay)) is not None:
        due.append(now.mono_s + max(0.0, threshold_s - holds.counted_s))
    if now.trusted and (change_s := next_change_s(bay.order, now.unix_s)) is not None:
        due.append(now.mono_s + change_s - now.unix_s)
    return due
