"""The rule of one bay: what its sources say -> occupied or free -> stays -> events (pure)."""

from msgspec import UNSET, structs

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.regulation import EVERY_RULE, clock_step_s, terms_at
from agent.rule import Step
from agent.trades.parking.sensors.debounce import pending_samples, settles_s
from agent.trades.parking.sensors.source import Sample, Source, backlog_left_s, is_current, speaks_for_s
from agent.trades.parking.stays import events as bay_events
from agent.trades.parking.stays import fusion
from agent.trades.parking.stays import look as looks
from agent.trades.parking.stays.charge import proves
from agent.trades.parking.stays.evidence import Beside, Evidence
from agent.trades.parking.stays.overstay import overstayed
from agent.trades.parking.stays.overstay import wake_at_s as overstay_wake_at_s
from agent.trades.parking.stays.sources_update import is_outdated, settle_pending, update_sources
from agent.trades.parking.stays.state import (
    Bay,
    BayState,
    RuntimeState,
    charge_s,
    corrected,
    doubt,
    last_sample_at,
    put_back,
)
from agent.trades.parking.stays.stay import BayStay, length, mark_presumed, observe, start
from drivers.base import Reading

CHECKPOINT_S = 600.0
"""How often a state that does not change is confirmed in the store: after a power cut a stay is certain up to then."""

CLOCK_LOOK_S = 1.0
"""How often it is looked at whether the clock was set, at most."""

PERMIT = "permit/"
"""The names of documents that say something of single vehicles begin with it."""

TAG_S = 300.0
"""A tag is heard while its vehicle arrives: it belongs to a stay that begins so soon after it."""


def step(
    bay: Bay, state: BayState, now: Moment, reading: Reading | None, *, closed: bool = False, beside: Beside = Evidence
) -> Step[BayState]:
    """One reading, or none when only time has passed.

    A stay begins and ends with readings that enough others confirm and that hold, dated by `locate_change`.
    Suspect values and values that no sensor measures decide nothing. Silence and restarts change no stay; they leave a
    doubt on it, with which the time that is held against the vehicle begins anew.

    Args:
        closed: whether nobody is to stand there now: then nobody overstays.
        beside: what a claim is to be weighed by.
    """
    came = now if reading is None else now.shifted_to(now.mono_s + reading.delay_s)
    state = _note_clock(_rebase_clock(bay, state, came), came)
    heard, stood = state.runtime.sources, state.stay
    if reading is not None and is_outdated(state, now, reading):
        reading, now = None, came
    if reading is not None:
        state = update_sources(bay, state, now, reading)
    state = settle_pending(bay, state, now)
    lead = fusion.leading(bay.sources, state.runtime.sources, now)
    said = lead is not None and reading is not None and looks.says_so(lead, heard, state.runtime.sources, reading)
    missed = None if lead is None else looks.missed_departure(lead, heard, state.runtime.sources)
    if lead is not None and missed is not None and stood is not None:
        state, events = _split(bay, lead, state, now, missed)
    else:
        state, events = _apply_lead(bay, lead, state, now, said)
    if lead is not None and stood is not None and looks.is_look(lead, heard, state.runtime.sources):
        state = looks.look(bay, lead, state, now, stood)
    until_silent_s = _until_silent_s(bay, state, now)
    state = _check_silence(bay, state, now, until_silent_s, events)
    state = _check_disagreement(bay, state, now, events)
    state = _follow_documents(bay, _close(state, closed, now), now)
    state = overstayed(bay, lead, state, now, events, beside=beside)
    if reading is not None:
        state = _keep_pending(state)
    return Step(state, tuple(events), _wake_at_s(bay, lead, state, now, until_silent_s))


def _rebase_clock(bay: Bay, state: BayState, now: Moment) -> BayState:
    """The first look after a start: nothing has been heard yet, whatever was stored says, and who stood there may have
    left."""
    began = state.runtime.began
    if began is None or began.boot != now.boot:
        replaced = bool(state.seen_by) and state.seen_by != bay.seen_by
        state = structs.replace(put_back(state, now), runtime=RuntimeState(began=now), seen_by=bay.seen_by)
        return corrected(doubt(state, "sensor_replaced" if replaced else "restart", now), now)
    return state if began.trusted else corrected(state, now)


def _note_clock(state: BayState, now: Moment) -> BayState:
    """A clock that was set while a vehicle stands there."""
    before = state.runtime.clock
    step_s = clock_step_s(before, now) if before else 0.0
    if before is not None and not step_s and now.mono_s - before.mono_s < CLOCK_LOOK_S:
        return state
    state = doubt(state, "clock_step", now) if step_s else state
    return structs.replace(state, runtime=structs.replace(state.runtime, clock=now))


def _apply_lead(
    bay: Bay, lead: Source | None, state: BayState, now: Moment, said: bool
) -> tuple[BayState, list[Event]]:
    """What the leading source has for its state counts.

    Args:
        said: whether it has just said something of the bay.
    """
    events: list[Event] = []
    if lead is None:
        return state, events
    source_state = state.runtime.sources[lead.name]
    before, last_led = state.runtime.lead, state.runtime.sources.get(state.runtime.lead or "")
    if before != lead.name:
        state = structs.replace(state, runtime=structs.replace(state.runtime, lead=lead.name))
    if source_state.accepted == state.occupied:
        agrees = said and source_state.says == state.occupied
        return _confirm(bay, lead, state, now, events) if agrees else state, events
    turn = source_state.since or Sample(source_state.accepted is True, now, None)
    if last_led is not None and before != lead.name and last_led.last is not None:
        turn = Sample(source_state.accepted is True, now, now.elapsed_since(last_led.last))
        state = doubt(state, "source_changed", now)
    changed = _begin_stay if source_state.accepted else _end_stay
    stay, event = changed(bay, lead, state, turn)
    charge = looks.from_entry(bay, lead, state, turn, now) if source_state.accepted else None
    runtime = structs.replace(state.runtime, tagged=None, charge=charge)
    stays = state.stays + (1 if source_state.accepted else 0)
    state = structs.replace(
        state, occupied=source_state.accepted, confirmed=now, silent=False, stays=stays, runtime=runtime
    )
    if not source_state.accepted:
        state = structs.replace(state, left=turn.at)
    return structs.replace(state, stay=stay and observe(stay, now)), [event]


def _split(bay: Bay, lead: Source, state: BayState, now: Moment, left: Sample) -> tuple[BayState, list[Event]]:
    """One vehicle has left unheard, and another one has just come."""
    _, freed = _end_stay(bay, lead, state, left)
    arrival = Sample(True, now, lead.late_s)
    stay, occupied = _begin_stay(bay, lead, state, arrival)
    charge = looks.from_entry(bay, lead, state, arrival, now)
    runtime = structs.replace(state.runtime, tagged=None, charge=charge)
    stay = stay and observe(stay, now)
    state = structs.replace(state, confirmed=now, silent=False, stay=stay, stays=state.stays + 1, runtime=runtime)
    return state, [freed, occupied]


def _confirm(bay: Bay, lead: Source, state: BayState, now: Moment, events: list[Event]) -> BayState:
    if state.silent:
        events.append(bay_events.known(bay.name, state.occupied is True, state.stay, now, lead.kind))
    since_s = state.confirmed and now.elapsed_since(state.confirmed)
    restarted = state.confirmed is None or state.confirmed.boot != now.boot
    if not state.silent and not restarted and (since_s or 0.0) < CHECKPOINT_S:
        return state
    empty = {
        name: source_state.empty
        for name, source_state in state.runtime.sources.items()
        if source_state.empty is not None
    }
    stay = state.stay and structs.replace(observe(state.stay, now), charge_s=charge_s(state))
    return structs.replace(state, silent=False, confirmed=now, stay=stay, empty=state.empty | empty)


def _keep_pending(state: BayState) -> BayState:
    """Readings that a restart would cost."""
    before, pending = state.pending_samples, {}
    for name, source_state in state.runtime.sources.items():
        if samples := pending_samples(source_state):
            pending[name] = samples
    return state if pending == before else structs.replace(state, pending_samples=pending)


def _begin_stay(bay: Bay, lead: Source, state: BayState, turn: Sample) -> tuple[BayStay | None, Event]:
    since = turn.at
    benefit_of_doubt_s = (turn.proven.elapsed_since(since) if turn.proven else None) or 0.0
    stay = start(bay.name, since, turn.gap_s, benefit_of_doubt_s)
    stay = structs.replace(stay, came=state.runtime.sources[lead.name].samples)
    began = state.runtime.began
    before_restart = began is not None and (since.boot != began.boot or since.mono_s < began.mono_s)
    if before_restart or not proves(lead, bay.quickest_swap_s):
        stay = structs.replace(stay, continuity="presumed")  # another one may have come since
    if lead.kind == "camera":
        stay = structs.replace(stay, by_camera=True)
    tagged = state.runtime.tagged
    if tagged is not None and abs(since.elapsed_since(tagged.at) or 0.0) <= TAG_S:
        stay = structs.replace(stay, exempt_by=tagged.rules, tagged=True)
    until = _no_return_until(bay, state, since)
    return stay, bay_events.occupied(bay.name, bay.ordered(since), stay, until, lead.kind)


def _no_return_until(bay: Bay, state: BayState, since: Moment) -> str | None:
    """Returns until when whoever left last may not come back, where that is not over; None: it is, or anybody may."""
    terms, left = (terms_at(bay.order, since.unix_s) if since.trusted else None), state.left
    if terms is None or terms.no_return_s is None or left is UNSET or not left.trusted:
        return None
    until_s = left.unix_s + terms.no_return_s
    return rfc3339(until_s) if since.unix_s < until_s else None


def _end_stay(bay: Bay, lead: Source, state: BayState, turn: Sample) -> tuple[BayStay | None, Event]:
    if state.stay is None:
        return None, bay_events.known(bay.name, False, None, turn.at, lead.kind)
    category = bay.order.terms.category
    stay = looks.as_its_sensor_has_it(lead, state, structs.replace(state.stay, charge_s=charge_s(state)), turn.at)
    ordered, seen_by = bay.ordered(turn.at), fusion.also_by_camera(lead.kind, stay)
    return None, bay_events.freed(bay.name, category, ordered, stay, turn.at, gap_s=turn.gap_s, evidence=seen_by)


def _check_silence(
    bay: Bay, state: BayState, now: Moment, until_silent_s: float | None, events: list[Event]
) -> BayState:
    if state.silent or until_silent_s is None or until_silent_s > 0:
        return state
    last = last_sample_at(state) or state.runtime.began
    assert last is not None
    events.append(bay_events.unknown(bay.name, state.occupied, mark_presumed(state.stay), last, now))
    return structs.replace(doubt(state, "outage", last), silent=True)


def _close(state: BayState, closed: bool, now: Moment) -> BayState:
    """Closes or opens the bay; time up to the end of a closure is not held against the vehicle."""
    if closed == bool(state.closed):
        return state
    state = state if closed else _held_anew(state, now)
    return structs.replace(state, closed=True if closed else UNSET)


def _held_anew(state: BayState, now: Moment) -> BayState:
    """Time up to now is not held against the vehicle that stands there."""
    stay = state.stay
    stay = stay and structs.replace(stay, benefit_of_doubt_s=length(stay, now).seconds)
    return structs.replace(state, stay=stay, runtime=structs.replace(state.runtime, charge=None))


def _follow_documents(bay: Bay, state: BayState, now: Moment) -> BayState:
    """Another order from afar begins or ends: time up to then is not held against the vehicle."""
    now_said, before = bay.order.documents, state.documents or frozenset()
    if now_said == before:
        return state
    if any(not each.startswith(PERMIT) for each in now_said ^ before):
        state = _held_anew(state, now)
    if (stay := state.stay) is not None and stay.tagged:
        stay = structs.replace(stay, exempt_by=stay.exempt_by | _may_be_granted(bay, now_said - before))
    return structs.replace(state, stay=stay, documents=now_said or UNSET)


def _may_be_granted(bay: Bay, new: frozenset[str]) -> frozenset[str]:
    """Returns what new documents may grant to a vehicle whose tag was heard before: it is kept nowhere, so a permit may
    be its own, and so may a tag that the rule of an order exempts."""
    orders = (each for each in bay.order.temporary if each.key in new and each.terms is not None)
    rules = {each.terms.rule for each in orders if each.terms and (each.terms.exempt_tags or each.terms.users)}
    return frozenset(rules | ({EVERY_RULE} if any(each.startswith(PERMIT) for each in new) else set()))


def _until_silent_s(bay: Bay, state: BayState, now: Moment) -> float | None:
    """How long until no source speaks any more; None: one sees without end."""
    left: list[float] = []
    for source in bay.sources:
        source_state = state.runtime.sources.get(source.name)
        if source.silence_s is None:
            if source_state is not None and is_current(source, source_state, now):
                return None
            continue
        if source_state is None or source_state.last is None:
            began = state.runtime.began
            left.append(source.silence_s - ((now.elapsed_since(began) if began else None) or 0.0))
        else:
            left.append(max(speaks_for_s(source, source_state, now), backlog_left_s(source_state, now)))
    return max(left, default=None)


def _check_disagreement(bay: Bay, state: BayState, now: Moment, events: list[Event]) -> BayState:
    """Sources that contradict each other, and agree again, for as long as disagree_s."""
    if len(bay.sources) < 2:
        return state
    said = fusion.states(bay.sources, state.runtime.sources, now)
    if fusion.disagree(said) == state.disagreeing or len(said) < 2:
        return structs.replace(state, runtime=structs.replace(state.runtime, differ=None))
    differ = state.runtime.differ or now
    state = structs.replace(state, runtime=structs.replace(state.runtime, differ=differ))
    if (now.elapsed_since(differ) or 0.0) < bay.disagree_s:
        return state
    events.append(bay_events.disagreement(bay.name, not state.disagreeing, said, state.runtime.lead, now))
    runtime = structs.replace(state.runtime, differ=None)
    return structs.replace(state, disagreeing=not state.disagreeing, runtime=runtime)


def _wake_at_s(
    bay: Bay, lead: Source | None, state: BayState, now: Moment, until_silent_s: float | None
) -> float | None:
    due = list(overstay_wake_at_s(bay, lead, state, now))
    for source in bay.sources:
        source_state = state.runtime.sources.get(source.name)
        if source_state is not None and (left_s := settles_s(source, source_state, now)) is not None:
            due.append(now.mono_s + left_s)
    if not state.silent and until_silent_s is not None:
        due.append(now.mono_s + until_silent_s)
    if state.runtime.differ is not None:
        due.append(state.runtime.differ.mono_s + bay.disagree_s)
    return min(due, default=None)
