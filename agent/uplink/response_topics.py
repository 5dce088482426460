"""The response topics on which senders of commands want their outcome."""

from agent.events import COMMAND_OUTCOME, Event
from agent.uplink.commands import Reply

REMEMBERED = 256


class ResponseTopics:
    """What the senders of commands asked for, by command id, in memory: after a restart a sender that still waits asks
    again under the same id, and is answered with the first outcome.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Reply] = {}

    def expect(self, command_id: str, reply: Reply) -> None:
        """The newest wish counts; the oldest is given up when there are too many."""
        self._waiting.pop(command_id, None)
        if reply != Reply():
            self._waiting[command_id] = reply
        while len(self._waiting) > REMEMBERED:
            del self._waiting[next(iter(self._waiting))]

    def to(self, event: Event) -> Reply:
        """What the sender of the command asked for whose outcome this is."""
        if event.type != COMMAND_OUTCOME:
            return Reply()
        return self._waiting.get(event.data.get("command_id") or "", Reply())

    def done(self, event: Event) -> None:
        if event.type == COMMAND_OUTCOME:
            self._waiting.pop(event.data.get("command_id") or "", None)
