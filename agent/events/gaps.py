"""What the store has lost, and why; and what was erased."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.events import (
    STORE_ERASED,
    STORE_GAP,
    STORE_SKIPPED,
    Data,
    Priority,
)
from agent.events.registry import Count, Day, Time, event_type


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapFull(Data, frozen=True, tag_field="reason", tag="full"):
    """Events were dropped to make room.

    Args:
        first, last: when the earliest and the latest of them happened.
        times_trusted: whether all of those times come from a clock that was set.
        previously_reported: how many of `dropped` an earlier gap event had counted that was itself dropped.
        first_sequence, last_sequence: the lowest and the highest number of them; absent: not known.
    """

    dropped: Count
    previously_reported: Count
    by_type: dict[str, Count]
    first: Time
    last: Time
    times_trusted: bool
    first_sequence: Count | UnsetType = UNSET
    last_sequence: Count | UnsetType = UNSET


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapOld(GapFull, frozen=True, tag_field="reason", tag="old"):
    """Events were dropped because they happened too long ago."""


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapRemoved(GapFull, frozen=True, kw_only=True, tag_field="reason", tag="uplink_removed"):
    """Events waited for an uplink that the configuration no longer has, and were dropped.

    Args:
        uplink: its name; "": [uplink]; null: the disk has lost it.
    """

    uplink: str | None


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapCorrupt(Data, frozen=True, tag_field="reason", tag="corrupt"):
    """The file was damaged or did not hold what it must, was moved aside, and begun anew.

    Args:
        saved_events, saved_states: how many were saved out of it, each by its checksum.
        dropped: how many events are missing, at least; null: what was in it is not known.
        arrived: how many of these had arrived at the uplink that is told, or were not for it; null: not known.
        first, last: what is missing happened between these; null: not known, or nothing is.
        times_trusted: whether the first of these times comes from a clock that was set.
        states_current: whether every state of a rule is there as it was written last; null: not known.
    """

    detail: str
    moved_to: str
    saved_events: Count
    saved_states: Count
    dropped: Count | None
    arrived: Count | None
    first: Time | None
    last: Time | None
    times_trusted: bool
    states_current: bool | None


@event_type(STORE_GAP, priority=Priority.ALARM, ages=False)
class GapUnproven(Data, frozen=True, tag_field="reason", tag="unproven"):
    """Whether all is there that was written cannot be known, because the mark beside the file was lost or changed.

    Args:
        held: how many events the file held that the mark is of, and
        first: when the first of them happened; null: not known.
    """

    detail: str
    held: Count | None
    first: Time | None


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


@event_type(STORE_SKIPPED, priority=Priority.ALARM, ages=False)
class Skipped(Data, frozen=True):
    """Numbers with which no event comes, or comes again: there is nothing to ask for.

    Args:
        reason: "restart": the power or the daemon went while these were reserved for telemetry in memory; what of it
            was sent before has come. "erased": they may be kept and sent no longer.
        sequences: ranges, each with its first and its last number.
    """

    reason: Literal["restart", "erased"]
    sequences: tuple[tuple[Count, Count], ...]


@event_type(STORE_ERASED, priority=Priority.EVENT)
class Erasure(Data, frozen=True):
    """Single stays were erased on the pole, by whom it is operated: what went, and of whom nothing.

    Args:
        before: they began before that local day; null: at any time.
        bay: the bay or zone they were of; null: of any.
        events: how many events of such stays went.
        days: how many logs went, each of one bay's day.
    """

    before: Day | None
    bay: str | None
    events: Count
    days: Count
