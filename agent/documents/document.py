"""A document, what is kept of it, and when it holds (pure)."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, structs

from agent.clock import Moment, rfc3339

PREFIX = "document/"
"""The keys in the store begin with it; kind and name follow."""

ANSWERED = "documents"
"""The key in the store of what was answered last."""

Key = tuple[str, str]
"""Kind and name."""

Phase = Literal["waiting", "in_force", "refused"]
"""A document has not begun; holds; is kept and without effect, because it does not fit the configuration."""


class Setting(Struct, frozen=True):
    """What the city wants to stand under a name.

    Args:
        content: as it was sent.
        valid_from, valid_until: aware.
    """

    kind: str
    name: str
    content: dict[str, Any]
    valid_from: datetime | None
    valid_until: datetime


class Document(Struct, frozen=True):
    """What the city has set under one name.

    Args:
        content: as it was sent.
        valid_from: aware UTC; None: from when it was set.
        valid_until: aware UTC.
        revision: counts the contents of this name.
        number: counts all that is set on this pole: the higher one was set later.
        command_id: what set it.
    """

    kind: str
    name: str
    content: dict[str, Any]
    valid_from: datetime | None
    valid_until: datetime
    revision: int
    number: int
    set_at: Moment
    command_id: str

    @property
    def key(self) -> Key:
        return self.kind, self.name

    @property
    def edges(self) -> tuple[datetime, ...]:
        """The times at which it begins and ends."""
        return (self.valid_until,) if self.valid_from is None else (self.valid_from, self.valid_until)

    def has_begun(self, now: Moment) -> bool:
        """One without a beginning has; of the others a clock that is set knows."""
        return self.valid_from is None or (now.trusted and now.utc >= self.valid_from)

    def is_over(self, now: Moment) -> bool:
        """Whether it has ended; no document has while the clock is not set."""
        return now.trusted and now.utc >= self.valid_until


class Kept(Struct, frozen=True):
    """What the store has of a name.

    Args:
        before: what it has replaced.
        phase: as last told to the city.
    """

    document: Document
    before: Document | None = None
    phase: Phase = "waiting"

    def phase_at(self, now: Moment, *, fits: bool) -> Phase:
        """Tells its phase; nothing begins and nothing ends while the clock is not set.

        Args:
            fits: whether it fits the configuration.
        """
        if not fits:
            return "refused"
        if self.document.has_begun(now) or (self.phase == "in_force" and not now.trusted):
            return "in_force"
        return "waiting"


class Answered(Struct, frozen=True):
    """The last change that was ordered, written with what it changed: ordered again it is answered, not repeated.

    Args:
        number: of the document that was set last.
        data: of the outcome.
    """

    number: int = 0
    command_id: str = ""
    data: dict[str, Any] = {}

    def told(self, command_id: str) -> dict[str, Any] | None:
        """What came of a command that is ordered again; None: it is not the last one."""
        return self.data if command_id == self.command_id else None


def store_key(key: Key) -> str:
    return PREFIX + "/".join(key)


def shown(kept: Kept, phase: Phase, problem: str | None = None) -> dict[str, Any]:
    """One line of a list, JSON-able.

    Args:
        phase: now.
        problem: why it is refused.
    """
    document = kept.document
    return {
        "kind": document.kind,
        "name": document.name,
        "revision": document.revision,
        "state": phase,
        "valid_from": None if document.valid_from is None else time_of(document.valid_from),
        "valid_until": time_of(document.valid_until),
    } | ({"problem": problem} if problem else {})


def whole(document: Document) -> dict[str, Any]:
    """All that is known of one, JSON-able; `set_at` null: the clock was not set."""
    at = document.set_at
    return structs.asdict(document) | {
        "valid_from": None if document.valid_from is None else time_of(document.valid_from),
        "valid_until": time_of(document.valid_until),
        "set_at": rfc3339(at.unix_s) if at.trusted else None,
    }


def time_of(moment: datetime) -> str:
    return rfc3339(moment.timestamp())
