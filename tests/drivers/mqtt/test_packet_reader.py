"""A turn deals with a bounded part of what has come, and tells whether more of it waits; what comes in any pieces is
handed over as the packets that it holds, and nothing is held that was not admitted."""

from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from drivers.mqtt.packet_reader import PACKETS, READ_BYTES, TURN_S, Admit, PacketReader
from drivers.mqtt.packets import BadPacket


def _all(head: int, length: int) -> int:
    return length


class Paho:
    """The part of paho's client that has to do with reading."""

    protocol = MQTTProtocolVersion.MQTTv5

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.ended_with: MQTTErrorCode | None = None
        self._in_packet: dict[str, Any] = {}
        self._last_bytes_received = 0.0

    def socket(self) -> "Paho | None":
        """It is its own socket."""
        return None if self.ended_with is not None else self

    def recv(self, count: int) -> bytes:
        if not self.pieces:
            raise BlockingIOError
        piece = self.pieces[0][:count]
        self.pieces[0] = self.pieces[0][count:]
        if not self.pieces[0]:
            self.pieces.pop(0)
        if piece == b"LOST":
            raise ConnectionResetError
        return b"" if piece == b"END" else piece

    def _loop_rc_handle(self, code: MQTTErrorCode) -> None:
        self.ended_with = code


class Reading:
    """A reader, and what it handed over."""

    def __init__(
        self, *pieces: bytes, code: MQTTErrorCode = MQTTErrorCode.MQTT_ERR_SUCCESS, admit: Admit = _all
    ) -> None:
        self.paho: Any = Paho(*pieces)
        self.seen: list[tuple[int, bytes]] = []
        self.lengths: list[int] = []
        self._code = code
        self.now_s, self.packet_s = 0.0, 0.0
        self.reader = PacketReader(self.paho, admit, self._judge, lambda: self.now_s)

    def _judge(self) -> MQTTErrorCode:
        self.now_s += self.packet_s
        packet = self.paho._in_packet
        self.seen.append((packet["command"], bytes(packet["packet"])))
        self.lengths.append(packet["remaining_length"])
        return self._code


def test_a_turn_deals_with_so_many_packets_and_the_next_with_the_rest() -> None:
    reading = Reading(b"\xd0\0" * (2 * PACKETS + 5))
    counts = []
    while reading.reader.turn():
        counts.append(len(reading.seen))
    assert counts == [PACKETS, 2 * PACKETS] and len(reading.seen) == 2 * PACKETS + 5


def test_a_turn_is_over_when_it_has_taken_long() -> None:
    reading = Reading(b"\xd0\0" * 10)
    reading.packet_s = TURN_S / 2.5
    counts = []
    while reading.reader.turn():
        counts.append(len(reading.seen))
    assert counts == [3, 6, 9] and len(reading.seen) == 10


def test_a_turn_reads_so_many_bytes_and_tells_that_there_may_be_more() -> None:
    body = b"\0\1t" + b"x" * (3 * READ_BYTES)
    reading = Reading(b"\x30" + bytes((len(body) & 0x7F | 0x80, len(body) >> 7 & 0x7F | 0x80, len(body) >> 14)) + body)
    assert [reading.reader.turn() for _ in range(4)] == [True, True, True, False]
    assert reading.seen == [(0x30, body)]


def test_nothing_has_come() -> None:
    reading = Reading()
    assert not reading.reader.turn() and reading.seen == [] and reading.paho.ended_with is None


def test_while_it_is_paused_what_has_come_stays_where_it_is() -> None:
    reading = Reading(b"\xd0\0\xd0\0")
    reading.reader.paused = True
    assert reading.reader.turn() and reading.seen == []
    reading.reader.paused = False
    reading.reader.turn()
    assert len(reading.seen) == 2


def test_the_end_of_a_connection_is_told() -> None:
    for piece in (b"END", b"LOST"):
        reading = Reading(piece)
        assert not reading.reader.turn()
        assert reading.paho.ended_with is MQTTErrorCode.MQTT_ERR_CONN_LOST


def test_what_paho_refuses_ends_it_and_what_follows_is_not_read() -> None:
    reading = Reading(b"\x20\2\0\5\xd0\0", code=MQTTErrorCode.MQTT_ERR_CONN_REFUSED)
    assert not reading.reader.turn()
    assert reading.paho.ended_with is MQTTErrorCode.MQTT_ERR_CONN_REFUSED and len(reading.seen) == 1


def test_a_sign_of_life_is_a_whole_packet_or_a_good_part_of_one() -> None:
    """Bytes alone are none: they could come one by one for ever, and the answer to PINGREQ behind them never."""
    reading = Reading(*[b"\x30", b"\xff\xff\x03", *[b"x"] * 100])
    for _ in range(102):
        reading.reader.turn()
    assert reading.paho._last_bytes_received == 0.0
    reading.paho.pieces = [b"x" * READ_BYTES]
    reading.reader.turn()
    assert reading.paho._last_bytes_received > 0.0
    other = Reading(b"\xd0\0")
    other.reader.turn()
    assert other.paho._last_bytes_received > 0.0


def _number(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=6),
    st.lists(st.integers(1, 200), min_size=1),
)
def test_packets_are_handed_over_as_they_were_sent_whatever_the_pieces(
    packets: list[tuple[int, bytes]], sizes: list[int]
) -> None:
    whole = b"".join(bytes((head,)) + _number(len(body)) + body for head, body in packets)
    reading, at = Reading(), 0
    for size in cycle(sizes):
        if at >= len(whole):
            break
        reading.paho.pieces = [whole[at : at + size]]
        at += size
        while reading.reader.turn():
            pass
    assert reading.seen == packets and reading.lengths == [len(body) for _, body in packets]
    assert len(reading.reader) == 0


def test_a_length_is_judged_before_a_byte_of_the_body_has_come() -> None:
    asked: list[tuple[int, int]] = []

    def refuse(head: int, length: int) -> int:
        asked.append((head, length))
        raise BadPacket("too long")

    reading = Reading(*(bytes((byte,)) for byte in b"\x30\xff\xff\xff"), admit=refuse)
    for _ in range(4):
        assert not reading.reader.turn() and asked == []
    reading.paho.pieces = [b"\x7f"]
    with pytest.raises(BadPacket, match="too long"):
        reading.reader.turn()
    assert asked == [(0x30, 268_435_455)]


@pytest.mark.parametrize("sent", [b"\x30\xff\xff\xff\xff", b"\x30\xff\xff\xff\xff\x01", b"\xff" * 1000])
def test_a_length_has_four_bytes_at_most(sent: bytes) -> None:
    with pytest.raises(BadPacket, match="its length has more than four bytes"):
        Reading(sent).reader.turn()


def test_what_is_not_kept_passes_by_and_what_follows_is_read() -> None:
    """A packet of 10 MB of which 5 bytes are kept."""
    length, most = 10_000_000, 0
    reading = Reading(b"\x32" + _number(length) + b"abcde", admit=lambda _, length: min(length, 5))
    reading.reader.turn()
    piece = b"x" * 4096
    for _ in range((length - 5) // len(piece)):
        reading.paho.pieces = [piece]
        reading.reader.turn()
        assert len(reading.seen) == 0
        most = max(most, len(reading.reader))
    reading.paho.pieces = [b"x" * ((length - 5) % len(piece)) + b"\xd0\0"]
    reading.reader.turn()
    assert reading.seen == [(0x32, b"abcde"), (0xD0, b"")] and reading.lengths == [length, 0]
    assert most == 5


def test_acknowledgements_are_taken_together_and_in_their_order_with_what_comes_between() -> None:
    reading = Reading(b"\x40\2\0\1" * PACKETS + b"\x40\2\0\2" + b"\xd0\0" + b"\x40\2\0\3\x40\3\0\4\x87\x40\2\0")
    mids: list[int] = []
    reading.reader.acknowledged = mids.append
    assert not reading.reader.turn()
    assert mids == [1] * PACKETS + [2, 3], "and what is no plain acknowledgement goes the way of all others"
    assert reading.seen == [(0xD0, b""), (0x40, b"\0\4\x87")]
    reading.paho.pieces.append(b"\5")
    reading.reader.turn()
    assert reading.seen[-1] == (0x40, b"\0\5"), "one that was cut is looked at by itself"
    assert len(reading.reader) == 0


def test_an_acknowledgement_is_a_sign_of_life() -> None:
    reading = Reading(b"\x40\2\0\1")
    reading.reader.acknowledged = lambda mid: None
    reading.reader.turn()
    assert reading.paho._last_bytes_received > 0
