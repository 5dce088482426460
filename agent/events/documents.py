"""What a pole tells of the documents that the city has set."""

from typing import Literal

from agent.events import POLE_DOCUMENT, Data, Priority
from agent.events.registry import Count, Time, event_type

DocumentState = Literal["set", "begun", "expired", "withdrawn", "reverted", "refused"]


@event_type(POLE_DOCUMENT, priority=Priority.EVENT)
class PoleDocument(Data, frozen=True):
    """A document was set, has begun or ended by itself, was withdrawn, gave way to the one before it, or is refused.

    Args:
        document: its kind: "closure".
        name: by which it was set.
        revision: counts its contents since the first.
        state: what became of it; "refused": it is kept, and holds no more because the configuration has changed.
        in_force: whether it holds from now on.
        valid_from: null: from when it was set.
        valid_until: then it ends by itself.
        command_id: what ordered it; null: nothing did, it came by itself.
        reason: why it is refused; else null.
    """

    document: str
    name: str
    revision: Count
    state: DocumentState
    in_force: bool
    valid_from: Time | None
    valid_until: Time
    command_id: str | None
    reason: str | None
