"""What goes to a broker and what comes from it, without a library's types."""

from typing import Self

from msgspec import Struct, structs
from paho.mqtt.client import MQTTMessage


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


class Received(Struct, frozen=True):
    """What came from the broker.

    Args:
        arrived_s: monotonic seconds.
        mid: packet identifier, by which it is acknowledged.
        again: the broker has sent it before, and had no acknowledgement.
        response_topic, correlation, user: properties of MQTT 5, as its sender set them; nobody has checked them.
        left_out: why neither these nor the payload were read; None: they were.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    arrived_s: float
    mid: int
    again: bool = False
    response_topic: str | None = None
    correlation: bytes | None = None
    user: tuple[tuple[str, str], ...] = ()
    left_out: str | None = None

    def receipt(self) -> Self:
        """What it takes to acknowledge it: many may wait for that."""
        return structs.replace(self, topic="", payload=b"", response_topic=None, correlation=None, user=())

    @classmethod
    def of(cls, message: MQTTMessage, left_out: str | None = None) -> Self:
        """The same of paho's message. Raises UnicodeDecodeError for a topic that is not UTF-8."""
        properties = getattr(message, "properties", None)
        return cls(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retain=message.retain,
            arrived_s=message.timestamp,
            mid=message.mid,
            again=message.dup,
            response_topic=getattr(properties, "ResponseTopic", None),
            correlation=getattr(properties, "CorrelationData", None),
            user=tuple(getattr(properties, "UserProperty", ())),
            left_out=left_out,
        )
