"""The response topics on which senders of commands want their outcome."""

from msgspec import Struct, json

from agent.events.registry import EVENT_TYPES
from agent.store import Stored
from agent.uplink.commands import Reply

REMEMBERED = 256


class _Answered(Struct, frozen=True):
    """What of an outcome tells whose it is."""

    command_id: str | None = None


class ResponseTopics:
    """What the senders of commands asked for, by command id, in memory: after a restart a sender that still waits asks
    again under the same id, and is answered with the first outcome.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Reply] = {}

    def expect(self, command_id: str, reply: Reply) -> None:
        """The newest wish counts; the oldest is given up when there are too many."""
        self._waiting.pop(command_id, None)
        if reply.is_wanted:
            self._waiting[command_id] = reply
        while len(self._waiting) > REMEMBERED:
            del self._waiting[next(iter(self._waiting))]

    def to(self, row: Stored) -> Reply:
        """What the sender of the command asked for whose outcome this is."""
        return self._waiting.get(_command_id(row) or "", Reply())

    def done(self, row: Stored) -> None:
        self._waiting.pop(_command_id(row) or "", None)


def _command_id(row: Stored) -> str | None:
    """Returns the id of the command whose outcome this is; None: it is no outcome, or of a command without an id."""
    kind = EVENT_TYPES.get(row.type)
    return json.decode(row.data, type=_Answered).command_id if kind is not None and kind.answers else None
