"""The rule of one bay: what its sources say -> occupied or free -> stays -> events (pure)."""

from msgspec import UNSET, structs

from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.regulation import EVERY_RULE, terms_at
from agent.rule import Step
from agent.trades.parking import events as bay_events
from agent.trades.parking import fusion
from agent.trades.parking.debounce import contrary, pending_samples, settles_s, unseen_s
from agent.trades.parking.overstay import overstayed
from agent.trades.parking.overstay import wake_at_s as overstay_wake_at_s
from agent.trades.parking.source import Sample, Source, SourceState, backlog_left_s, is_current
from agent.trades.parking.sources_update import is_outdated, settle_pending, update_sources
from agent.trades.parking.state import Bay, BayState, RuntimeState, corrected, last_sample_at, put_back
from agent.trades.parking.stay import SWAP_S, BayStay, length, mark_contradicted, mark_presumed, observe, start
from drivers.base import Reading

CHECKPOINT_S = 600.0
"""How often a state that does not change is confirmed in the store: after a power cut a stay is certain up to then."""

PERMIT = "permit/"
"""The names of documents that say something of single vehicles begin with it."""

TAG_S = 300.0
"""A tag is heard while its vehicle arrives: it belongs to a stay that begins so soon after it."""


def step(bay: Bay, state: BayState, now: Moment, reading: Reading | None, *, closed: bool = False) -> Step[BayState]:
    """One reading, or none when only time has passed.

    A stay begins and ends with readings that enough others confirm and that hold, dated by `locate_change`.
    Suspect values and values that no sensor measures decide nothing. Silence and restarts change no stay; they leave a
    doubt on it.

    Args:
        closed: whether nobody is to stand there now: then nobody overstays.
    """
    came = now if reading is None else now.shifted_to(now.mono_s + reading.delay_s)
    state = _rebase_clock(state, came)
    if reading is not None and is_outdated(state, now, reading):
        reading, now = None, came
    if reading is not None:
        state = update_sources(bay, state, now, reading)
    state = settle_pending(bay, state, now)
    lead = fusion.leading(bay.sources, state.runtime.sources, now)
    state, events = _apply_lead(bay, lead, state, now, reading)
    until_silent_s = _until_silent_s(bay, state, now)
    state = _check_silence(bay, state, now, until_silent_s, events)
    state = _check_disagreement(bay, state, now, events)
    state = _follow_documents(bay, _close(state, closed, now), now)
    state = overstayed(bay, lead, state, now, events)
    if reading is not None:
        state = _keep_pending(state)
    return Step(state, tuple(events), _wake_at_s(bay, lead, state, now, until_silent_s))


def _rebase_clock(state: BayState, now: Moment) -> BayState:
    """The first look after a start: nothing has been heard yet, whatever was stored says."""
    began = state.runtime.began
    if began is None or began.boot != now.boot:
        return corrected(structs.replace(put_back(state, now), runtime=RuntimeState(began=now)), now)
    return state if began.trusted else corrected(state, now)


def _apply_lead(
    bay: Bay, lead: Source | None, state: BayState, now: Moment, reading: Reading | None
) -> tuple[BayState, list[Event]]:
    """What the leading source has for its state counts."""
    events: list[Event] = []
    if lead is None:
        return state, events
    source_state = state.runtime.sources[lead.name]
    before, last_led = state.runtime.lead, state.runtime.sources.get(state.runtime.lead or "")
    if before != lead.name:
        state = structs.replace(state, runtime=structs.replace(state.runtime, lead=lead.name))
    if source_state.accepted == state.occupied:
        said_now = reading is not None and _says_so(lead, reading) and source_state.says == state.occupied
        return _confirm(
            bay, lead, _mark_presumed(lead, state, source_state, now), now, events
        ) if said_now else state, events
    turn = source_state.since or Sample(source_state.accepted is True, now, None)
    if last_led is not None and before != lead.name and last_led.last is not None:
        turn = Sample(source_state.accepted is True, now, now.elapsed_since(last_led.last))
        state = structs.replace(state, stay=mark_presumed(state.stay))
    changed = _begin_stay if source_state.accepted else _end_stay
    stay, event = changed(bay, lead, state, turn)
    runtime = structs.replace(state.runtime, tagged=None)
    state = structs.replace(state, occupied=source_state.accepted, confirmed=now, silent=False, runtime=runtime)
    if not source_state.accepted:
        state = structs.replace(state, left=turn.at)
    return structs.replace(state, stay=stay and observe(stay, now)), [event]


def _says_so(lead: Source, reading: Reading) -> bool:
    """Tells whether a reading is about the bay. That the sensor can be reached again is not: newer readings of it
    may have been delayed meanwhile."""
    return reading.device in lead.told_by and reading.quantity != "reachable"


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
    stay = state.stay and observe(state.stay, now)
    return structs.replace(state, silent=False, confirmed=now, stay=stay, empty=state.empty | empty)


def _mark_presumed(lead: Source, state: BayState, source_state: SourceState, now: Moment) -> BayState:
    """A reading that confirms the state, soon after others in a row that did not: too few for another state, and too
    many to be none. Or so long after the last one that saw the same that another vehicle may have come."""
    stay, both = state.stay, contrary(source_state.samples)
    if stay is None:
        return state
    if both is not None and (both[0].at.elapsed_since(stay.entered) or 0.0) >= 0:
        first, again = both
        if (again.at.elapsed_since(first.at) or 0.0) + (first.gap_s or 0.0) >= SWAP_S:
            return structs.replace(state, stay=mark_contradicted(stay, now))
    if stay.continuity == "presumed" or lead.tells_changes or unseen_s(source_state.samples) < SWAP_S:
        return state
    return structs.replace(state, stay=mark_presumed(stay))


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
    began = state.runtime.began
    if began is not None and (since.boot != began.boot or since.mono_s < began.mono_s):
        stay = structs.replace(stay, continuity="presumed")  # it came before the restart
    if not lead.tells_changes and unseen_s(state.runtime.sources[lead.name].samples) >= SWAP_S:
        stay = structs.replace(stay, continuity="presumed")  # another one may have come since
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
    ordered = bay.ordered(turn.at)
    return None, bay_events.freed(
        bay.name, category, ordered, state.stay, turn.at, gap_s=turn.gap_s, evidence=lead.kind
    )


def _check_silence(
    bay: Bay, state: BayState, now: Moment, until_silent_s: float | None, events: list[Event]
) -> BayState:
    if state.silent or until_silent_s is None or until_silent_s > 0:
        return state
    last = last_sample_at(state) or state.runtime.began
    assert last is not None
    events.append(bay_events.unknown(bay.name, state.occupied, mark_presumed(state.stay), last, now))
    return structs.replace(state, silent=True, stay=mark_presumed(state.stay))


def _close(state: BayState, closed: bool, now: Moment) -> BayState:
    """Closes or opens the bay; time up to the end of a closure is not held against the vehicle."""
    if closed == bool(state.closed):
        return state
    state = state if closed else _held_anew(state, now)
    return structs.replace(state, closed=True if closed else UNSET)


def _held_anew(state: BayState, now: Moment) -> BayState:
    """Time up to now is not held against the vehicle that stands there."""
    stay = state.stay
    return structs.replace(state, stay=stay and structs.replace(stay, benefit_of_doubt_s=length(stay, now).seconds))


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
        since = (source_state and source_state.last) or state.runtime.began
        left_s = source.silence_s - ((now.elapsed_since(since) if since else None) or 0.0)
        left.append(max(left_s, backlog_left_s(source_state, now) if source_state else 0.0))
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
