"""MQTT 5 properties of what is published, packed once where they recur."""

from typing import Any

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.mqtt.message import Message
from drivers.mqtt.reasons import in_one_line


class PropertiesOf:
    """The properties of messages; those without correlation and trace are the same for many."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], PublishProperties] = {}

    def __call__(self, message: Message) -> "PublishProperties":
        if message.correlation is not None or message.traceparent is not None:
            return PublishProperties(message)
        key = (message.content_type, message.expires_s, message.replayed)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = PublishProperties(message)
        return found


class PublishProperties(Properties):
    """Keeps those of one message as bytes: paho packs them for each message, at a greater cost than its payload."""

    _packed: bytes

    def __init__(self, message: Message) -> None:
        super().__init__(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        self.ContentType = message.content_type
        self.PayloadFormatIndicator = 1
        if message.expires_s is not None:
            self.MessageExpiryInterval = message.expires_s
        if message.correlation is not None:
            self.CorrelationData = message.correlation
        user = [("replayed", "true")] if message.replayed else []
        user += [("traceparent", message.traceparent)] if message.traceparent is not None else []
        if user:
            self.UserProperty = user
        object.__setattr__(self, "_packed", super().pack())  # type: ignore[no-untyped-call]

    def pack(self) -> bytes:
        return self._packed


def said_in(properties: Properties | None) -> str:
    """Returns what a broker says of its reason in words of its own, in one line; empty: nothing."""
    said = [str(getattr(properties, name, "")) for name in ("ReasonString", "ServerReference")]
    return in_one_line(", ".join(filter(None, said)))


def of_session(session_s: int, max_packet_bytes: int, in_flight: int) -> Properties:
    """Returns the properties of CONNECT: how long the broker keeps the session, and what it may send at most (MQTT 5.0,
    3.1.2.11).

    Args:
        in_flight: messages that it may send before the first of them is acknowledged.
    """
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = session_s
    properties.MaximumPacketSize = max_packet_bytes
    properties.ReceiveMaximum = in_flight
    return properties
