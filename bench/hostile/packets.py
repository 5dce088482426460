"""MQTT as a broker sends it, right or wrong."""

TOPIC = b"lamppost/bench/bench/command"
FRAMES = b"application/1/device/70b3d5a1c0de0001/event/up"
OTHER_FRAMES = b"application/1/device/70b3d5a1c0de0002/event/up"
"""The frames of a sensor in whose name nobody floods."""


def number(value: int) -> bytes:
    """A variable byte integer."""
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def packet(head: int, body: bytes) -> bytes:
    return bytes((head,)) + number(len(body)) + body


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def user_properties(count: int) -> bytes:
    """Returns a number of user properties, without their length."""
    return (b"\x26" + text(b"") + text(b"")) * count


def publish(
    topic: bytes,
    payload: bytes,
    *,
    qos: int = 0,
    mid: int = 1,
    retain: bool = False,
    properties: bytes | None = b"",
) -> bytes:
    """Args: properties: without their length; None: MQTT 3.1.1."""
    told = b"" if properties is None else number(len(properties)) + properties
    identifier = mid.to_bytes(2, "big") if qos else b""
    return packet(0x30 | qos << 1 | int(retain), text(topic) + identifier + told + payload)
