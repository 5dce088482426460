"""How much is read of what a broker sends, without I/O.

What a broker does by itself ends its connection. A message is its sender's, who may be anybody: one that is too much is
handed on without its content, so that it is acknowledged like every other and does not come again in each connection.
"""

from drivers.mqtt.packets import PUBLISH, TOO_LARGE, BadPacket, TooManyProperties, check, check_head, name, topic_end
from drivers.translation import _

_MOST_BYTES = 8192
"""The remaining length of a packet that is no PUBLISH; a reason in words is the longest that it may hold."""

_MOST_TOPIC_BYTES = 1024
"""Of a topic that is read to its end; those that we ask for have some hundred."""

_MOST_BEFORE_PAYLOAD = 2 + 0xFFFF + 2
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
        return min(length, _MOST_BEFORE_PAYLOAD)
    what = _("{packet} of {count} bytes, where it may have {most}")
    raise BadPacket(what.format(packet=name(head >> 4), count=length, most=most), TOO_LARGE)


def readable(head: int, body: bytes, length: int, is_v5: bool) -> tuple[bytes, str | None]:
    """What is read of a packet, and why its content is left out; None: it is not. Raises BadPacket.

    Args:
        body: as much as was admitted of `length` bytes.
    """
    if len(body) < length:
        what = _("a message of {count} bytes, which is too long to be read").format(count=length)
        return _without_content(head, body, is_v5), what
    try:
        check(head, body, is_v5)
    except TooManyProperties as error:
        if head >> 4 != PUBLISH:
            raise
        return _without_content(head, body, is_v5), error.what
    if head >> 4 == PUBLISH and topic_end(body) > 2 + _MOST_TOPIC_BYTES:
        what = _("a topic of {count} bytes, which is too long to be read").format(count=topic_end(body) - 2)
        return _without_content(head, body, is_v5), what
    return body, None


def _without_content(head: int, body: bytes, is_v5: bool) -> bytes:
    """Returns the body of a PUBLISH without properties and payload, and of its topic the beginning. Raises
    BadPacket."""
    end = topic_end(body)
    identifier = body[end : end + 2] if head & 0x06 else b""
    topic = body[2:end][:_MOST_TOPIC_BYTES].decode(errors="ignore").encode()
    no_properties = b"\0" if is_v5 else b""
    check(head, body[:end] + identifier + no_properties, is_v5)
    return len(topic).to_bytes(2, "big") + topic + identifier + no_properties
