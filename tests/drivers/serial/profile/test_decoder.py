"""Frames and lines of serial sensors by their profiles: any split, any garbage, and what is no frame."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial import profile
from drivers.serial.profile.decoder import Heard
from drivers.serial.profile.schema import LONGEST_FRAME
from drivers.serial.profile.vectors import sent

PMS = "424d001c00000008000800000008000800d20046002d001e00000000970002c5"
SPS = "7e0003002840a78320411777bb414a5f8341548ddd41d2833e427d33fc85422617224229a4d9422a29bc3f55b7e79e7e"

FRAMES = [
    (name, sent(found.tables, vector))
    for name in profile.names()
    for found in [profile.load(name)]
    for vector in found.tables.vector
    if vector.instead is None
]
"""Every shipped vector that says something."""


def heard(name: str, *parts: bytes) -> list[Heard]:
    decoder = profile.load(name).decoder()
    return [each for part in parts for each in decoder.feed(part)]


@pytest.mark.parametrize("name", profile.names())
def test_every_shipped_profile_is_sound_and_says_where_it_is_from(name: str) -> None:
    tables = profile.load(name).tables
    assert tables.source
    assert tables.read is not None


@given(st.sampled_from(FRAMES), st.lists(st.integers(0, 60), max_size=6))
def test_a_frame_is_read_however_its_bytes_come(frame: tuple[str, bytes], cuts: list[int]) -> None:
    name, data = frame
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    parts = [data[one:other] for one, other in itertools.pairwise(places)]
    assert heard(name, *parts) == heard(name, data)


@given(st.sampled_from(FRAMES), st.binary(max_size=300))
def test_any_bytes_leave_a_decoder_that_reads_what_comes_behind_them(frame: tuple[str, bytes], garbage: bytes) -> None:
    name, data = frame
    decoder = profile.load(name).decoder()
    decoder.feed(garbage)
    wanted = heard(name, data)[0]
    # What the garbage has begun may take one frame with it, and no more than are as long as the longest.
    behind = [each for _ in range(2 + 2 * LONGEST_FRAME // len(data)) for each in decoder.feed(data)]
    assert behind[-1] == wanted


@given(st.sampled_from(FRAMES))
def test_two_frames_that_are_glued_together_are_two(frame: tuple[str, bytes]) -> None:
    name, data = frame
    assert heard(name, data + data) == 2 * heard(name, data)


@given(st.sampled_from(FRAMES), st.data())
def test_one_flipped_bit_is_never_another_value(frame: tuple[str, bytes], data: st.DataObject) -> None:
    name, sound = frame
    if profile.load(name).tables.line is not None and profile.load(name).tables.line.check is None:  # type: ignore[union-attr]
        return  # its maker sums nothing up
    bit = data.draw(st.integers(0, 8 * len(sound) - 1))
    spoilt = bytearray(sound)
    spoilt[bit // 8] ^= 1 << bit % 8
    whole = set(heard(name, sound))
    assert {each for each in heard(name, bytes(spoilt)) if each.told} <= whole


def test_what_never_ends_is_not_kept() -> None:
    for name in ("sensirion-sps30", "gill-windsonic", "plantower-pms5003"):
        decoder = profile.load(name).decoder()
        for _each in range(100):
            assert decoder.feed(b"A" * 1000) == []
        assert decoder.dropped > 90_000
        assert len(next(each for each in FRAMES if each[0] == name)[1]) > 0
        data = next(each for each in FRAMES if each[0] == name)[1]
        decoder.feed(data)
        assert decoder.feed(data)[-1].told


def test_a_frame_of_a_sister_model_is_named_and_says_no_value() -> None:
    (found,) = heard("plantower-pms3003", bytes.fromhex(PMS))
    assert (found.told, found.other) == ((), "Plantower PMS5003 or PMS7003")


SISTERS = {
    "pms5003": "424d001c0005000d00160005000d001602fd00fc001d000f00060006970003c5",
    "pms7003": PMS,
    "pms5003t": "424d001c001700270029001600230029100804a90116000c00d400e09a0004aa",
    "pms5003s": "424d001c000c00120014000c0012001405dc01a400460008000200010025030b",
    "pms5003st": "424d0024000400060007000400060007038401040028000500010000001500d701ae0000910003bb",
    "pms3003": "424d001400010001000100010001000100000000005100fa",
}
MEAN_THE_SAME = {("pms5003", "pms7003"), ("pms5003", "pms5003s"), ("pms7003", "pms5003")}
"""What the first one reads in a frame of the second is right: both have it at the same place."""


@pytest.mark.parametrize("reader", SISTERS)
@pytest.mark.parametrize("sender", SISTERS)
def test_no_frame_of_a_sister_model_is_read_for_what_it_is_not(reader: str, sender: str) -> None:
    """Most of them are of one length, and each sums up."""
    (found,) = heard(f"plantower-{reader}", bytes.fromhex(SISTERS[sender]))
    if reader == sender:
        assert found.told
    elif (reader, sender) in MEAN_THE_SAME:
        assert not [each for each in found.told if each.doubt or (each.quantity == "sensor_fault" and each.value)]
    else:
        assert (found.told, found.other != "") == ((), True)


def test_a_question_that_comes_back_is_no_answer() -> None:
    decoder = profile.load("winsen-mhz19b").decoder()
    assert decoder.feed(bytes.fromhex("ff0186000000000079")) == []
    assert decoder.dropped == 9 or decoder.feed(b"\0" * 9) == []
    assert [each.told[0].value for each in decoder.feed(bytes.fromhex("ff8602200000000058"))] == [544]


BAD = {
    "never ends": ("plantower-pms5003", "424d001c" + "00" * 27, 0),
    "never ends, and begins again": ("plantower-pms5003", "424d" * 200, 0),
    "glued": ("plantower-pms5003", PMS + PMS, 2),
    "glued, the second cut": ("plantower-pms5003", PMS + PMS[:40], 1),
    "checksum of the request": ("winsen-mhz19b", "ff8602200000000079", 0),
    "the request itself": ("winsen-mhz19b", "ff0186000000000079", 0),
    "checksum of a command": ("nova-sds011", "aac0d4043a0aa16002ab", 0),
    "sums up, and is another's": (
        "plantower-pms5003s",
        "424d001c001700270029001600230029100804a90116000c00d400e09a0004aa",
        0,
    ),
    "sums up, with a length that is none": ("plantower-pms5003", "424d001a0000007700a9", 0),
    "delimiters alone": ("sensirion-sps30", "7e" * 40, 0),
}


@pytest.mark.parametrize(("name", "data", "frames"), BAD.values(), ids=BAD)
def test_bad_input_is_no_value_and_the_next_frame_is_read(name: str, data: str, frames: int) -> None:
    decoder = profile.load(name).decoder()
    assert len([each for each in decoder.feed(bytes.fromhex(data)) if each.told]) == frames
    sound = next(each for each in FRAMES if each[0] == name)[1]
    behind = [each for _each in range(10) for each in decoder.feed(sound)]
    assert behind[-1] == heard(name, sound)[0]


def test_what_is_lost_in_the_middle_costs_one_frame() -> None:
    data = bytes.fromhex(PMS)
    assert len(heard("plantower-pms5003", data[:10] + data + data)) == 2
    assert len(heard("plantower-pms5003", b"\x42" + data)) == 1


def test_a_stuffed_frame_with_an_escape_before_nothing_that_needs_one_is_dropped() -> None:
    data = bytes.fromhex(SPS)
    assert heard("sensirion-sps30", data.replace(b"\x7d\x33", b"\x7d\x40")) == []


def test_after_a_reset_the_rest_of_a_frame_is_no_part_of_the_next() -> None:
    data, decoder = bytes.fromhex(PMS), profile.load("plantower-pms5003").decoder()
    decoder.feed(data[:20])
    decoder.reset()
    assert decoder.feed(data[20:]) == []
    assert len(decoder.feed(data)) == 1
