"""Video files: as fast as they can be read, or in real time as if a camera saw them."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.errors import SourceError
from drivers.camera.source import Frame

WHOLE = 0.9
"""Share of the frames that its header promises which a file must give; fewer: it was cut off."""

LEAST_BACK_S = 0.5
"""Frames that a container stamps in another order than they are shown in are nearer than that."""


def clip_frames(path: Path, period_s: float) -> Iterator[Frame]:
    """Pictures of a file, `period_s` apart, as fast as they can be had; seconds from its start. Raises SourceError."""
    capture = _open_file(path)
    try:
        count, due_s, before_s = 0, 0.0, 0.0
        while capture.grab():
            at_s = _position_s(capture, count)
            if at_s < before_s - LEAST_BACK_S:
                what = f"its time goes back from {before_s:.1f} s to {at_s:.1f} s"
                raise SourceError(f"{path}: {what}", "several recordings in one file? Give each by itself")
            before_s = at_s
            count += 1
            if is_due(at_s, due_s):
                due_s = next_due_s(at_s, due_s, period_s)
                yield Frame(at_s, _decoded(capture, path))
        _whole(path, count, capture.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        capture.release()


def is_due(at_s: float, due_s: float) -> bool:
    return at_s >= due_s - 1e-3


def next_due_s(at_s: float, due_s: float, period_s: float) -> float:
    """After a picture taken at `at_s`: on the grid, as long as the pictures keep to it."""
    return max(due_s, at_s - period_s / 2) + period_s


def _open_file(path: Path) -> cv2.VideoCapture:
    if not path.is_file():
        raise SourceError(f"{path}: {'not a file' if path.exists() else 'there is no such file'}")
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise SourceError(f"{path}: not a video that can be read", "H.264 in MP4 can")
    return capture


def _position_s(capture: cv2.VideoCapture, index: int) -> float:
    """Time of the frame just grabbed; by its number where the container carries no times."""
    position_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    rate = capture.get(cv2.CAP_PROP_FPS)
    return position_s if position_s > 0 or index == 0 or rate <= 0 else index / rate


def _decoded(capture: cv2.VideoCapture, path: Path) -> NDArray[np.uint8]:
    ok, picture = capture.retrieve()
    if not ok:
        raise SourceError(f"{path}: a frame cannot be decoded", "the file is damaged")
    return np.asarray(picture, np.uint8)


def _whole(path: Path, count: int, promised: float) -> None:
    if count == 1:
        raise SourceError(f"{path}: one picture, not a video")
    if count == 0 or count < promised * WHOLE:
        raise SourceError(f"{path}: {count} of {int(promised)} frames could be read", "the file is cut off or damaged")


class FileCamera:
    """A file played in real time, as if a camera saw it. Pictures that a slow box is late for are left out.

    Args:
        loop: start it again at its end.
        period_s: time between two pictures; a longer one takes effect at once, a shorter one than at first when the
            file starts again.
    """

    def __init__(self, path: Path, period_s: float, loop: bool) -> None:
        self.trouble = ""
        self.dropped = 0
        self.keys_only = False
        self._path = path
        self.period_s = period_s
        self._loop = loop
        self._start()

    def _start(self) -> None:
        self._frames = clip_frames(self._path, self.period_s)
        self._next = next(self._frames, None)
        self._started_s = time.monotonic()

    def frame(self, patience_s: float) -> Frame | None:
        if self._next is None:
            if not self._loop:
                raise SourceError(f"{self._path}: played to its end", "set loop = true to play it again and again")
            self._start()
        now_s = time.monotonic()
        frame = self._in_time(now_s)
        if frame is None:
            return None
        wait_s = frame.at_s - now_s
        time.sleep(max(0.0, min(wait_s, patience_s)))
        if wait_s > patience_s:
            return None
        self._go_on(frame.at_s - self._started_s + self.period_s / 2)
        return frame

    def _go_on(self, due_s: float) -> None:
        """To the next picture that is `due_s` into the file or later."""
        self._next = next(self._frames, None)
        while self._next and self._next.at_s < due_s:
            self._next = next(self._frames, None)

    def _in_time(self, now_s: float) -> Frame | None:
        """The first picture that is not more than a period late; None: the file has ended meanwhile."""
        while self._next and self._started_s + self._next.at_s < now_s - self.period_s:
            self._next = next(self._frames, None)
            self.dropped += 1
        return self._next and Frame(self._started_s + self._next.at_s, self._next.picture)
