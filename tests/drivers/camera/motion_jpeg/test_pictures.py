"""JPEG pictures that are whole, cut off, larger than allowed, or none."""

import http_camera
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.camera.errors import SourceError
from drivers.camera.motion_jpeg.pictures import Pictures, size_of

SMALL = (640, 480)
PLAIN = http_camera.jpeg(np.full((48, 80, 3), (40, 90, 200), np.uint8))


def test_a_whole_picture_has_its_pixels() -> None:
    shot = Pictures(SMALL).shot(PLAIN + b"\r\n")
    assert not shot.damaged
    pixels = shot.pixels()
    assert pixels is not None and pixels.shape == (48, 80, 3)
    assert np.abs(pixels.reshape(-1, 3).mean(0) - (40, 90, 200)).max() < 4


@pytest.mark.parametrize("content", [PLAIN[:-30], b"", b"GIF89a", PLAIN[:2], b"\xff\xd8\xff\xd9"])
def test_a_picture_that_is_cut_off_or_none_is_damaged(content: bytes) -> None:
    shot = Pictures(SMALL).shot(content)
    assert shot.damaged
    assert shot.pixels() is None


def test_one_that_cannot_be_decoded_whole_has_no_pixels() -> None:
    begin = PLAIN.index(b"\xff\xda") + 14
    spoilt = PLAIN[:begin] + b"\xff" * 20 + PLAIN[-2:]
    assert Pictures(SMALL).shot(spoilt).pixels() is None


def test_one_that_announces_to_be_large_is_refused_before_it_is_decoded() -> None:
    at = PLAIN.index(b"\xff\xc0") + 5
    large = PLAIN[:at] + b"\xff\xff\xff\xff" + PLAIN[at + 4 :]
    assert size_of(large) == (65535, 65535)
    with pytest.raises(SourceError, match="its pictures have 65535 x 65535 px; at most 640 x 480"):
        Pictures(SMALL).shot(large)


@given(st.binary(max_size=200))
def test_the_size_of_anything_is_told_or_not(content: bytes) -> None:
    size_of(b"\xff\xd8" + content)
    assert size_of(content) is None or content.startswith(b"\xff\xd8")
