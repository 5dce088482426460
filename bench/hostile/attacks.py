"""What a hostile broker may send, as pieces that it writes one after the other until its time is over.

Each attack is a generator; what it yields is written whole, so that what comes after it is read from a beginning.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hostile.packets import number, packet, publish, text, user_properties

MB = 1 << 20
CHUNK = bytes(64 * 1024)
MIDS = 60_000

Pieces = Iterator[bytes]


class Edge(NamedTuple):
    """The side of the daemon that is attacked.

    Args:
        name: "uplink" or "lorawan".
        topic: on which it takes what comes.
        good: the payload of a message that it would believe; it is given a number.
    """

    name: str
    protocol: str
    topic: bytes
    good: Callable[[int], bytes]

    @property
    def properties(self) -> bytes | None:
        return b"" if self.protocol == "5" else None


def _mid(n: int) -> int:
    return n % MIDS + 1


def _long(head: int, beginning: bytes, length: int) -> Pieces:
    """One packet of that remaining length, in pieces."""
    yield bytes((head,)) + number(length) + beginning
    left = length - len(beginning)
    while left > 0:
        yield CHUNK[:left]
        left -= len(CHUNK)


def one_packet_of_268_mb(edge: Edge) -> Pieces:
    beginning = text(edge.topic) + (b"" if edge.properties is None else b"\0")
    return _long(0x30, beginning, 268_435_455)


def message_of_150_mb(edge: Edge) -> Pieces:
    beginning = text(edge.topic) + b"\0\7" + (b"" if edge.properties is None else b"\0")
    return _long(0x32, beginning + b'{"id": "', 150 * MB)


def messages(edge: Edge, qos: int, size: int, retain: bool = False, topic: bytes | None = None) -> Pieces:
    """One after the other, each of another packet identifier."""
    for n in itertools.count():
        payload = edge.good(n)
        payload = payload[:-1] + b" " * (size - len(payload)) + payload[-1:] if size else b"x"
        yield publish(topic or edge.topic, payload, qos=qos, mid=_mid(n), retain=retain, properties=edge.properties)


def qos_2_flood(edge: Edge) -> Pieces:
    return messages(edge, 2, 400)


def qos_2_flood_of_long_messages(edge: Edge) -> Pieces:
    return messages(edge, 2, 60_000)


def qos_2_flood_with_release(edge: Edge) -> Pieces:
    for n, message in enumerate(messages(edge, 2, 400)):
        yield message + packet(0x62, _mid(n).to_bytes(2, "big"))


def qos_1_flood(edge: Edge) -> Pieces:
    return messages(edge, 1, 400)


def qos_1_flood_of_long_messages(edge: Edge) -> Pieces:
    return messages(edge, 1, 60_000)


def qos_1_flood_beyond_what_is_read(edge: Edge) -> Pieces:
    return messages(edge, 1, 120_000)


def a_million_tiny_packets(edge: Edge) -> Pieces:
    tiny = publish(edge.topic, b"", properties=edge.properties)
    return itertools.repeat(tiny * 1000, 1000)


def qos_0_flood(edge: Edge) -> Pieces:
    return messages(edge, 0, 400)


def qos_0_flood_of_long_messages(edge: Edge) -> Pieces:
    return messages(edge, 0, 60_000)


def retained_flood(edge: Edge) -> Pieces:
    return messages(edge, 1, 400, retain=True)


def flood_on_foreign_topics(edge: Edge) -> Pieces:
    return messages(edge, 1, 400, topic=b"somebody/else")


def flood_on_long_topics(edge: Edge) -> Pieces:
    return messages(edge, 0, 0, topic=b"t/" * 32_000)


def deep_json(edge: Edge) -> Pieces:
    for n in itertools.count():
        yield publish(edge.topic, b"[" * 60_000, qos=1, mid=_mid(n), properties=edge.properties)


def json_of_many_members(edge: Edge) -> Pieces:
    members = json.dumps({str(n): n for n in range(4000)}).encode()
    for n in itertools.count():
        yield publish(edge.topic, members, qos=1, mid=_mid(n), properties=edge.properties)


def four_mb_of_user_properties(edge: Edge) -> Pieces:
    """One packet; MQTT 3.1.1 has none, so that the bytes are a payload there."""
    yield (
        publish(
            edge.topic,
            edge.good(1),
            qos=1,
            properties=None if edge.properties is None else user_properties(4 * MB // 5),
        )
        if edge.properties is not None
        else publish(edge.topic, bytes(4 * MB), qos=1, properties=None)
    )


def packets_full_of_user_properties(edge: Edge) -> Pieces:
    told = None if edge.properties is None else user_properties(12_000)
    for n in itertools.count():
        yield publish(edge.topic, edge.good(n), qos=1, mid=_mid(n), properties=told)


def packets_of_64_user_properties(edge: Edge) -> Pieces:
    told = None if edge.properties is None else user_properties(64)
    for n in itertools.count():
        yield publish(edge.topic, edge.good(n), qos=0, mid=_mid(n), properties=told)


def puback_flood(edge: Edge) -> Pieces:
    for n in itertools.count():
        yield b"".join(packet(0x40, _mid(each).to_bytes(2, "big")) for each in range(100 * n, 100 * n + 100))


def pubrel_flood(edge: Edge) -> Pieces:
    for n in itertools.count():
        yield b"".join(packet(0x62, _mid(each).to_bytes(2, "big")) for each in range(100 * n, 100 * n + 100))


def pingresp_flood(edge: Edge) -> Pieces:
    return itertools.repeat(b"\xd0\0" * 1000)


def suback_flood(edge: Edge) -> Pieces:
    end = b"" if edge.properties is None else b"\0"
    return itertools.repeat(packet(0x90, b"\x70\0" + end + b"\1") * 100)


def unsuback_flood(edge: Edge) -> Pieces:
    end = b"" if edge.properties is None else b"\0\0"
    return itertools.repeat(packet(0xB0, b"\x70\0" + end) * 100)


def length_of_five_bytes(edge: Edge) -> Pieces:
    return iter((b"\x30\xff\xff\xff\xff\x01",))


def length_that_never_ends(edge: Edge) -> Pieces:
    return itertools.repeat(b"\xff" * 1000)


def topic_alias(edge: Edge) -> Pieces:
    alias = None if edge.properties is None else b"\x23\0\5"
    return iter((publish(b"", edge.good(1), properties=alias),))


def disconnect_of_4_mb(edge: Edge) -> Pieces:
    told = user_properties(4 * MB // 5)
    return iter((packet(0xE0, b"\0" + number(len(told)) + told),))


def auth_of_4_mb(edge: Edge) -> Pieces:
    told = user_properties(4 * MB // 5)
    return iter((packet(0xF0, b"\x18" + number(len(told)) + told),))


def connack_of_4_mb(edge: Edge) -> Pieces:
    """One packet, sent instead of the CONNACK."""
    told = user_properties(4 * MB // 5)
    return iter((packet(0x20, b"\0\0" + number(len(told)) + told),))


def flood_before_suback(edge: Edge) -> Pieces:
    """Messages behind CONNACK, when nobody has asked for one yet."""
    yield b"\x20\x03\0\0\0" if edge.properties is not None else b"\x20\x02\0\0"
    yield from messages(edge, 1, 400)


def long_messages_before_suback(edge: Edge) -> Pieces:
    yield b"\x20\x03\0\0\0" if edge.properties is not None else b"\x20\x02\0\0"
    yield from messages(edge, 0, 60_000)


def byte_by_byte(edge: Edge) -> Pieces:
    """A packet whose bytes come one by one, each ten milliseconds after the other."""
    whole = publish(edge.topic, b"x" * 500, properties=edge.properties)
    return (whole[at : at + 1] for at in range(len(whole)))


ATTACKS: dict[str, Callable[[Edge], Pieces]] = {
    each.__name__.replace("_", " "): each
    for each in (
        one_packet_of_268_mb, message_of_150_mb, qos_2_flood, qos_2_flood_of_long_messages, qos_2_flood_with_release,
        qos_1_flood, qos_1_flood_of_long_messages, qos_1_flood_beyond_what_is_read, qos_0_flood,
        qos_0_flood_of_long_messages, a_million_tiny_packets, retained_flood, flood_on_foreign_topics,
        flood_on_long_topics, deep_json, json_of_many_members, four_mb_of_user_properties,
        packets_full_of_user_properties, packets_of_64_user_properties, puback_flood, pubrel_flood, pingresp_flood,
        suback_flood, unsuback_flood, length_of_five_bytes, length_that_never_ends, topic_alias, disconnect_of_4_mb,
        auth_of_4_mb, connack_of_4_mb, flood_before_suback, long_messages_before_suback, byte_by_byte,
    )
}  # fmt: skip
INSTEAD_OF_CONNACK = {"connack of 4 mb", "flood before suback", "long messages before suback"}
SLOW = {"byte by byte"}
UNREAD = {"qos 1 flood that reads no answer"}
"""The broker reads nothing while it sends."""
ATTACKS["qos 1 flood that reads no answer"] = qos_1_flood
