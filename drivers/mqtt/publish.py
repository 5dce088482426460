"""PUBLISH as bytes, without I/O (MQTT 3.1.1 and 5.0, section 3.3)."""

from drivers.mqtt.message import Message
from drivers.mqtt.packets import PUBLISH
from drivers.translation import _

_MOST_LENGTH = (1 << 28) - 1
"""The largest remaining length there is (MQTT 5.0, section 2.1.4)."""


class Unsendable(ValueError):
    """Says why no broker may be sent that message."""


def publish(message: Message, mid: int, properties: bytes) -> bytes:
    """Returns the packet. Raises Unsendable.

    Args:
        mid: packet identifier, which a message of QoS 0 does not have.
        properties: with their length; MQTT 3.1.1 has none.
    """
    topic = _topic(message.topic)
    identifier = mid.to_bytes(2, "big") if message.qos else b""
    parts = len(topic).to_bytes(2, "big"), topic, identifier, properties, message.payload
    head = PUBLISH << 4 | message.qos << 1 | message.retain
    return b"".join((bytes((head,)), _length(sum(map(len, parts))), *parts))


def _topic(text: str) -> bytes:
    """Raises Unsendable: nobody may publish to that."""
    topic = text.encode(errors="replace")
    if not text or len(topic) > 0xFFFF or not {"+", "#", "\0"}.isdisjoint(text):
        raise Unsendable(_("{text!r} is no topic to publish to").format(text=text[:40]))
    return topic


def _length(value: int) -> bytes:
    """A variable byte integer (MQTT 5.0, section 1.5.5). Raises Unsendable."""
    if value > _MOST_LENGTH:
        raise Unsendable(_("{count} bytes, where MQTT allows {most}").format(count=value, most=_MOST_LENGTH))
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
