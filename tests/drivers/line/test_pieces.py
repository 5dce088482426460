"""Whatever is heard on a line is cut into frames of requests, of answers, and noise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.line.pieces import Kind, Piece, pieces

ANSWER = bytes.fromhex("11030602 2b00000064 c8ba".replace(" ", ""))
REFUSAL = bytes.fromhex("118302c134")


def kinds(heard: bytes) -> list[tuple[Kind, int, bytes]]:
    return [(piece.kind, piece.unit, piece.pdu) for piece in pieces(heard)]


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_all_answers_of_all_units_are_found_in_what_was_heard(before: bytes, between: bytes) -> None:
    found = kinds(before + ANSWER + between + REFUSAL)
    assert ("answer", 17, ANSWER[1:-2]) in found
    assert ("answer", 17, REFUSAL[1:-2]) in found


@given(st.binary(max_size=300))
def test_the_pieces_are_all_that_was_heard_and_nothing_twice(heard: bytes) -> None:
    ends = [0, *(end for piece in pieces(heard) for end in (piece.start, piece.end)), len(heard)]
    assert ends[::2] == ends[1::2]


@pytest.mark.parametrize(
    ("pdu", "kind"),
    [
        ("0100000001", "request"),
        ("0200000001", "request"),
        ("0300000001", "request"),
        ("0400000001", "request"),
        ("05000aff00", "alike"),
        ("06000a0001", "alike"),
        ("0f000a000a02ff03", "request"),
        ("10000a0001020007", "request"),
        ("0101ff", "answer"),
        ("0201ff", "answer"),
        ("0302ffff", "answer"),
        ("0402ffff", "answer"),
        ("0f000a0001", "answer"),
        ("10000a0001", "answer"),
        ("8302", "answer"),
        ("900b", "answer"),
        ("0103001112", "alike"),  # three bytes of coils from unit 5, or a question for coils from 768 on
        ("07aa", "other"),
        ("0b0000aaaa", "other"),
        ("2b0e0100", "other"),
        ("83ff", "other"),
    ],
)
def test_each_frame_is_known_for_what_it_is(rtu: Any, pdu: str, kind: Kind) -> None:
    frame = rtu(5, pdu)
    assert kinds(frame) == [(kind, 5, bytes.fromhex(pdu))]
    if kind != "other":
        assert kinds(b"\xff" + frame + frame)[1:] == [(kind, 5, bytes.fromhex(pdu))] * 2
    assert [each[0] for each in kinds(frame[:-1])] == ["noise"]


def test_a_request_to_all_is_one(rtu: Any) -> None:
    assert kinds(rtu(0, "06000a0001")) == [("alike", 0, bytes.fromhex("06000a0001"))]


def test_an_answer_right_after_a_stray_byte_that_promises_a_long_frame_is_found(rtu: Any) -> None:
    assert kinds(b"\x05\x03" + rtu(5, "0302ffff")) == [
        ("noise", 0, b"\x05\x03"),
        ("answer", 5, b"\x03\x02\xff\xff"),
    ]


@pytest.mark.parametrize("heard", [b"\x05", b"\x05\x03", b"\x05\x03\x02", b"\x05\x83\x02\xc1", b"\xf8\x03\x02\xff\xff"])
def test_what_is_no_whole_frame_is_noise(heard: bytes) -> None:
    assert kinds(heard) == [("noise", 0, heard)]


def test_nothing_is_nothing() -> None:
    assert kinds(b"") == []


def piece(rtu: Any, unit: int, pdu: str) -> Piece:
    (found,) = pieces(rtu(unit, pdu))
    return found


@pytest.mark.parametrize(
    ("asked", "said", "is_answer"),
    [
        ("0300000002", (5, "030400010002"), True),
        ("0300000002", (5, "03020001"), False),
        ("0300000002", (5, "8302"), True),
        ("0300000002", (5, "8402"), False),
        ("0300000002", (6, "030400010002"), False),
        ("0100000009", (5, "0102ff01"), True),
        ("0100000009", (5, "0101ff"), False),
        ("06000a0001", (5, "06000a0001"), True),
        ("10000a0001020007", (5, "10000a0001"), True),
        ("0300000002", (5, "0300000002"), False),
    ],
)
def test_an_answer_is_that_to_a_request_of_its_unit_function_and_length(
    rtu: Any, asked: str, said: tuple[int, str], is_answer: bool
) -> None:
    assert piece(rtu, 5, asked).is_answered_by(piece(rtu, *said)) is is_answer
