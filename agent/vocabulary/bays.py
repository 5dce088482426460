"""What is told of bays."""

from typing import Literal

from agent.events import BAY_FREED, BAY_KNOWN, BAY_OCCUPIED, BAY_OVERSTAY, BAY_UNKNOWN, Priority
from agent.parking import BayCategory, Continuity
from agent.vocabulary.kinds import Data, Seconds, Time, told_as

State = Literal["occupied", "free"]


@told_as(BAY_OCCUPIED, priority=Priority.EVENT)
class BayOccupied(Data, frozen=True):
    """A vehicle has stood in the bay for the dwell time; dated when it came.

    Args:
        stay: identity of the stay; its other events carry the same.
        category: what the local order makes of the place.
        limit_s: how long it may stand; null: no limit.
        uncertainty_s: it may have come so much earlier; null: not known.
    """

    stay: str
    category: BayCategory
    limit_s: Seconds | None
    uncertainty_s: Seconds | None


class Standing(Data, frozen=True):
    """What the events of a stay share.

    Args:
        stay: identity of the stay.
        entered_at: null where the clock was not set.
        continuity: "presumed" across a silence or a restart, in which vehicles may have changed.
    """

    stay: str
    entered_at: Time | None
    continuity: Continuity


@told_as(BAY_FREED, priority=Priority.EVENT)
class BayFreed(Standing, frozen=True):
    """The vehicle left.

    Args:
        duration_s: how long it stood; with `duration_exact` false what is certain at least.
        uncertainty_s: it is too long or too short by at most so much; null: not known.
        category: what the local order makes of the place.
        overstayed: whether an overstay was told.
    """

    duration_s: Seconds
    duration_exact: bool
    uncertainty_s: Seconds | None
    category: BayCategory
    overstayed: bool


@told_as(BAY_OVERSTAY, priority=Priority.ALARM)
class BayOverstay(Standing, frozen=True):
    """It stands longer than it may.

    Args:
        stage: "limit": longer than the limit; "grace": longer than limit and grace.
        standing_s: so far; with `standing_exact` false what is certain at least.
        wording: a sensor sees a vehicle and not which one: more than suspected it never is.
        evidence: what it was seen by.
    """

    stage: Literal["limit", "grace"]
    standing_s: Seconds
    standing_exact: bool
    limit_s: Seconds
    grace_s: Seconds
    category: BayCategory
    wording: Literal["suspected"]
    evidence: Literal["bay_sensor"]


@told_as(BAY_UNKNOWN, priority=Priority.EVENT)
class BayUnknown(Data, frozen=True):
    """The sensor is silent; a stay goes on.

    Args:
        last_state: before the silence; null: none was known.
        silent_s: null: no clock tells.
        stay: the stay that goes on; null: none.
    """

    last_state: State | None
    silent_s: Seconds | None
    stay: str | None


@told_as(BAY_KNOWN, priority=Priority.EVENT)
class BayKnown(Data, frozen=True):
    """The state is known again, or for the first time, without a change.

    Args:
        stay: the stay that goes on; null: none.
    """

    state: State
    stay: str | None
