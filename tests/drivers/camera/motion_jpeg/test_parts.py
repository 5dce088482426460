"""Parts of an answer, as cameras write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.errors import SourceError
from drivers.camera.motion_jpeg.parts import MOST_PICTURE_BYTES, Parts, boundary_of

BODIES = st.lists(st.binary(min_size=1, max_size=60).filter(lambda each: b"--cam" not in each), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("said", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=cam", b"--cam"),
        ("multipart/x-mixed-replace;boundary=--cam", b"--cam"),
        ('Multipart/X-Mixed-Replace; charset=x; boundary="my cam"', b"--my cam"),
        ("multipart/x-mixed-replace", None),
        ("multipart/x-mixed-replace; boundary=--", None),
        ("image/jpeg", None),
        ("", None),
    ],
)
def test_what_stands_between_parts(said: str, boundary: bytes | None) -> None:
    assert boundary_of(said) == boundary


@given(BODIES, st.integers(1, 90), st.booleans(), st.sampled_from(["--cam", "----cam", "\n--cam"]))
def test_parts_are_cut_however_they_come(bodies: list[bytes], piece: int, with_length: bool, before: str) -> None:
    length = "content-LENGTH:  {}\r\n" if with_length else ""
    sent = b"".join(
        f"{before}\r\nContent-Type: image/jpeg\r\n{length.format(len(each))}\r\n".encode() + each for each in bodies
    )
    parts, found = Parts(b"--cam"), []
    for at in range(0, len(sent), piece):
        parts.feed(sent[at : at + piece])
        while (one := parts.next()) is not None:
            found.append(one)
    if with_length:
        assert found == bodies
    else:  # the last ends with the next boundary; what stands before that is cut off as no picture ends so
        assert [each.rstrip(b"\n-") for each in found] == [each.rstrip(b"\n-") for each in bodies[:-1]]


@pytest.mark.parametrize(
    "text",
    [
        f"--cam\r\nContent-Length: {MOST_PICTURE_BYTES + 1}\r\n\r\n".encode(),
        b"--cam\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"--cam\r\n\r\n" + bytes(MOST_PICTURE_BYTES + 1),
    ],
)
def test_a_picture_of_any_length_is_not_waited_for(text: bytes) -> None:
    parts = Parts(b"--cam")
    parts.feed(text)
    with pytest.raises(SourceError, match=r"a picture of \d+ bytes; at most 8388608 are taken"):
        parts.next()


@pytest.mark.parametrize("text", [b"x" * 40_000, b"--cam\r\n" + b"a: b\r\n" * 8000])
def test_what_is_none_of_it_is_told(text: bytes) -> None:
    parts = Parts(b"--cam")
    parts.feed(text)
    with pytest.raises(SourceError, match="something else than motion JPEG"):
        parts.next()


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_whatever_comes_nothing_else_is_raised(pieces: list[bytes]) -> None:
    parts = Parts(b"--")
    for each in pieces:
        parts.feed(each)
        try:
            parts.next()
        except SourceError:
            return
