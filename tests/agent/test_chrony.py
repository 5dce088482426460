"""Answers of chrony 4.3, as they went over the wire, beside what its own chronyc made of them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from patience import PATIENCE_S

from agent import chrony
from agent.chrony import Tracking, asked, request, tracking

SEQUENCE = bytes.fromhex("1a2b3c4d")
RECORDED = bytes.fromhex(
    "060200000021000500000000000000001a2b3c4d00000000000000007f0000017f00000100000000000000000000000000010000"
    "00050000000000006b0cd2960ae789f6dd1967f1d0e83aaadcbeb687fc91353ef4fc6628fe94c242e09bcb11dc80a5ea04812fe1"
)
"""chronyc -c tracking: 7F000001,127.0.0.1,5,1796002454.182946294,-0.000001721,0.000000027,0.000001421,0.071,0.008,
0.145,0.000004643,0.000001004,1.0,Normal"""


def changed(at: int, new: bytes) -> bytes:
    return RECORDED[:at] + new + RECORDED[at + len(new) :]


def test_what_chrony_says_is_what_its_own_command_makes_of_it() -> None:
    told = tracking(RECORDED, SEQUENCE)
    assert told is not None
    assert (told.reference, told.updated_s) == ("127.0.0.1", pytest.approx(1796002454.182946294, abs=1e-6))
    assert told.error_s == pytest.approx(
        0.000001721 + 0.000001004 + 0.000004643 / 2, abs=1e-7
    )  # its command asked a moment later


@pytest.mark.parametrize(
    "reply",
    [
        changed(0, b"\x05"),
        changed(1, b"\x01"),
        changed(4, b"\x00\x22"),
        changed(6, b"\x00\x01"),
        changed(8, b"\x00\x02"),
        changed(16, b"\x00"),
        changed(54, b"\x00\x03"),
        changed(56, b"\x7f\xff\xff\xff"),
        RECORDED + b"\0",
    ],
    ids=[
        "version",
        "request",
        "command",
        "answer",
        "refused",
        "another",
        "unsynchronised",
        "no-time",
        "longer",
    ],
)
def test_what_is_no_answer_of_a_clock_that_is_kept_says_nothing(reply: bytes) -> None:
    assert tracking(reply, SEQUENCE) is None


def test_no_answer_however_cut_is_more_than_none() -> None:
    assert all(tracking(RECORDED[:length], SEQUENCE) is None for length in range(len(RECORDED)))


@pytest.mark.parametrize(
    ("name", "family", "address", "reference"),
    [
        (b"PPS\0", 0, bytes(16), "PPS"),
        (b"\xe3\x11\x22\x33", 2, bytes.fromhex("20010db8000000000000000000000123"), "2001:db8::123"),
        (b"\xff\xfe\xfd\xfc", 0, bytes(16), "\ufffd" * 4),
    ],
)
def test_a_reference_is_an_address_or_the_name_of_a_clock(
    name: bytes, family: int, address: bytes, reference: str
) -> None:
    told = tracking(changed(28, name + address + bytes((0, family))), SEQUENCE)
    assert told is not None and told.reference == reference


@contextmanager
def answering(with_reply: bool = True) -> Iterator[int]:
    """One that answers on a port of its own, as chronyd does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(PATIENCE_S)

        def answer() -> None:
            question, who = ear.recvfrom(2048)
            assert question == request(question[8:12]) and len(question) == len(RECORDED)
            if with_reply:
                ear.sendto(changed(16, question[8:12]), who)

        thread = threading.Thread(target=answer)
        thread.start()
        yield ear.getsockname()[1]
        thread.join()


def test_it_is_asked_over_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chrony, "WITHIN_S", PATIENCE_S)
    with answering() as port:
        assert isinstance(asked(port), Tracking)


def test_who_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(with_reply=False) as port:
        assert asked(port) is None


def test_where_nobody_listens_it_is_not_there() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert asked(port) is None
