"""How much is read of what a broker sends, without I/O.

What a broker does by itself ends its connection. A message is its sender's, who may be anybody: one that is too much is
handed on without its content, so that it is acknowledged like every other and does not come again in each connection.
"""

from drivers.mqtt.packets import MOST_TOPIC_BYTES, PUBLISH, TOO_LARGE, BadPacket, check, check_head, name, topic_end
from drivers.translation import _

_MOST_BYTES = 8192
"""The remaining length of a packet that is no PUBLISH; a reason in words is the longest that it may hold."""

MOST_BEFORE_PAYLOAD = 2 + 0xFFFF + 2
"""Bytes of a PUBLISH of MQTT 3.1.1 before its payload: a topic with its length, and a packet identifier."""


def admitted(head: int, length: int, is_v5: bool, most_bytes: int) -> int:
    """How many bytes of a packet are read, by its first byte and its remaining length. Raises BadPacket.

    A broker of MQTT 5 was told `most_bytes`; one of MQTT 3.1.1 cannot be.

    Args:
        most_bytes: of a PUBLISH.
    """
    check_head(head, is_v5)
    is_publish = head >> 4 == PUBLISH
    most = most_bytes if is_publish else _MOST_BYTES
    if length <= most:
        return length
    if is_publish and not is_v5:
        return min(length, MOST_BEFORE_PAYLOAD)
    what = _("{packet} of {count} bytes, where it may have {most}")
    raise BadPacket(what.format(packet=name(head >> 4), count=length, most=most), TOO_LARGE)


def too_long(length: int, most_bytes: int) -> str:
    """Why a message of that remaining length has no content."""
    return _("a message of {count} bytes, which may have at most {most}").format(count=length, most=most_bytes)


def without_content(head: int, body: bytes, is_v5: bool) -> bytes:
    """Returns the body of a PUBLISH without properties and payload, and of its topic the beginning. Raises
    BadPacket.

    Args:
        body: whole, or its beginning with topic and packet identifier.
    """
    end = topic_end(body)
    identifier = body[end : end + 2] if head & 0x06 else b""
    topic = body[2:end][:MOST_TOPIC_BYTES].decode(errors="ignore").encode()
    left = len(topic).to_bytes(2, "big") + topic + identifier + (b"\0" if is_v5 else b"")
    check(head, left, is_v5)
    return left
