"""What a camera answers by HTTP: its head, and a body that may come in chunks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.errors import SourceError
from drivers.camera.motion_jpeg.answer import Chunks, request, take_head


def test_a_head_is_cut_off_once_it_is_whole() -> None:
    held = bytearray(b"HTTP/1.1 200 OK\r\nContent-Type: a; b=c\r\nX: 1\r\n")
    assert take_head(held) is None
    held += b"\r\nbody"
    head = take_head(held)
    assert head is not None
    assert (head.status, head.reason, head.headers) == (200, "OK", {"content-type": "a; b=c", "x": "1"})
    assert held == b"body"


@pytest.mark.parametrize(
    "text",
    [
        b"RTSP/1.0 200 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a" * 20_000,
    ],
)
def test_what_is_no_head_is_told(text: bytes) -> None:
    with pytest.raises(SourceError, match="what is no HTTP"):
        take_head(bytearray(text))


def test_what_is_asked_names_the_host_and_asks_for_one_thing() -> None:
    assert request("/a?b", "cam:81", {"Authorization": "Basic x"}).decode().splitlines() == [
        "GET /a?b HTTP/1.0",
        "Host: cam:81",
        "User-Agent: lamppost",
        "Accept: multipart/x-mixed-replace",
        "Authorization: Basic x",
        "",
    ]


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(1, 9))
def test_chunks_are_joined_however_they_come(bodies: list[bytes], piece: int) -> None:
    sent = b"".join(b"%x;x=1\r\n%b\r\n" % (len(each), each) for each in bodies)
    chunks = Chunks()
    found = b"".join(chunks.feed(sent[at : at + piece]) for at in range(0, len(sent), piece))
    assert found == b"".join(bodies)


@pytest.mark.parametrize("text", [b"zz\r\n", b"-1\r\n", b"123456789\r\n", b"\r\n\r\n", b"1" * 2000])
def test_what_is_no_chunk_is_told(text: bytes) -> None:
    with pytest.raises(SourceError, match="chunks"):
        Chunks().feed(text)


def test_the_last_chunk_is_the_end() -> None:
    with pytest.raises(SourceError, match="has ended its pictures"):
        Chunks().feed(b"1\r\nx\r\n0\r\n\r\n")


@given(st.binary(max_size=300))
def test_whatever_comes_nothing_else_is_raised(data: bytes) -> None:
    for read in (lambda: take_head(bytearray(data)), lambda: Chunks().feed(data)):
        try:
            read()
        except SourceError:
            continue
