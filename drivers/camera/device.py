"""A camera on the box itself, by V4L2."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from drivers.camera.errors import SourceError
from drivers.camera.source import Picture
from drivers.camera.video import Shot
from drivers.translation import _

SILENT = 0
"""LOG_LEVEL_SILENT of opencv2/core/utils/logger.defines.h."""

# The wheel of OpenCV 5 has it in cv2.utils.logging alone, Debian's OpenCV 4.10 in cv2 alone.
(getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel)(SILENT)


class Device:
    """An opened device, which gives what a `Video` gives. None of its pictures is left out on the way (`left_out`).

    Args:
        size: width and height, px, to ask it for; it gives what comes nearest. Unasked, OpenCV takes 640 x 480.

    Raises:
        SourceError: there is none, or it is no camera.
    """

    left_out = 0

    def __init__(self, path: str, size: tuple[int, int]) -> None:
        if not Path(path).exists():
            raise SourceError(
                _("{path}: there is no such device").format(path=path), _("check the cable, then: ls /dev/video*")
            )
        wanted = [cv2.CAP_PROP_FRAME_WIDTH, size[0], cv2.CAP_PROP_FRAME_HEIGHT, size[1]]
        self._capture = cv2.VideoCapture(path, cv2.CAP_V4L2, wanted)
        if not self._capture.isOpened():
            raise SourceError(
                _("{path}: cannot be opened").format(path=path),
                _("check that it is a camera, and that nothing else uses it"),
            )

    def shots(self) -> Iterator[Shot]:
        """Each picture, as long as they come; one that turns out not to be whole has no pixels."""
        while self._capture.grab():
            yield Shot("?", None, False, self._pixels)

    def _pixels(self) -> Picture | None:
        ok, picture = self._capture.retrieve()
        return np.asarray(picture, np.uint8) if ok else None

    def close(self) -> None:
        self._capture.release()
