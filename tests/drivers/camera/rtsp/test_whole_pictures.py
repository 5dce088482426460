"""Packets that come late, twice or never: what is shown is whole, and in order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numbered_packets import PER_PICTURE, packet, stream

from drivers.camera.rtsp.whole_pictures import MOST_HELD, STARTS, WholePictures


def shown(packets: list[bytes], first: int | None = 0) -> tuple[list[bytes], int]:
    pictures = WholePictures(STARTS["H264"], first)
    return [each for one in packets for each in pictures.add(one)], pictures.left_out


def test_what_comes_in_order_is_given_as_it_comes() -> None:
    assert shown(stream(8)) == (stream(8), 0)


def test_what_comes_late_or_twice_is_put_in_its_place() -> None:
    sent = stream(8)
    mixed = [sent[0], sent[2], sent[1], sent[1], *sent[3:9], sent[11], sent[9], sent[10], *sent[12:]]
    assert shown(mixed) == (sent, 0)


def test_a_lost_packet_takes_its_picture_and_what_builds_on_it() -> None:
    sent = stream(12)
    came = [each for number, each in enumerate(sent) if number != 4]  # of picture 1; 4 is the next that stands alone
    given_on, left_out = shown(came)
    assert given_on == sent[:3] + sent[12:]
    assert left_out == 3


def test_a_lost_end_takes_the_next_picture_too() -> None:
    sent = stream(12)
    given_on, left_out = shown([each for number, each in enumerate(sent) if number not in (11, 12)])
    assert given_on == sent[:9] + sent[24:]
    assert left_out == 5


def test_of_a_stream_that_has_begun_before_only_what_stands_alone_is_shown() -> None:
    assert shown(stream(8, first=5), None) == (stream(8)[12:], 3)
    assert shown(stream(8, first=1), None) == (stream(8)[12:], 4)


def test_a_camera_that_begins_anew_is_followed_at_once() -> None:
    sent = [*stream(2), *(packet(each, key=each < 3, jump=30_000) for each in range(6))]
    assert shown(sent) == (stream(2), 2)
    sent += [packet(each, key=each < 15, jump=30_000) for each in range(12, 15)]
    assert shown(sent)[0][6:] == []  # its numbers were no others than a jump: the next that stands alone is shown
    again = [packet(each, key=True, jump=30_000) for each in range(15, 18)]
    assert shown([*sent, *again])[0][6:] == again


def test_numbers_go_round() -> None:
    sent = [packet(each, key=each < 3, jump=65_530) for each in range(12)]
    assert shown(sent, 65_530) == (sent, 0)


def test_few_packets_a_picture_are_not_waited_for_until_many_have_come() -> None:
    pictures = WholePictures(STARTS["JPEG"], 0)
    head = b"\0\0\0\1x"
    one = [bytes((0x80, 0x80 | 26)) + n.to_bytes(2, "big") + n.to_bytes(4, "big") + head for n in range(9)]
    assert [len(pictures.add(one[n])) for n in (0, 2, 3, 4)] == [1, 0, 1, 1]
    assert pictures.left_out == 1


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_whatever_comes_nothing_breaks(datagrams: list[bytes]) -> None:
    for codec in STARTS:
        pictures = WholePictures(STARTS[codec], None)
        for each in datagrams:
            assert all(one in datagrams for one in pictures.add(each))


@given(st.sets(st.integers(0, 59), max_size=6))
def test_what_is_shown_is_whole_and_so_is_all_since_the_last_that_stands_alone(lost: set[int]) -> None:
    sent = stream(20)
    given_on, _ = shown([each for number, each in enumerate(sent) if number not in lost])
    numbers = [sent.index(each) for each in given_on]
    assert numbers == sorted(numbers)
    for number in numbers:
        picture = number // PER_PICTURE
        since = picture - picture % 4
        assert not lost & set(range(since * PER_PICTURE, (picture + 1) * PER_PICTURE))


@pytest.mark.parametrize(
    ("codec", "payload", "starts"),
    [
        ("H264", b"\x65\x88", True),
        ("H264", b"\x41\x9a", False),
        ("H264", b"\x18\x00\x02\x67\x01\x00\x02\x65\x88", True),
        ("H264", b"\x18\x00\x02\x67\x01\x00\x02\x41\x88", False),
        ("H264", b"\x18\x00\x00\x00", False),
        ("H264", b"\x7c\x85", True),
        ("H264", b"\x7c\x05", False),
        ("H264", b"\x7c", False),
        ("H265", b"\x26\x01", True),
        ("H265", b"\x02\x01", False),
        ("H265", b"\x60\x01\x00\x02\x26\x01", True),
        ("H265", b"\x62\x01\x93", True),
        ("H265", b"\x62\x01\x13", False),
        ("JPEG", b"x", True),
    ],
)
def test_where_a_picture_begins_that_needs_none_before_it(codec: str, payload: bytes, starts: bool) -> None:
    assert STARTS[codec](payload) is starts


def test_no_more_is_held_than_waits() -> None:
    pictures = WholePictures(STARTS["H264"], 0)
    pictures.add(packet(0, key=True))
    for number in range(2, 2 + 3 * MOST_HELD):
        pictures.add(packet(number))
        assert len(pictures._held) <= MOST_HELD
