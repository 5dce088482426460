"""Pictures of a file or a camera: every one is grabbed, only those that are looked at are turned into pixels."""

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.errors import SourceError

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 5_000
STALL_S = 8.0
"""Without a new picture for so long, a live camera is lost. A read that times out may still claim success."""

RETRY_S = (1.0, 2.0, 4.0, 5.0)
"""Waits before a lost camera is opened again; then the last one for ever."""

WHOLE = 0.9
"""Share of the frames that its header promises which a file must give; fewer: it was cut off."""

os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "rtsp_transport;tcp"
# FFmpeg and OpenCV would print addresses, with their passwords, to the log.
os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class Frame(NamedTuple):
    """One picture, height x width x 3, BGR, and when it was taken, seconds."""

    at_s: float
    picture: NDArray[np.uint8]


class Camera(Protocol):
    """Something that gives pictures in real time; their `at_s` is `time.monotonic()`.

    Args:
        trouble: why there are no pictures just now, in words for a technician; "": all is well.
    """

    trouble: str

    def frame(self, patience_s: float) -> Frame | None:
        """The next picture, if one is due within `patience_s`; None: not yet. Raises SourceError: there is no more."""
        ...


def shown(source: str) -> str:
    """The source without its password, for messages."""
    return re.sub(r"://[^@/]*@", "://***@", source)


def is_file(source: str) -> bool:
    """Whether it is a video file, not a camera."""
    return "://" not in source and not source.startswith("/dev/")


def open_camera(source: str, period_s: float, loop: bool) -> Camera:
    """A camera, or a file that plays one. Raises SourceError."""
    if is_file(source):
        return FileCamera(Path(source), period_s, loop)
    return LastingCamera(source, period_s)


def clip_frames(path: Path, period_s: float) -> Iterator[Frame]:
    """Pictures of a file, `period_s` apart, as fast as they can be had; seconds from its start. Raises SourceError."""
    capture = _open_file(path)
    try:
        count, due_s = 0, 0.0
        while capture.grab():
            at_s = _position_s(capture, count)
            count += 1
            if at_s >= due_s - 1e-3:
                due_s = max(due_s, at_s - period_s / 2) + period_s
                yield Frame(at_s, _decoded(capture, path))
        _whole(path, count, capture.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        capture.release()


def _open_file(path: Path) -> cv2.VideoCapture:
    if not path.is_file():
        raise SourceError(f"{path}: there is no such file")
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
    if count == 0 or count < promised * WHOLE:
        raise SourceError(f"{path}: {count} of {int(promised)} frames could be read", "the file is cut off or damaged")


class FileCamera:
    """A file played in real time, as if a camera saw it. Pictures that a slow box is late for are left out.

    Args:
        loop: start it again at its end.
    """

    def __init__(self, path: Path, period_s: float, loop: bool) -> None:
        self.trouble = ""
        self._path = path
        self._period_s = period_s
        self._loop = loop
        self._start()

    def _start(self) -> None:
        self._frames = clip_frames(self._path, self._period_s)
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
        self._next = next(self._frames, None)
        return frame

    def _in_time(self, now_s: float) -> Frame | None:
        """The first picture that is not more than a period late; None: the file has ended meanwhile."""
        while self._next and self._started_s + self._next.at_s < now_s - self._period_s:
            self._next = next(self._frames, None)
        return self._next and Frame(self._started_s + self._next.at_s, self._next.picture)


class LiveCamera:
    """An RTSP stream or a V4L2 device: a thread takes every picture off it, and decodes the one that is due.

    Raises:
        SourceError: it cannot be opened; by `frame`: it has given no picture for STALL_S.
    """

    def __init__(self, source: str, period_s: float) -> None:
        self._source = source
        self._period_s = period_s
        self._capture = _open_live(source)
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._lost = ""
        self._closing = False
        self._due_s = self._seen_s = time.monotonic()
        threading.Thread(target=self._run, name="grab", daemon=True).start()

    def frame(self, patience_s: float) -> Frame | None:
        with self._news:
            self._news.wait_for(lambda: self._frame or self._lost, timeout=patience_s)
            frame, self._frame = self._frame, None
            silent_s = time.monotonic() - self._seen_s
        if frame:
            return frame
        if self._lost or silent_s > STALL_S:
            raise SourceError(f"{shown(self._source)}: {self._lost or f'no picture for {silent_s:.0f} s'}")
        return None

    def close(self) -> None:
        """Ends the thread at its next picture; one that hangs in a read ends with the read's time-out."""
        self._closing = True

    def _run(self) -> None:
        while not self._closing:
            began_s = time.monotonic()
            taken = self._capture.grab()
            at_s = time.monotonic()
            if not taken or (at_s - began_s) * 1000 >= READ_TIMEOUT_MS:
                self._lose("the stream has ended or fallen silent")
                break
            self._take(at_s)
        self._capture.release()

    def _take(self, at_s: float) -> None:
        self._seen_s = at_s
        if at_s < self._due_s:
            return
        ok, picture = self._capture.retrieve()
        if ok:
            self._due_s = at_s + self._period_s
            with self._news:
                self._frame = Frame(at_s, np.asarray(picture, np.uint8))
                self._news.notify_all()

    def _lose(self, why: str) -> None:
        with self._news:
            self._lost = why
            self._news.notify_all()


def _open_live(source: str) -> cv2.VideoCapture:
    if source.startswith("/dev/"):
        if not Path(source).exists():
            raise SourceError(f"{source}: there is no such device", "check the cable, then: ls /dev/video*")
        capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
    else:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise SourceError(f"{shown(source)}: cannot be opened", "check its address, user and password, and its power")
    return capture


class LastingCamera:
    """A live camera that is opened again, after growing waits, when it was lost. The first opening must succeed."""

    def __init__(self, source: str, period_s: float) -> None:
        self.trouble = ""
        self._source = source
        self._period_s = period_s
        self._camera: LiveCamera | None = LiveCamera(source, period_s)
        self._attempts = 0
        self._retry_s = 0.0

    def frame(self, patience_s: float) -> Frame | None:
        try:
            frame = self._opened(patience_s)
        except SourceError as error:
            self._lose(error)
            return None
        if frame:
            self.trouble = ""
            self._attempts = 0
        return frame

    def _opened(self, patience_s: float) -> Frame | None:
        if self._camera is None:
            wait_s = self._retry_s - time.monotonic()
            if wait_s > 0:
                time.sleep(min(wait_s, patience_s))
                return None
            self._camera = LiveCamera(self._source, self._period_s)
        return self._camera.frame(patience_s)

    def _lose(self, error: SourceError) -> None:
        if self._camera:
            self._camera.close()
        self._camera = None
        self.trouble = str(error)
        self._retry_s = time.monotonic() + RETRY_S[min(self._attempts, len(RETRY_S) - 1)]
        self._attempts += 1
