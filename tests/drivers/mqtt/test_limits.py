"""How much of a packet is read, and what becomes of a message that is too much."""

import pytest

from drivers.mqtt.limits import admitted, too_long, without_content
from drivers.mqtt.packets import MOST_PROPERTIES, BadPacket, TooMuch, check

MOST = 1000


def _user(count: int) -> bytes:
    """Returns a number of user properties with their length."""
    length = 5 * count
    return bytes((length & 0x7F | 0x80, length >> 7)) + b"\x26\0\0\0\0" * count


@pytest.mark.parametrize(
    ("head", "length", "v5", "kept"),
    [
        (0x30, MOST, True, MOST),
        (0x32, MOST, False, MOST),
        (0x32, MOST + 1, False, MOST + 1),
        (0x32, 268_435_455, False, 65_539),
        (0x20, 8192, True, 8192),
        (0x40, 2, False, 2),
    ],
)
def test_so_much_of_a_packet_is_kept(head: int, length: int, v5: bool, kept: int) -> None:
    assert admitted(head, length, v5, MOST) == kept


@pytest.mark.parametrize(
    ("head", "length", "v5", "words", "code"),
    [
        (0x30, MOST + 1, True, "PUBLISH of 1001 bytes, where it may have 1000", 0x95),
        (0x20, 8193, True, "CONNACK of 8193 bytes, where it may have 8192", 0x95),
        (0xE0, 4_000_000, True, "DISCONNECT of 4000000 bytes", 0x95),
        (0x90, 268_435_455, False, "SUBACK of 268435455 bytes", 0x95),
        (0xF0, 268_435_455, True, "which no broker sends", 0x82),
        (0x36, 5, True, "QoS 3", 0x81),
        (0x21, 2, False, "CONNACK with flags", 0x81),
    ],
)
def test_what_a_broker_may_not_send_is_refused_by_its_first_bytes(
    head: int, length: int, v5: bool, words: str, code: int
) -> None:
    with pytest.raises(BadPacket, match=words) as refused:
        admitted(head, length, v5, MOST)
    assert refused.value.code == code


def test_of_a_message_that_is_too_long_what_acknowledges_it_is_left() -> None:
    assert without_content(0x32, b"\0\1t\0\7" + b"x" * 90, False) == b"\0\1t\0\7"
    assert too_long(150_000_000, MOST) == "a message of 150000000 bytes, which may have at most 1000"


@pytest.mark.parametrize(("head", "identifier"), [(0x30, b""), (0x32, b"\0\7")])
def test_so_many_properties_are_read_and_no_more(head: int, identifier: bytes) -> None:
    begin = b"\0\1t" + identifier
    many, too_many = (begin + _user(count) + b"x" for count in (MOST_PROPERTIES, MOST_PROPERTIES + 1))
    check(head, many, True)
    with pytest.raises(TooMuch, match="more than 32 properties"):
        check(head, too_many, True)
    assert without_content(head, too_many, True) == begin + b"\0"


def test_a_broker_that_sets_too_many_properties_itself_is_refused() -> None:
    with pytest.raises(BadPacket, match="more than 32 properties"):
        check(0x40, b"\0\1\0" + _user(MOST_PROPERTIES + 1), True)


@pytest.mark.parametrize("topic", [b"", b"#", b"\xff\xfe"])
def test_its_topic_is_judged_all_the_same(topic: bytes) -> None:
    with pytest.raises(BadPacket):
        without_content(0x32, len(topic).to_bytes(2, "big") + topic + b"\0\7x", False)


@pytest.mark.parametrize(
    ("topic", "begin"), [(b"t" * 60_000, b"t" * 1024), ("é".encode() * 30_000, "é".encode() * 512)]
)
def test_of_a_topic_that_is_too_long_its_beginning_is_left(topic: bytes, begin: bytes) -> None:
    body = len(topic).to_bytes(2, "big") + topic + b"\0\7\0" + b"x" * 90
    with pytest.raises(TooMuch, match="a topic of 60000 bytes, which is too long to be read"):
        check(0x32, body, True)
    assert without_content(0x32, body, True) == len(begin).to_bytes(2, "big") + begin + b"\0\7\0"
