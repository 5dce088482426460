"""Frames of the A02 ultrasonic sensor."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.serial.a02 import A02Decoder, Distance


def frame(mm: int) -> bytes:
    body = bytes((0xFF, mm >> 8, mm & 0xFF))
    return body + bytes((sum(body) & 0xFF,))


def decoded(*chunks: bytes) -> tuple[list[int], int]:
    """Distances, and bytes dropped."""
    decoder = A02Decoder()
    found = [each.mm for chunk in chunks for each in decoder.feed(chunk)]
    return found, decoder.dropped


distances = st.integers(0, 0xFFFF)
possible = st.integers(30, 4500)


def test_the_vendors_vector() -> None:
    """wiki.dfrobot.com, SEN0311, SEN0312 and SEN0313."""
    assert A02Decoder().feed(bytes.fromhex("FF07A1A7")) == [Distance(1953)]


def test_the_shared_vectors(shared: Path) -> None:
    facts = json.loads((shared / "domain/parking/sensor-vectors.json").read_text())["serial_a02yyuw"]
    for vector in facts["vectors"]:
        assert decoded(bytes.fromhex(vector["hex"])) == ([vector["out"]["distance_mm"]], 0)


@given(st.lists(distances, max_size=20), st.data())
def test_any_split_of_the_stream_gives_the_same_frames(sent: list[int], data: st.DataObject) -> None:
    stream = b"".join(map(frame, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert decoded(*chunks) == (sent, 0)


@given(st.lists(st.tuples(st.binary(max_size=7).map(lambda b: b.replace(b"\xff", b"\0")), distances), max_size=10))
def test_noise_between_frames_is_dropped_and_counted(sent: list[tuple[bytes, int]]) -> None:
    stream = b"".join(noise + frame(mm) for noise, mm in sent)
    assert decoded(stream) == ([mm for _, mm in sent], sum(len(noise) for noise, _ in sent))


@given(distances, st.integers(0, 31))
def test_a_flipped_bit_in_a_frame_never_decodes(mm: int, bit: int) -> None:
    spoiled = bytearray(frame(mm))
    spoiled[bit // 8] ^= 1 << bit % 8
    assert decoded(bytes(spoiled))[0] == []


@given(distances, st.integers(0, 3), st.integers(0, 255))
def test_one_changed_byte_in_a_frame_never_decodes(mm: int, at: int, byte: int) -> None:
    spoiled = bytearray(frame(mm))
    spoiled[at] = byte
    assert decoded(bytes(spoiled))[0] == ([mm] if spoiled == frame(mm) else [])


def test_what_a_sum_of_one_byte_cannot_see() -> None:
    """Changes that cancel each other: the same bit up in the high byte and down in the low one."""
    mm = 0x07A1
    spoiled = bytearray(frame(mm))
    spoiled[1] ^= 0x20
    spoiled[2] ^= 0x20
    assert decoded(bytes(spoiled))[0] == [0x2781]


@given(st.lists(possible, min_size=3, max_size=8), st.data())
def test_after_a_spoiled_frame_the_next_ones_are_found(sent: list[int], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sent) - 3))
    stream = bytearray(b"".join(map(frame, sent)))
    stream[4 * at + 3] ^= 1 << data.draw(st.integers(0, 7))
    assert decoded(bytes(stream))[0][-2:] == sent[-2:]


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_no_garbage_raises_anything_and_every_byte_is_accounted_for(chunks: list[bytes]) -> None:
    decoder = A02Decoder()
    frames = sum(len(decoder.feed(chunk)) for chunk in chunks)
    kept = sum(map(len, chunks)) - 4 * frames - decoder.dropped
    assert 0 <= kept <= 3


@pytest.mark.parametrize("lead", [b"\xff", b"\xff\xff", b"\xff\x07", b"\xff\x07\xa1"])
def test_a_header_that_leads_nowhere_does_not_hide_the_frame_behind_it(lead: bytes) -> None:
    assert decoded(lead + frame(1953)) == ([1953], len(lead))
