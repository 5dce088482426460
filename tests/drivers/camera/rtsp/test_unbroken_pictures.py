"""A picture is handed on whole or not at all, from a connection as from packets."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numbered_packets import PER_PICTURE, packet, stream

from drivers.camera.rtsp.message import Packet
from drivers.camera.rtsp.unbroken_pictures import UnbrokenPictures
from drivers.camera.rtsp.whole_pictures import MOST_PICTURE_BYTES, STARTS


def shown(sent: Iterable[bytes]) -> tuple[list[bytes], int]:
    pictures = UnbrokenPictures(STARTS["H264"])
    return [each.content for one in sent for each in pictures.of([Packet(0, one)])], pictures.left_out


def without(sent: list[bytes], *lost: int) -> list[bytes]:
    return [each for number, each in enumerate(sent) if number not in lost]


def test_nothing_is_left_out_where_nothing_is_lost_wherever_it_begins() -> None:
    """Some cameras have no picture that stands alone: what comes first is not held to be one."""
    for first in (0, PER_PICTURE, 4):
        sent = stream(8, first=first)
        assert shown(sent) == (sent, 0)


@pytest.mark.parametrize("lost", [3, 4, 5])
def test_a_lost_packet_takes_its_picture_and_what_builds_on_it(lost: int) -> None:
    sent = stream(12)
    given_on, left_out = shown(without(sent, lost))
    assert given_on == sent[:3] + sent[12:]
    assert left_out == 3


def test_a_picture_that_is_lost_altogether_takes_those_up_to_the_next_that_stands_alone() -> None:
    sent = stream(12)
    assert shown(without(sent, 12, 13, 14)) == (sent[:12] + sent[24:], 3)


def test_a_lost_end_takes_the_next_picture_too() -> None:
    sent = stream(12)
    assert shown(without(sent, 11, 12)) == (sent[:9] + sent[24:], 5)


@pytest.mark.parametrize("number", [0, 5, 65_535])
def test_a_camera_that_does_not_count_is_shown_as_it_is(number: int) -> None:
    sent = [each[:2] + number.to_bytes(2, "big") + each[4:] for each in stream(4)]
    assert shown(sent) == (sent, 0)


def test_numbers_go_round() -> None:
    sent = [packet(each, key=each < 3, jump=65_530) for each in range(12)]
    assert shown(sent) == (sent, 0)


def test_reports_are_handed_on_at_once_and_a_picture_at_its_end() -> None:
    report, sent = Packet(1, bytes(28)), [Packet(0, each) for each in stream(1)]
    pictures = UnbrokenPictures(STARTS["H264"])
    assert pictures.of([sent[0], report]) == [report]
    assert pictures.of(sent[1:]) == sent


def test_without_a_mark_a_picture_ends_where_the_next_one_begins() -> None:
    sent = [each[:1] + bytes((each[1] & 0x7F,)) + each[2:] for each in stream(3)]
    assert shown(sent) == (sent[: 2 * PER_PICTURE], 0)


def test_a_picture_that_never_ends_fills_no_memory() -> None:
    pictures = UnbrokenPictures(STARTS["H264"])
    large = bytes((0x80, 96)) + bytes(10) + bytes(60_000)
    for _each in range(3 * MOST_PICTURE_BYTES // len(large)):
        assert pictures.of([Packet(0, large)]) == []
        assert sum(len(each.content) for each in pictures._held) <= MOST_PICTURE_BYTES + len(large)


@given(st.sets(st.integers(1, 35)))
def test_what_is_shown_is_whole_and_so_is_all_since_the_last_that_stands_alone(lost: set[int]) -> None:
    sent = stream(12)
    given_on, _ = shown(without(sent, *lost))
    for number in (sent.index(each) for each in given_on):
        picture = number // PER_PICTURE
        since = picture // 4 * 4
        assert not lost & set(range(since * PER_PICTURE, (picture + 1) * PER_PICTURE))


@given(st.lists(st.binary(max_size=40), max_size=30))
def test_whatever_comes_nothing_breaks(contents: list[bytes]) -> None:
    for starts in STARTS.values():
        sent = [Packet(0, each) for each in contents]
        assert len(UnbrokenPictures(starts).of(sent)) <= len(sent)
