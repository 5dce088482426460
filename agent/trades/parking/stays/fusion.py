"""Several sources of one bay -> what counts, and what to say when they contradict each other (pure).

The rule: the first source, in the order of the configuration, that speaks and has a state decides alone. The others
are evidence. A source that falls silent hands over to the next; what changes by that is doubted.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from agent.clock import Moment
from agent.trades.parking.sensors.source import Source, SourceState, is_current
from agent.trades.parking.stays.stay import BayStay

Evidence = Literal["bay_sensor", "camera", "both"]


def leading(sources: Sequence[Source], source_state: Mapping[str, SourceState], now: Moment) -> Source | None:
    """Returns the source that decides; None: no source that speaks has a state."""
    for each in sources:
        if _knows(each, source_state.get(each.name), now):
            return each
    return None


def states(sources: Sequence[Source], source_state: Mapping[str, SourceState], now: Moment) -> dict[str, bool]:
    """What each source that speaks has for its state."""
    known = {
        each.name: source_state[each.name].accepted
        for each in sources
        if _knows(each, source_state.get(each.name), now)
    }
    return {name: accepted for name, accepted in known.items() if accepted is not None}


def disagree(said: Mapping[str, bool]) -> bool:
    return len(set(said.values())) > 1


def evidence(sources: Sequence[Source], said: Mapping[str, bool]) -> Evidence:
    """Which kinds of source say that the bay is occupied."""
    kinds = {each.kind for each in sources if said.get(each.name)}
    if len(kinds) > 1:
        return "both"
    return "camera" if kinds == {"camera"} else "bay_sensor"


def also_by_camera(evidence: Evidence, stay: BayStay) -> Evidence:
    """The evidence of what is told of a stay: when it began is told as well, and that may be by a camera."""
    return "both" if stay.by_camera and evidence == "bay_sensor" else evidence


def _knows(source: Source, source_state: SourceState | None, now: Moment) -> bool:
    return source_state is not None and source_state.accepted is not None and is_current(source, source_state, now)
