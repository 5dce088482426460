"""Which bytes are the answer to a request, and which never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.line.frames import (
    BROADCAST,
    RTU_SHORTEST,
    Found,
    OutOfStep,
    Request,
    mbap_frame,
    mbap_take,
    rtu_answer,
    rtu_frame,
)

ASK = Request("lamp-1", 17, bytes.fromhex("03006b0003"), bytes.fromhex("0306"), 8)
"""The example of Modbus Application Protocol V1.1b3 section 6.3: registers 108 to 110."""
ANSWER = bytes.fromhex("11030602 2b00000064 c8ba".replace(" ", ""))
REFUSAL = bytes.fromhex("118302c134")


def test_the_request_of_the_specification_is_framed() -> None:
    assert rtu_frame(ASK).hex() == "1103006b00037687"


def test_the_header_of_the_messaging_guide_is_put_before_a_request() -> None:
    assert mbap_frame(ASK, 0x1501).hex() == "15010000000611" + "03006b0003"


def test_an_answer_and_a_refusal_are_found() -> None:
    answer, refusal = rtu_answer(ASK, ANSWER), rtu_answer(ASK, REFUSAL)
    assert answer is not None and answer.pdu == ANSWER[1:-2] and answer.end == len(ANSWER)
    assert refusal is not None and refusal.pdu == REFUSAL[1:-2]


@given(st.integers(0, len(ANSWER) * 8 - 1))
def test_a_flipped_bit_is_no_answer(bit: int) -> None:
    spoiled = bytearray(ANSWER)
    spoiled[bit // 8] ^= 1 << bit % 8
    assert rtu_answer(ASK, bytes(spoiled)) is None


@given(st.integers(0, len(ANSWER) - 1))
def test_a_cut_answer_is_none(length: int) -> None:
    assert rtu_answer(ASK, ANSWER[:length]) is None


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_noise_around_an_answer_does_not_hide_it(before: bytes, after: bytes) -> None:
    found = rtu_answer(ASK, before + ANSWER + after)
    assert found is not None and found.pdu == ANSWER[1:-2]
    assert found.end == len(before) + len(ANSWER)


@given(st.binary(max_size=300))
def test_noise_raises_nothing_and_is_no_answer(noise: bytes) -> None:
    assert rtu_answer(ASK, noise) is None


@pytest.mark.parametrize(
    "pdu",
    ["0304022b0000", "030602 2b0000", "0406022b00000064", "8402", "830200"],
    ids=["byte count of two registers", "shorter than it says", "function 4", "refusal of function 4", "long refusal"],
)
def test_what_answers_another_request_is_not_accepted(pdu: str) -> None:
    assert not ASK.accepts(bytes.fromhex(pdu))


def test_another_unit_is_not_accepted(rtu) -> None:  # type: ignore[no-untyped-def]
    assert rtu_answer(ASK, rtu(18, "0306022b00000064")) is None


def _mbap(transaction: int, unit: int, pdu: bytes) -> bytes:
    return transaction.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu


@given(
    st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 255), st.binary(min_size=1, max_size=253)), max_size=4),
    st.data(),
)
def test_any_split_of_a_tcp_stream_gives_the_same_answers(
    sent: list[tuple[int, int, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(_mbap(*each) for each in sent)
    cut = data.draw(st.integers(0, len(stream)))
    buffer, got = bytearray(), []
    for part in (stream[:cut], stream[cut:]):
        buffer += part
        got += mbap_take(buffer)
    assert [(each.transaction, each.unit, each.pdu) for each in got] == sent
    assert not buffer


@given(st.binary(max_size=300))
def test_no_bytes_on_tcp_raise_anything_but_out_of_step(noise: bytes) -> None:
    try:
        mbap_take(bytearray(noise))
    except OutOfStep:
        assert noise[2:4] != b"\0\0" or not 2 <= int.from_bytes(noise[4:6], "big") <= 254 or len(noise) > 6


WRITE = Request("lamp-1", 17, bytes.fromhex("060001000a"), bytes.fromhex("060001000a"), 5)


def test_the_answer_is_where_its_frame_begins_and_ends() -> None:
    assert rtu_answer(ASK, ANSWER) == Found(ANSWER[1:-2], 0, 11)
    assert rtu_answer(ASK, b"\0\0" + ANSWER + b"\0") == Found(ANSWER[1:-2], 2, 13)
    assert rtu_answer(ASK, b"\0" + REFUSAL + b"\0\0") == Found(REFUSAL[1:-2], 1, 6)


def test_of_an_answer_and_a_refusal_the_first_counts() -> None:
    assert rtu_answer(ASK, REFUSAL + ANSWER) == Found(REFUSAL[1:-2], 0, 5)
    assert rtu_answer(ASK, ANSWER + REFUSAL) == Found(ANSWER[1:-2], 0, 11)


def test_the_beginning_of_an_answer_within_noise_does_not_hide_the_answer() -> None:
    """The three bytes that are known stand before it, once and overlapping with it."""
    start = ANSWER[:3]
    assert rtu_answer(ASK, start + ANSWER) == Found(ANSWER[1:-2], 3, 14)
    assert rtu_answer(ASK, ANSWER[:1] + ANSWER) == Found(ANSWER[1:-2], 1, 12)
    assert rtu_answer(ASK, start + start + ANSWER) == Found(ANSWER[1:-2], 6, 17)


def test_the_echo_of_a_write_is_its_answer_and_that_of_another_is_not(rtu) -> None:  # type: ignore[no-untyped-def]
    assert rtu_answer(WRITE, rtu(17, "060001000a")) is not None
    assert rtu_answer(WRITE, rtu(17, "060001000b")) is None
    assert rtu_answer(WRITE, rtu(17, "8602")) == Found(b"\x86\x02", 0, 5)
    assert WRITE.refusal == b"\x86" and ASK.refusal == b"\x83"


@pytest.mark.parametrize(
    ("pdu", "accepted"),
    [
        ("0306022b00000064", True),
        ("8302", True),
        ("0306022b0000", False),
        ("0306022b0000006400", False),
        ("0304022b00000064", False),
        ("8402", False),
        ("830200", False),
        ("83", False),
        ("", False),
    ],
)
def test_an_answer_is_as_long_as_it_says_and_begins_as_it_must(pdu: str, accepted: bool) -> None:
    assert ASK.accepts(bytes.fromhex(pdu)) is accepted


@pytest.mark.parametrize("following", [2, 254])
def test_the_shortest_and_the_longest_frame_of_a_tcp_stream_are_taken(following: int) -> None:
    stream = bytearray(_mbap(7, 1, bytes(following - 1)) + b"\0")
    (answer,) = mbap_take(stream)
    assert (answer.transaction, answer.unit, answer.pdu) == (7, 1, bytes(following - 1))
    assert stream == b"\0", "what follows stays"


@pytest.mark.parametrize(
    "header",
    ["0007 0000 0001", "0007 0000 00ff", "0007 0001 0002", "0007 0100 0002", "0007 0000 0100", "0007 0000 0102"],
    ids=["too short", "too long", "another protocol", "another protocol, high byte", "high byte of the length", "both"],
)
def test_what_is_no_header_is_out_of_step_at_once(header: str) -> None:
    with pytest.raises(OutOfStep, match=f"no Modbus TCP header: {bytes.fromhex(header).hex(' ')}$"):
        mbap_take(bytearray(bytes.fromhex(header) + b"\x01\x03\x00"))


def test_a_header_that_is_not_whole_waits_for_the_rest() -> None:
    frame = _mbap(7, 1, b"\x03\x02\0\1")
    for length in range(len(frame)):
        stream = bytearray(frame[:length])
        assert mbap_take(stream) == [] and stream == frame[:length]
    with pytest.raises(OutOfStep):
        mbap_take(bytearray(frame + b"HTTP/1"))


def test_the_numbers_of_the_specification(rtu) -> None:  # type: ignore[no-untyped-def]
    assert rtu_frame(Request("group", BROADCAST, b"\x06\0\1\0\1", b"", 5))[0] == 0
    assert len(rtu(1, "07")) == RTU_SHORTEST, "unit, function and checksum"


def test_a_refusal_whose_bytes_are_alike_is_found_behind_one_more_of_them(rtu) -> None:  # type: ignore[no-untyped-def]
    asked = Request("lamp-1", 131, bytes.fromhex("03006b0003"), bytes.fromhex("0306"), 8)
    assert rtu_answer(asked, b"\x83" + rtu(131, "8302")) == Found(b"\x83\x02", 1, 6)
