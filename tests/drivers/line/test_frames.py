"""Which bytes are the answer to a request, and which never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.line.frames import OutOfStep, Request, mbap_frame, mbap_take, rtu_answer, rtu_answers, rtu_frame

ASK = Request("lamp-1", 17, bytes.fromhex("03006b0003"), bytes.fromhex("0306"), 8)
"""The example of Modbus Application Protocol V1.1b3 section 6.3: registers 108 to 110."""
ANSWER = bytes.fromhex("11030602 2b00000064 c8ba".replace(" ", ""))
REFUSAL = bytes.fromhex("118302c134")


def test_the_request_of_the_specification_is_framed() -> None:
    assert rtu_frame(ASK).hex() == "1103006b00037687"


def test_the_header_of_the_messaging_guide_is_put_before_a_request() -> None:
    assert mbap_frame(ASK, 0x1501).hex() == "15010000000611" + "03006b0003"


@given(st.binary(max_size=5), st.binary(max_size=5))
def test_all_answers_of_all_units_are_found_in_what_was_heard(before: bytes, between: bytes) -> None:
    found = list(rtu_answers(before + ANSWER + between + REFUSAL))
    assert (17, ANSWER[1:-2]) in found
    assert (17, REFUSAL[1:-2]) in found


@given(st.binary(max_size=300))
def test_noise_is_nobodys_answer_but_by_its_checksum(noise: bytes) -> None:
    for unit, pdu in rtu_answers(noise):
        assert bytes((unit,)) + pdu in noise


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
