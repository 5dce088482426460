"""Looks at a vehicle that stands in a bay: what each of them adds to its charge, or which doubt it brings (pure)."""

from collections.abc import Mapping

from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.sensors.debounce import contrary
from agent.trades.parking.sensors.source import Announced, Sample, Source, SourceState
from agent.trades.parking.stays import charge as charges
from agent.trades.parking.stays.charge import Charge, proves, swap_shows_s
from agent.trades.parking.stays.state import Bay, BayState, doubt
from agent.trades.parking.stays.stay import BayStay, length, mark_contradicted, mark_presumed
from drivers.base import Reading

_MINUTE_S = 60.0


def says_so(
    source: Source, before: Mapping[str, SourceState], after: Mapping[str, SourceState], reading: Reading
) -> bool:
    """Whether that source has just said something clear of the bay. That it can be reached again is nothing: newer
    readings of it may have been delayed meanwhile. A camera that sees says that nothing has changed."""
    if source.decides == "stay" and reading.quantity != "reachable":
        return reading.device in source.told_by
    known, samples = before.get(source.name), after[source.name].samples
    return bool(samples) and (known is None or not known.samples or samples[-1] is not known.samples[-1])


def is_look(source: Source, before: Mapping[str, SourceState], after: Mapping[str, SourceState]) -> bool:
    """Whether that source has just said that a vehicle stands in the bay."""
    known, samples = before.get(source.name), after[source.name].samples
    if not samples or not samples[-1].occupied:
        return False
    return known is None or not known.samples or samples[-1] is not known.samples[-1]


def look(bay: Bay, lead: Source, state: BayState, now: Moment, stood: BayStay) -> BayState:
    """The source that decides has seen the vehicle.

    Args:
        stood: the stay that there was before.
    """
    stay, source_state = state.stay, state.runtime.sources[lead.name]
    if stay is None or stay.key != stood.key:
        return state
    if _contradicted(bay, lead, stay, source_state):
        return _begun_anew(bay, lead, state, now)
    if not proves(lead, bay.quickest_swap_s):
        return state if stay.continuity == "presumed" else structs.replace(state, stay=mark_presumed(stay))
    charge, vehicle = state.runtime.charge, _vehicle(source_state)
    kind = charges.interrupts(lead, charge, now, bay.quickest_swap_s, vehicle) if charge else None
    if charge and kind is None:
        return _charged(state, charges.borne_out(charge, now))
    state = doubt(state, kind, charge.until) if charge and kind else state
    return _charged(state, charges.begun(lead, now, vehicle))


def from_entry(bay: Bay, lead: Source, state: BayState, turn: Sample, now: Moment) -> Charge | None:
    """The charge of a vehicle that has come with `turn`; None: its source proves nothing."""
    source_state, began = state.runtime.sources[lead.name], state.runtime.began
    if not proves(lead, bay.quickest_swap_s):
        return None
    proven = turn.proven or turn.at
    if began is not None and not lead.speaks_at_changes and proven.mono_s < began.mono_s:
        proven = began
    if lead.decides == "stay":
        return Charge(lead.name, proven, now, vehicle=_vehicle(source_state))
    return charges.from_entry(lead, source_state.samples, proven, bay.quickest_swap_s)


def missed_departure(
    source: Source, before: Mapping[str, SourceState], after: Mapping[str, SourceState]
) -> Sample | None:
    """Returns where a vehicle has left of which nothing was heard; None: none has, as far as its sensor says.

    A sensor that has just told a change to "occupied", and had told one before, has told a departure between them.
    """
    known, samples = before.get(source.name), after[source.name].samples
    if known is None or known.last is None or known.says is not True or not is_look(source, before, after):
        return None
    told = samples[-1].announced
    if told is None or not told.changed:
        return None
    seen, came = known.samples[-1].at, samples[-1].at
    free_s, unsure_s = _lasted(told)
    if free_s is None or unsure_s is None:
        middle_s = (came.mono_s - seen.mono_s) / 2
        return Sample(False, came.shifted_to(seen.mono_s + middle_s), middle_s + source.late_s)
    left_s = max(seen.mono_s, came.mono_s - free_s - unsure_s / 2)
    return Sample(False, came.shifted_to(left_s), unsure_s / 2 + source.late_s)


def _lasted(told: Announced) -> tuple[float | None, float | None]:
    """How long the state before lasted at least, and how much longer at most, s; it is told in full minutes."""
    return told.lasted_s, None if told.error_s is None else told.error_s + _MINUTE_S


def as_its_sensor_has_it(source: Source, state: BayState, stay: BayStay, left: Moment) -> BayStay:
    """The stay that ends, where its sensor says that the bay was occupied for a shorter time: the last vehicle had come
    later, and nothing was heard of it."""
    samples = state.runtime.sources[source.name].samples
    told = samples[-1].announced if samples else None
    lasted_s, unsure_s = _lasted(told) if told else (None, None)
    if lasted_s is None or unsure_s is None:
        return stay
    most_s = lasted_s + unsure_s + source.late_s
    if length(stay, left).seconds <= most_s:
        return stay
    return structs.replace(stay, continuity="presumed", charge_s=min(stay.charge_s, most_s))


def _vehicle(source_state: SourceState) -> str:
    return source_state.open[0] if source_state.open else ""


def _charged(state: BayState, charge: Charge) -> BayState:
    return structs.replace(state, runtime=structs.replace(state.runtime, charge=charge))


def _contradicted(bay: Bay, lead: Source, stay: BayStay, source_state: SourceState) -> bool:
    """Whether several readings have just spoken against the stay: too few for another state, and too many to be none,
    with time for another vehicle. One that agrees beside them proves nothing alone, so they may have begun a look
    earlier and ended a look later."""
    both = contrary(source_state.samples, _least_against(bay, lead))
    if both is None or (both[0].at.elapsed_since(stay.entered) or 0.0) < 0:
        return False
    first, again = both
    against_s = (again.at.elapsed_since(first.at) or 0.0) + (first.gap_s or 0.0)
    return against_s + 2 * lead.look_every_s >= swap_shows_s(lead, bay.quickest_swap_s)


def _least_against(bay: Bay, lead: Source) -> int:
    """How many readings must speak against a stay. One may be wrong; but where there are not three looks within a swap,
    and one of them is wrong, a single one is all that is seen of the swap. A presumption is none of that: it accuses
    nobody."""
    shows_s = swap_shows_s(lead, bay.quickest_swap_s)
    is_all = proves(lead, bay.quickest_swap_s) and 3 * lead.look_every_s >= shows_s
    return 1 if is_all else 2


def _begun_anew(bay: Bay, lead: Source, state: BayState, now: Moment) -> BayState:
    """Another vehicle may have come: nothing of the stay up to now counts, be it proven or presumed."""
    state = doubt(state, "contradicted", now)
    state = structs.replace(state, stay=state.stay and mark_contradicted(state.stay, now))
    return _charged(state, Charge(lead.name, now, now)) if proves(lead, bay.quickest_swap_s) else state
