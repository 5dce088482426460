"""Routes a reading to the sources of a bay and updates their states; decides nothing (pure)."""

from msgspec import structs

from agent.clock import Moment
from agent.regulation import grants_of
from agent.trades.parking.event_types import DoubtKind
from agent.trades.parking.sensors.debounce import debounce, outlasts_votes, settled
from agent.trades.parking.sensors.source import Sample, Source, SourceState, is_current
from agent.trades.parking.stays.state import Bay, BayState, ExemptTag, RuntimeState, doubt, last_sample_at
from drivers.base import Reading

CLOCKS_AGREE_S = 2.0
"""Two clocks that are both right and differ by no more do not tell which of two things was first."""

QUANTITIES = frozenset(
    {
        "distance_mm",
        "occupied",
        "magnetic_field",
        "stay",
        "still_standing",
        "reachable",
        "condition",
        "vehicle_tag",
        "frames_lost",
        "sensor_started",
        "state_changed",
        "previous_state_duration_s",
        "previous_state_duration_error_s",
    }
)
"""The quantities of which a bay is told: how well a radio is heard says nothing of it."""


def update_sources(bay: Bay, state: BayState, now: Moment, reading: Reading) -> BayState:
    """Takes one reading: of a source, of the tag of a vehicle, or of frames that were lost or may have been."""
    runtime = state.runtime
    if reading.quantity == "vehicle_tag":
        return _apply_tag(bay, state, now, str(reading.value))
    if reading.quantity == "frames_lost":
        return _mark_lost(bay, _doubt_of_teller(bay, state, now, reading, "frames_lost"), reading)
    if reading.quantity == "sensor_started":
        return _mark_lost(bay, _doubt_of_teller(bay, state, now, reading, "sensor_started"), reading)
    spoke = _any_current(bay, runtime, now)
    changed = dict(runtime.sources)
    for source in bay.sources:
        if reading.device in source.told_by:
            known = _known_source_state(source, state, now)
            changed[source.name] = debounce(source, known, now, reading, state.confirmed)
    if changed == runtime.sources:
        return state
    heard_again = not spoke and _any_current(bay, structs.replace(runtime, sources=changed), now)
    if heard_again and (last := last_sample_at(state)) is not None:
        gap_s = now.elapsed_since(last)
        state = doubt(state, "outage", last) if gap_s is None or gap_s >= bay.quickest_swap_s else state
    return structs.replace(state, runtime=structs.replace(state.runtime, sources=changed))


def is_outdated(state: BayState, now: Moment, reading: Reading) -> bool:
    """Whether a delayed reading is older than what is known of the bay."""
    if not reading.delay_s:
        return False
    known = (state.confirmed, last_sample_at(state), *(samples[-1].at for samples in state.pending_samples.values()))
    return any(at is not None and (now.elapsed_since(at) or 0.0) < -CLOCKS_AGREE_S for at in known)


def _doubt_of_teller(bay: Bay, state: BayState, now: Moment, reading: Reading, kind: DoubtKind) -> BayState:
    """Something was lost that a sensor tells at changes, or it began anew: another vehicle may have come."""
    lead = next((source for source in bay.sources if source.name == state.runtime.lead), None)
    if lead is None or not lead.tells_changes or reading.device not in lead.told_by:
        return state
    lost = reading.value if kind == "frames_lost" and isinstance(reading.value, int) else 0
    return doubt(state, kind, now, int(lost))


def _mark_lost(bay: Bay, state: BayState, reading: Reading) -> BayState:
    """What a sensor told since its last reading was lost, or it has started anew and could not tell it: its counter
    shows no longer whether something was."""
    changed = dict(state.runtime.sources)
    for source in bay.sources:
        if reading.device in source.told_by and (known := changed.get(source.name)) is not None:
            changed[source.name] = structs.replace(known, lost=True)
    return structs.replace(state, runtime=structs.replace(state.runtime, sources=changed))


def _known_source_state(source: Source, state: BayState, now: Moment) -> SourceState:
    """What the source has said; of one that was silent, or has not spoken yet, the state of the bay is presumed."""
    source_state = state.runtime.sources.get(source.name)
    if source_state is None:
        samples = state.pending_samples.get(source.name, ())
        fresh = _fresh(source, samples, state.occupied, now)
        earlier, samples = (samples[: -source.of], samples[-source.of :]) if fresh else (_agreed(source, state), ())
        return SourceState(state.occupied, samples=samples, earlier=earlier, empty=state.empty.get(source.name))
    if source.silence_s is None or is_current(source, source_state, now):
        return source_state
    if source.tells_changes:
        return SourceState(state.occupied, last=source_state.last, empty=source_state.empty, lost=True)
    return SourceState(
        state.occupied,
        last=source_state.last,
        samples=source_state.samples,
        earlier=source_state.earlier,
        empty=source_state.empty,
        unclear_since=source_state.unclear_since,
    )


def _agreed(source: Source, state: BayState) -> tuple[Sample, ...]:
    """Votes before a restart of which none was kept: all said what counts. When is not known, and dates nothing."""
    if state.occupied is None or state.confirmed is None:
        return ()
    return (Sample(state.occupied, state.confirmed, None),) * source.dates


def _fresh(source: Source, samples: tuple[Sample, ...], occupied: bool | None, now: Moment) -> bool:
    """Whether what it said before a restart counts on. Where no clock tells how long ago that was, one reading alone
    may have been wrong, and who came days later would have come with it."""
    ago_s = now.elapsed_since(samples[-1].at) if samples else None
    if ago_s is None:
        return sum(each.occupied != occupied for each in samples) > 1
    return source.silence_s is None or not outlasts_votes(source, samples, ago_s)


def _any_current(bay: Bay, runtime: RuntimeState, now: Moment) -> bool:
    for source in bay.sources:
        source_state = runtime.sources.get(source.name)
        if source_state is not None and is_current(source, source_state, now):
            return True
    return False


def _apply_tag(bay: Bay, state: BayState, now: Moment, tag: str) -> BayState:
    """A vehicle with a tag: it stands there, or is about to. The tag itself is kept nowhere."""
    rules = grants_of(bay.order, tag)
    if not rules and state.stay is None and state.runtime.tagged is not None:
        return state
    if state.stay is None:
        return structs.replace(state, runtime=structs.replace(state.runtime, tagged=ExemptTag(rules, now)))
    return structs.replace(state, stay=structs.replace(state.stay, exempt_by=state.stay.exempt_by | rules, tagged=True))


def settle_pending(bay: Bay, state: BayState, now: Moment) -> BayState:
    """New states of sources that have held for long enough."""
    for source in bay.sources:
        source_state = state.runtime.sources.get(source.name)
        if source_state is not None and source_state.pending is not None:
            known = state.runtime.sources | {source.name: settled(source, source_state, now)}
            state = structs.replace(state, runtime=structs.replace(state.runtime, sources=known))
    return state
