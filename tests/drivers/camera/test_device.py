"""What a V4L2 device is asked for; no device is needed, a capture of OpenCV's is stood in for."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from drivers.camera.detector import Picture
from drivers.camera.reconnecting_source import ReconnectingSource


class Capture:
    """Gives what a device does that can do every size: pictures of the one that it was asked for, then no more."""

    def __init__(self, path: str, how: int, wanted: Sequence[int]) -> None:
        assert how == cv2.CAP_V4L2
        asked = dict(zip(wanted[::2], wanted[1::2], strict=True))
        self._left = 2
        self._shape = (asked[cv2.CAP_PROP_FRAME_HEIGHT], asked[cv2.CAP_PROP_FRAME_WIDTH], 3)

    def isOpened(self) -> bool:
        return True

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def retrieve(self) -> tuple[bool, Picture]:
        return True, np.zeros(self._shape, np.uint8)

    def release(self) -> None:
        """There is nothing to release."""


def test_a_device_is_asked_for_the_picture_that_the_zones_were_drawn_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unasked, OpenCV takes 640 x 480, which no zone drawn on 1280 x 720 fits."""
    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    frame = ReconnectingSource("/dev/null", 0.1, size=(1920, 1080)).frame(5.0)
    assert frame is not None
    assert frame.picture.shape == (1080, 1920, 3)
