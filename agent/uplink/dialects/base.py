"""What a dialect answers for: how that which a pole says and hears looks at the broker."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from agent.clock import Moment
from agent.store import Stored
from agent.uplink.commands import Heard, Reply
from agent.uplink.confirmations import Confirmation
from drivers.mqtt.message import Asked, Message


class Speaker(Struct, frozen=True):
    """The one who speaks on a topic of statuses.

    Args:
        online: it is there, or the broker has not missed it yet.
        uuids: of the pole and its places; none: it told none.
    """

    online: bool = False
    uuids: frozenset[str] = frozenset()


class Dialect(Protocol):
    """One way to speak, pure: it maps what it is given, and asks neither the store nor the connection."""

    @property
    def client_id(self) -> str:
        """The client id by which the broker knows the pole again; the same for ever."""
        ...

    @property
    def command_topic(self) -> str:
        """The topic on which the pole listens."""
        ...

    @property
    def confirm_topic(self) -> str:
        """The topic on which a consumer confirms what it has."""
        ...

    @property
    def one_at_a_time(self) -> bool:
        """Whether an event may leave only when the one before it was acknowledged.

        Else many are on their way at once, in their order on one connection; one that the broker refuses is passed by
        those of other types.
        """
        ...

    def event(self, row: Stored, replayed: bool = False, traceparent: str | None = None) -> Message:
        """
        Args:
            row: of the outbox; its data is JSON already, and is put in as it is where the dialect says it in JSON.
            replayed: it waited for a connection, and is no news.
            traceparent: of the command that it answers.
        """
        ...

    def outcome(self, told: Message, reply: Reply) -> Message | None:
        """The outcome of a command once more, for its sender alone; None: the event is all.

        Args:
            told: the event of the outcome, as it went out.
        """
        ...

    def state(self, device: str, state: Struct, since: Moment) -> Message:
        """The retained state of one device."""
        ...

    def no_state(self, device: str) -> Message:
        """Takes the retained state of a device that the pole no longer has from the broker."""
        ...

    def status(self, online: bool, inventory: Mapping[str, Any] | None = None) -> Message:
        """The retained answer to "is this pole there?"; with `online` false also the last will."""
        ...

    def speaker(self, payload: bytes) -> Speaker:
        """Reads who has told a status that the broker retains, as `status` gives it; nobody where it is none."""
        ...

    def inventory(self, inventory: Mapping[str, Any]) -> Sequence[Message]:
        """What tells of the devices behind `status`, at each connection; none: the status has it all."""
        ...

    def command(self, payload: bytes, retained: bool) -> Heard:
        """The order in a message on the command topic. Never raises: whatever the bytes are.

        Args:
            retained: the broker delivers an old message that it kept.
        """
        ...

    def confirmation(self, payload: bytes, retained: bool) -> Confirmation | str:
        """What a message on the confirm topic says, or why it says nothing. Never raises, whatever the bytes are.

        Args:
            retained: the broker delivers an old message that it kept.
        """
        ...

    def reply(self, asked: Asked) -> Reply | str:
        """What the sender of a command wants beside the event of its outcome, or why that is refused."""
        ...
