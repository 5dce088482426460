"""Which packets of a broker are MQTT: tables in tests/conftest.py hold those that are not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.packets import CONNACK, DISCONNECT, SUBACK, BadPacket, check, check_order, taken


@pytest.mark.parametrize(
    ("head", "body", "v5"),
    [
        (0x20, "0000", False),
        (0x20, "0105", False),
        (0x20, "000000", True),
        (0x20, "0100 0a 21 0014 27 00100000 24 01", True),
        (0x20, "0001", True),
        (0x30, "000174", False),
        (0x30, "000174 00", True),
        (0x31, "000174 00 78", True),
        (0x32, "000174 0001 78", False),
        (0x3B, "000174 ffff 00 78", True),
        (0x30, "000174 17 01 01 02 00000009 08 000161 09 0002ff00 26 000161 000162", True),
        (0x30, "000174 03 0b ff7f", True),
        (0x40, "0001", False),
        (0x40, "0001", True),
        (0x40, "000187", True),
        (0x40, "00018700", True),
        (0x62, "0001", False),
        (0x90, "000180", False),
        (0x90, "00010002", True),
        (0xB0, "0001", False),
        (0xB0, "00010000", True),
        (0xD0, "", False),
        (0xD0, "", True),
        (0xE0, "", True),
        (0xE0, "8b", True),
        (0xE0, "8b 04 1f 000178", True),
    ],
)
def test_what_a_broker_says_in_good_order_passes(head: int, body: str, v5: bool) -> None:
    check(head, bytes.fromhex(body), v5)


@pytest.mark.parametrize(
    ("head", "body", "v5", "words"),
    [
        (0xB2, "0001", False, "UNSUBACK with flags"),
        (0xB0, "0000", False, "identifier 0"),
        (0xB0, "000100", False, "3 bytes, where 2 are right"),
        (0xB0, "0001", True, "ends too early"),
        (0xB0, "000100", True, "UNSUBACK without a reason code"),
    ],
)
def test_an_unsuback_that_is_none(head: int, body: str, v5: bool, words: str) -> None:
    with pytest.raises(BadPacket, match=words):
        check(head, bytes.fromhex(body), v5)


@pytest.mark.parametrize("v5", [False, True])
def test_a_message_of_qos_2_that_nobody_has_read_as_qos_1_is_refused(v5: bool) -> None:
    """paho would keep it, until a PUBREL that need not come."""
    with pytest.raises(BadPacket, match="PUBLISH with QoS 2, which this client has not asked for"):
        check(0x34, b"\0\1t\0\7" + (b"\0" if v5 else b"") + b"x", v5)


@given(st.integers(0, 255), st.binary(max_size=60), st.booleans())
def test_any_bytes_are_a_packet_or_a_bad_one(head: int, body: bytes, v5: bool) -> None:
    with contextlib.suppress(BadPacket):
        check(head, body, v5)


@pytest.mark.parametrize(("kind", "answered"), [(CONNACK, True), (SUBACK, False)])
def test_connack_comes_once_and_first(kind: int, answered: bool) -> None:
    check_order(kind, not answered)
    with pytest.raises(BadPacket, match="CONNACK"):
        check_order(kind, answered)


@pytest.mark.parametrize("answered", [False, True])
def test_a_broker_may_end_the_connection_at_any_time(answered: bool) -> None:
    check_order(DISCONNECT, answered)


@pytest.mark.parametrize(
    ("data", "is_v5", "mids", "end"),
    [
        (b"\x40\2\1\2\x40\2\0\7", False, [258, 7], 8),
        (b"\x40\3\0\1\x10\x40\4\0\2\0\0\x40\2\0\3", True, [1, 2, 3], 15),
        (b"\x40\2\0\1\xd0\0", True, [1], 4),
        (b"\x40\2\0\1\x40\2\0", True, [1], 4),
        (b"\x40\3\0\1", True, [], 0),
    ],
    ids=["plain", "with a code", "another packet", "cut", "cut before its code"],
)
def test_acknowledgements_that_say_that_all_is_well(data: bytes, is_v5: bool, mids: list[int], end: int) -> None:
    assert taken(data, is_v5) == (mids, end)


@pytest.mark.parametrize(
    ("data", "is_v5"),
    [
        (b"\x40\3\0\1\x87", True),
        (b"\x40\3\0\1\1", True),
        (b"\x40\3\0\1\0", False),
        (b"\x40\4\0\1\0\1", True),
        (b"\x40\2\0\0", True),
        (b"\x40\0\x40\2", True),
        (b"\x40\1\0\1", True),
        (b"\x41\2\0\1", True),
        (b"\x40\x82\0\0\1", True),
        (b"\x40\5\0\1\0\0\0", True),
    ],
)
def test_whatever_else_is_left_to_be_checked(data: bytes, is_v5: bool) -> None:
    assert taken(data, is_v5) == ([], 0)
