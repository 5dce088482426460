"""What is fed in any pieces comes out as the packets that it holds, and nothing is held that was not admitted."""

from collections.abc import Iterable
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.packets import BadPacket
from drivers.mqtt.stream import Packet, PacketStream


def _all(head: int, length: int) -> int:
    return length


def _number(value: int) -> bytes:
    found = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        found.append(low | (0x80 if value else 0))
        if not value:
            return bytes(found)


def _taken(stream: PacketStream) -> Iterable[Packet]:
    while (packet := stream.take()) is not None:
        yield packet


PACKETS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=6)


@given(PACKETS, st.lists(st.integers(1, 200), min_size=1))
def test_packets_come_out_as_they_went_in_whatever_the_pieces(
    packets: list[tuple[int, bytes]], sizes: list[int]
) -> None:
    whole = b"".join(bytes((head,)) + _number(len(body)) + body for head, body in packets)
    stream, found, at = PacketStream(_all), list[Packet](), 0
    for size in cycle(sizes):
        if at >= len(whole):
            break
        stream.feed(whole[at : at + size])
        at += size
        found += _taken(stream)
    assert found == [Packet(head, body, len(body)) for head, body in packets]
    assert len(stream) == 0


def test_a_length_is_judged_before_a_byte_of_the_body_has_come() -> None:
    asked: list[tuple[int, int]] = []

    def refuse(head: int, length: int) -> int:
        asked.append((head, length))
        raise BadPacket("too long")

    stream = PacketStream(refuse)
    for byte in b"\x30\xff\xff\xff":
        stream.feed(bytes((byte,)))
        assert stream.take() is None and asked == []
    stream.feed(b"\x7f")
    with pytest.raises(BadPacket, match="too long"):
        stream.take()
    assert asked == [(0x30, 268_435_455)]


@pytest.mark.parametrize("fed", [b"\x30\xff\xff\xff\xff", b"\x30\xff\xff\xff\xff\x01", b"\xff" * 1000])
def test_a_length_has_four_bytes_at_most(fed: bytes) -> None:
    stream = PacketStream(_all)
    stream.feed(fed)
    with pytest.raises(BadPacket, match="its length has more than four bytes"):
        stream.take()


def test_what_is_not_kept_passes_by_and_what_follows_is_read() -> None:
    """A packet of 10 MB of which 5 bytes are kept."""
    stream, length, most = PacketStream(lambda _, length: min(length, 5)), 10_000_000, 0
    stream.feed(b"\x32" + _number(length) + b"abcde")
    piece = b"x" * 4096
    for _ in range((length - 5) // len(piece)):
        stream.feed(piece)
        assert stream.take() is None
        most = max(most, len(stream))
    stream.feed(b"x" * ((length - 5) % len(piece)) + b"\xd0\0")
    assert list(_taken(stream)) == [Packet(0x32, b"abcde", length), Packet(0xD0, b"", 0)]
    assert most == 5
