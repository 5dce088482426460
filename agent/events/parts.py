"""A part of the daemon fails by a defect, and works again."""

from typing import Annotated

from msgspec import Meta

from agent.events import (
    PART_FAILED,
    PART_RESTORED,
    Data,
    Priority,
)
from agent.events.registry import Count, Seconds, event_type


@event_type(PART_FAILED, priority=Priority.ALARM)
class PartFailed(Data, frozen=True):
    """A part of the daemon failed by a defect of its program. It is begun anew with growing pauses; the others go on.

    Args:
        part: its trade or task, and the name of what it is for: "bay/b1", "lamp/lamp-1", "uplink".
        error: kind of the exception.
        message: its words, at most 200 characters, without what could be a value.
        place: file and line of lamppost; null: not known.
        count: how often the part has failed since the start of the daemon.
    """

    part: str
    error: str
    message: Annotated[str, Meta(max_length=200)]
    place: str | None
    count: Count


@event_type(PART_RESTORED, priority=Priority.ALARM)
class PartRestored(Data, frozen=True):
    """A part of the daemon that had failed works again.

    Args:
        failed_s: since it failed first.
        count: how often it failed in that time.
        left_out: readings and other work that came while it was set aside.
    """

    part: str
    failed_s: Seconds
    count: Count
    left_out: Count
