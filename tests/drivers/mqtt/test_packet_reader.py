"""A turn deals with a bounded part of what has come, and tells whether more of it waits."""

import socket
from typing import Any

from paho.mqtt.enums import MQTTErrorCode

from drivers.mqtt.packet_reader import PACKETS, READ_BYTES, TURN_S, PacketReader


class Paho:
    """The part of paho's client that has to do with reading."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.ended_with: MQTTErrorCode | None = None
        self._in_packet: dict[str, Any] = {}
        self._last_bytes_received = 0.0

    def socket(self) -> socket.socket | None:
        return None if self.ended_with is not None else socket.SocketType.__new__(socket.SocketType)

    def _sock_recv(self, count: int) -> bytes:
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

    def __init__(self, *pieces: bytes, code: MQTTErrorCode = MQTTErrorCode.MQTT_ERR_SUCCESS) -> None:
        self.paho: Any = Paho(*pieces)
        self.seen: list[tuple[int, bytes]] = []
        self._code = code
        self.now_s, self.packet_s = 0.0, 0.0
        self.reader = PacketReader(self.paho, lambda _, length: length, self._judge, lambda: self.now_s)

    def _judge(self) -> MQTTErrorCode:
        self.now_s += self.packet_s
        packet = self.paho._in_packet
        self.seen.append((packet["command"], bytes(packet["packet"])))
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
