"""What is known of one bay, and what of it is worth keeping (pure)."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field, structs

from agent.clock import Moment
from agent.regulation import Order
from agent.trades.parking.event_types import BayPlace, DoubtKind, Ground
from agent.trades.parking.options import QUICKEST_SWAP_S
from agent.trades.parking.sensors.baseline import Baseline
from agent.trades.parking.sensors.source import Sample, Source, SourceState, reclocked, reclocked_sample
from agent.trades.parking.stays import fusion
from agent.trades.parking.stays.charge import Charge, Doubt, inherent_ground
from agent.trades.parking.stays.ordered import Ordered, ordered
from agent.trades.parking.stays.stay import BayStay, length, with_doubt
from agent.trades.parking.stays.stay import corrected as corrected_stay

RETURN_S = 600.0
"""A bay that the configuration has again so soon goes on with its stay: what was set from afar was taken back."""


class Bay(Struct, frozen=True):
    """One bay: who sees it, the first one first, the order that holds for it, and where it is.

    Args:
        quickest_swap_s: the least time in which one vehicle takes the place of another.
        tells_presumed: whether stays that are not proven are told when they exceed the limit.
        seen_by: what tells one set of sensors from another.
    """

    name: str
    sources: tuple[Source, ...]
    order: Order
    disagree_s: float
    quickest_swap_s: float = QUICKEST_SWAP_S
    tells_presumed: bool = True
    seen_by: str = ""
    place: BayPlace | None = None

    def ordered(self, at: Moment) -> Ordered:
        """What is ordered of it at a moment."""
        return ordered(self.order, self.place, at)


class ExemptTag(Struct, frozen=True):
    """A vehicle with a tag was heard; what that means here, see `grants_of`."""

    rules: frozenset[str]
    at: Moment


class RuntimeState(Struct, frozen=True):
    """What a running agent knows; a restart begins anew.

    Args:
        began: since when the agent listens.
        sources: by the name of the source.
        lead: the source that decided last.
        differ: since when the sources contradict each other, or agree while the contrary was told.
        tagged: an exempt vehicle that was heard before its stay began.
        charge: what is held against the vehicle; None: nothing yet.
        clock: when it was looked last.
    """

    began: Moment | None = None
    sources: dict[str, SourceState] = field(default_factory=dict, name="heard")
    lead: str | None = None
    differ: Moment | None = None
    tagged: ExemptTag | None = None
    charge: Charge | None = None
    clock: Moment | None = None


class BayState(Struct, frozen=True):
    """What is known of a bay.

    Args:
        occupied: the state that counts; None: never known.
        confirmed: when a reading last agreed with it, to within CHECKPOINT_S.
        stay: of the vehicle that stands there.
        silent: no source has told anything for its silence_s; what counted before goes on.
        disagreeing: that the sources contradict each other was told.
        closed: nobody is to stand there; absent where anybody may.
        documents: what was set from afar of it and holds, see `Order`; absent where nothing is.
        left: when the last vehicle left; absent where none has yet.
        removed: when the configuration had the bay no more, while a vehicle stood there; absent where it has it.
        empty: field of the empty bay, by source.
        pending_samples: readings that would make another state if more followed, by source: of those that report so
            slowly that a restart in between would cost it.
        seen_by: by which sensors it was seen last.
        stays: how many have begun.
        runtime: not stored.
    """

    occupied: bool | None = None
    confirmed: Moment | None = None
    stay: BayStay | None = None
    silent: bool = False
    disagreeing: bool = False
    closed: Literal[True] | UnsetType = UNSET
    documents: frozenset[str] | UnsetType = UNSET
    left: Moment | UnsetType = UNSET
    removed: Moment | UnsetType = UNSET
    empty: dict[str, Baseline] = field(default_factory=dict)
    pending_samples: dict[str, tuple[Sample, ...]] = field(default_factory=dict, name="making")
    seen_by: str = ""
    stays: int = 0
    runtime: RuntimeState = field(default=RuntimeState(), name="watch")


def initial() -> BayState:
    return BayState()


def taken_out(state: BayState, stay: BayStay, now: Moment) -> BayState:
    """The bay is in the configuration no more."""
    return structs.replace(state, stay=with_doubt(stay, Doubt("not_watched", now)), silent=True, removed=now)


def put_back(state: BayState, now: Moment) -> BayState:
    """The bay is in the configuration: after a while another vehicle stands there, for all that anybody knows."""
    if state.removed is UNSET:
        return state
    away_s = now.elapsed_since(state.removed)
    if away_s is None or not 0 <= away_s <= RETURN_S:
        return BayState(empty=state.empty, closed=state.closed, documents=state.documents)
    return structs.replace(state, removed=UNSET)


def without_cameras(bay: Bay, state: BayState) -> BayState:
    """Returns the state without what a camera has said and decided: who came by it, and left, is not known then."""
    runtime, cameras = state.runtime, {source.name for source in bay.sources if source.kind == "camera"}
    sources = {name: said for name, said in runtime.sources.items() if name not in cameras}
    state = structs.replace(state, runtime=structs.replace(runtime, sources=sources, differ=None), disagreeing=False)
    if runtime.lead not in cameras and not (state.stay and state.stay.by_camera):
        return state
    runtime = RuntimeState(runtime.began, sources, clock=runtime.clock)
    return structs.replace(state, occupied=None, confirmed=None, stay=None, left=UNSET, runtime=runtime)


def doubt(state: BayState, kind: DoubtKind, at: Moment, lost: int = 0) -> BayState:
    """Another vehicle may stand there since `at`: the stay goes on, and what is held against it begins anew."""
    runtime, stay = state.runtime, state.stay
    if stay is None:
        return state
    proven_s = 0.0 if runtime.charge is None else runtime.charge.seconds
    stay = structs.replace(with_doubt(stay, Doubt(kind, at, lost)), charge_s=max(stay.charge_s, proven_s))
    return structs.replace(state, stay=stay, runtime=structs.replace(runtime, charge=None))


def charge_s(state: BayState) -> float:
    """The longest time for which the stay was proven to be of one vehicle, s."""
    charge = state.runtime.charge
    return max(state.stay.charge_s if state.stay else 0.0, charge.seconds if charge else 0.0)


def grounds(bay: Bay, state: BayState, lead: Source) -> tuple[Ground, ...]:
    """Why the stay is only presumed to be of one vehicle; none: it is proven, as far as its charge reaches."""
    if (inherent := inherent_ground(lead, bay.quickest_swap_s)) is not None:
        found: list[Ground] = [inherent]
    else:
        found = ["not_borne_out"] if lead.speaks_at_changes else []
    doubts = state.stay.doubts if state.stay else ()
    return tuple(dict.fromkeys([*found, *(each.kind for each in doubts)]))


def persisted(state: BayState) -> BayState:
    """What of it is worth writing: the rest changes with every reading."""
    return structs.replace(state, runtime=RuntimeState())


def corrected(state: BayState, now: Moment) -> BayState:
    """Moments that were written before the clock was set, by the clock that is set now (same boot only)."""
    if not now.trusted:
        return state
    runtime = state.runtime
    runtime = structs.replace(
        runtime,
        began=runtime.began and runtime.began.corrected(now),
        sources={name: reclocked(source_state, now) for name, source_state in runtime.sources.items()},
        differ=runtime.differ and runtime.differ.corrected(now),
        charge=runtime.charge and reclocked_charge(runtime.charge, now),
        clock=runtime.clock and runtime.clock.corrected(now),
    )
    return structs.replace(
        state,
        confirmed=state.confirmed and state.confirmed.corrected(now),
        stay=corrected_stay(state.stay, now),
        pending_samples={
            name: tuple(reclocked_sample(now, each) for each in samples)
            for name, samples in state.pending_samples.items()
        },
        runtime=runtime,
    )


def reclocked_charge(charge: Charge, now: Moment) -> Charge:
    return structs.replace(charge, began=charge.began.corrected(now), until=charge.until.corrected(now))


def last_sample_at(state: BayState) -> Moment | None:
    """Returns when the last reading came that told the state of the bay; None: there was none."""
    said = [source_state.last for source_state in state.runtime.sources.values() if source_state.last is not None]
    return max(said, key=lambda at: at.mono_s, default=None)


def sensed_state(bay: Bay, state: BayState, now: Moment) -> Literal["occupied", "free"] | None:
    """What counts by a sensor that has spoken since the agent runs and may still be believed; not by a camera alone."""
    lead = fusion.leading(bay.sources, state.runtime.sources, now)
    if lead is None or lead.kind == "camera" or state.silent or state.occupied is None:
        return None
    return "occupied" if state.occupied else "free"


def status_view(bay: Bay, state: BayState, now: Moment) -> Mapping[str, object]:
    """Describes the bay for a technician."""
    words = {None: "unknown", True: "occupied", False: "free"}
    answer: dict[str, object] = {"state": "unknown" if state.silent else words[state.occupied]}
    if state.closed:
        answer["closed"] = True
    answer |= {"ordered": msgspec.to_builtins(bay.ordered(now))}
    if state.stay is not None:
        answer["standing_s"] = round(length(state.stay, now).seconds, 1)
        answer["continuity"] = state.stay.continuity
        answer["charge_s"] = round(state.runtime.charge.seconds, 1) if state.runtime.charge else 0.0
        answer["overstay"] = state.stay.stage or None
    if len(bay.sources) > 1:
        said = fusion.states(bay.sources, state.runtime.sources, now)
        answer["sources"] = {name: words[occupied] for name, occupied in said.items()}
        answer["disagreeing"] = state.disagreeing
    return answer
