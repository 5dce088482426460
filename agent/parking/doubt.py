"""What may have hidden that another vehicle came (pure)."""

from msgspec import structs

from agent.clock import Moment
from agent.parking.listen import contrary
from agent.parking.source import Heard
from agent.parking.state import Bay, BayState
from agent.parking.stay import contradicted, presumed
from drivers.base import Reading

SWAP_S = 15.0
"""No vehicle leaves and another one stands in its place sooner."""


def missed(bay: Bay, state: BayState, reading: Reading) -> BayState:
    """Words of a sensor that tells changes were lost: among them may have been that another vehicle came."""
    lead = next((source for source in bay.sources if source.name == state.watch.lead), None)
    if lead is None or not lead.tells_changes or reading.device not in lead.told_by:
        return state
    return structs.replace(state, stay=presumed(state.stay))


def doubted(state: BayState, heard: Heard, now: Moment) -> BayState:
    """A reading that confirms the state, soon after others in a row that did not: too few for another state, and too
    many to be none."""
    stay, first = state.stay, contrary(heard.votes)
    if stay is None or first is None or (first.at.since(stay.entered) or 0.0) < 0:
        return state
    lasted_s = (now.since(first.at) or 0.0) + (first.gap_s or 0.0)
    return state if lasted_s < SWAP_S else structs.replace(state, stay=contradicted(stay, now))
