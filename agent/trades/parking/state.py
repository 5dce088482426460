"""What is known of one bay, and what of it is worth keeping (pure)."""

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field, structs

from agent.clock import Moment
from agent.regulation import Order
from agent.trades.parking import fusion
from agent.trades.parking.baseline import Baseline
from agent.trades.parking.event_types import BayPlace
from agent.trades.parking.ordered import Ordered, ordered
from agent.trades.parking.source import Sample, Source, SourceState, reclocked, reclocked_sample
from agent.trades.parking.stay import BayStay, length, mark_presumed
from agent.trades.parking.stay import corrected as corrected_stay

RETURN_S = 600.0
"""A bay that the configuration has again so soon goes on with its stay: what was set from afar was taken back."""


class Bay(Struct, frozen=True):
    """One bay: who sees it, the first one first, the order that holds for it, and where it is."""

    name: str
    sources: tuple[Source, ...]
    order: Order
    disagree_s: float
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
    """

    began: Moment | None = None
    sources: dict[str, SourceState] = field(default_factory=dict, name="heard")
    lead: str | None = None
    differ: Moment | None = None
    tagged: ExemptTag | None = None


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
    runtime: RuntimeState = field(default=RuntimeState(), name="watch")


def initial() -> BayState:
    return BayState()


def taken_out(state: BayState, stay: BayStay, now: Moment) -> BayState:
    """The bay is in the configuration no more."""
    return structs.replace(state, stay=mark_presumed(stay), silent=True, removed=now)


def put_back(state: BayState, now: Moment) -> BayState:
    """The bay is in the configuration: after a while another vehicle stands there, for all that anybody knows."""
    if state.removed is UNSET:
        return state
    away_s = now.elapsed_since(state.removed)
    if away_s is None or not 0 <= away_s <= RETURN_S:
        return BayState(empty=state.empty, closed=state.closed, documents=state.documents)
    return structs.replace(state, removed=UNSET)


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
        answer["overstay"] = state.stay.stage or None
    if len(bay.sources) > 1:
        said = fusion.states(bay.sources, state.runtime.sources, now)
        answer["sources"] = {name: words[occupied] for name, occupied in said.items()}
        answer["disagreeing"] = state.disagreeing
    return answer
