"""What goes to a broker and what comes from it, without a library's types."""

from msgspec import Struct


class Message(Struct, frozen=True):
    """What goes to the broker. MQTT 3.1.1 has no place for anything below `retain`; the payload tells what matters.

    Args:
        expires_s: the broker may deliver it so long after its publication; None: for ever.
        replayed: told as a user property too.
        correlation, traceparent: of the command that it answers.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    content_type: str = "application/json"
    expires_s: int | None = None
    replayed: bool = False
    correlation: bytes | None = None
    traceparent: str | None = None


class Asked(Struct, frozen=True):
    """What the sender of a message asks for beside it (MQTT 5.0, section 4.10), as he set it; nobody has checked it.

    Args:
        response_topic, correlation, user: properties of MQTT 5.
    """

    response_topic: str | None = None
    correlation: bytes | None = None
    user: tuple[tuple[str, str], ...] = ()

    @property
    def held_bytes(self) -> int:
        """What it takes in memory, roughly."""
        beside = len(self.response_topic or "") + len(self.correlation or b"")
        return beside + sum(len(name) + len(value) for name, value in self.user)


class Received(Struct, frozen=True):
    """What came from the broker.

    Args:
        arrived_s: monotonic seconds.
        mid: packet identifier, by which it is acknowledged.
        again: the broker has sent it before, and had no acknowledgement.
        left_out: why neither `asked` nor the payload were read; None: they were.
        held_bytes: what it takes in memory, roughly.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    arrived_s: float
    mid: int
    again: bool = False
    asked: Asked = Asked()
    left_out: str | None = None
    held_bytes: int = 0
