"""What the store has lost, and why."""

from agent.events import (
    STORE_GAP,
    Data,
    Priority,
)
from agent.events.registry import Count, Time, event_type


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapFull(Data, frozen=True, tag_field="reason", tag="full"):
    """Events were dropped to make room.

    Args:
        first, last: when the earliest and the latest of them happened.
        times_trusted: whether all of those times come from a clock that was set.
        previously_reported: how many of `dropped` an earlier gap event had counted that was itself dropped.
    """

    dropped: Count
    previously_reported: Count
    by_type: dict[str, Count]
    first: Time
    last: Time
    times_trusted: bool


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapOld(GapFull, frozen=True, tag_field="reason", tag="old"):
    """Events were dropped because they happened too long ago."""


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapCorrupt(Data, frozen=True, tag_field="reason", tag="corrupt"):
    """The file was damaged, moved aside, and begun anew; what else was in it is not known.

    Args:
        saved_events, saved_states: how many were saved out of it, each by its checksum.
    """

    detail: str
    moved_to: str
    saved_events: Count
    saved_states: Count


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapUnreadable(Data, frozen=True, tag_field="reason", tag="unreadable"):
    """Single events were damaged."""

    dropped: Count


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapState(Data, frozen=True, tag_field="reason", tag="state_unreadable"):
    """The state of a rule did not fit this version and begins anew."""

    key: str
    detail: str


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapOtherPole(Data, frozen=True, tag_field="reason", tag="other_pole"):
    """The pole had another name before, and the broker takes no events under that name.

    Args:
        site, pole: the name of before.
        events: that were not sent.
        kept_as: file beside the store that has them.
        detail: what the broker refuses.
    """

    site: str
    pole: str
    events: Count
    kept_as: str
    detail: str
