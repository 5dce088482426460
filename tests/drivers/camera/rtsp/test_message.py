"""What comes over an RTSP connection, cut anywhere; and any garbage."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.errors import SourceError
from drivers.camera.rtsp.message import (
    MOST_BODY_BYTES,
    MOST_HEAD_BYTES,
    Answer,
    Message,
    Packet,
    Parser,
    Request,
    answer,
    framed,
    request,
)

MESSAGES = [
    Answer(200, "OK", {"cseq": "1", "content-length": "3"}, b"v=0"),
    Packet(0, b"\x80picture"),
    Request("OPTIONS", "*", "4"),
    Packet(1, b""),
    Answer(401, "Unauthorized", {"www-authenticate": "Basic\nDigest"}),
]
WIRE = (
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 3\r\n\r\nv=0$\0\0\x08\x80picture"
    b"OPTIONS * RTSP/1.0\r\nCSeq: 4\r\n\r\n$\1\0\0"
    b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Digest\r\n\r\n"
)


def heard(parser: Parser) -> Iterator[Message]:
    while (message := parser.next()) is not None:
        yield message


@given(st.lists(st.integers(0, len(WIRE)), max_size=8))
def test_cut_anywhere_it_is_the_same(cuts: list[int]) -> None:
    parser, found = Parser(), []
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(WIRE)], strict=True):
        parser.feed(WIRE[begin:end])
        found += heard(parser)
    assert found == MESSAGES


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"RTSP/1.0 200 OK\r\n", b"\r\n\r\n", b"$\0\0\2ab"])))
)
def test_garbage_is_refused_or_waited_on_and_never_held_beyond_a_message(pieces: list[bytes]) -> None:
    parser = Parser()
    try:
        for piece in pieces:
            parser.feed(piece)
            assert all(isinstance(each, Answer | Packet | Request) for each in heard(parser))
    except SourceError as error:
        assert str(error)


def test_a_head_without_end_is_given_up() -> None:
    parser = Parser()
    parser.feed(b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * MOST_HEAD_BYTES)
    with pytest.raises(SourceError, match="no RTSP"):
        parser.next()


def test_the_longest_body_is_taken_and_no_longer_one() -> None:
    parser = Parser()
    parser.feed(b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % MOST_BODY_BYTES + bytes(MOST_BODY_BYTES))
    assert isinstance(told := parser.next(), Answer)
    assert len(told.body) == MOST_BODY_BYTES
    parser.feed(b"RTSP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % (MOST_BODY_BYTES + 1))
    with pytest.raises(SourceError, match="at most 65536 are taken"):
        parser.next()


@pytest.mark.parametrize("length", [b"", b" ", b"\x0b", b"-1", b"\xd9\xa1", b"1e3"])
def test_a_length_that_is_none_is_refused(length: bytes) -> None:
    parser = Parser()
    parser.feed(b"RTSP/1.0 200 OK\r\nContent-Length: %s\r\n\r\n" % length)
    with pytest.raises(SourceError, match="it announces an answer of"):
        parser.next()


def test_what_is_said_is_read_back() -> None:
    parser = Parser()
    parser.feed(request("SETUP", "rtsp://c/1", 7, {"Session": "x"}))
    parser.feed(framed(Packet(3, b"abc")))
    asked = Request("SETUP", "rtsp://c/1", "7")
    parser.feed(answer(asked, "200 OK", {"Session": "x"}, b"body"))
    assert list(heard(parser)) == [
        asked,
        Packet(3, b"abc"),
        Answer(200, "OK", {"cseq": "7", "session": "x", "content-length": "4"}, b"body"),
    ]
