"""Cameras: RTSP streams (RFC 2326, over TCP) and V4L2 devices, with what they do when they fall silent."""

import threading
import time
from pathlib import Path

import cv2
import numpy as np

from drivers.camera.errors import SourceError
from drivers.camera.source import Frame, shown

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 20_000
"""Ends the thread of a camera that has been given up. A read that times out may still claim success."""

STALL_S = 8.0
"""Without a new picture for so long, a camera is lost."""

FIRST_S = 20.0
"""The first picture after opening may take so long: until a key frame comes, nothing can be decoded."""

RETRY_S = (1.0, 2.0, 4.0, 5.0)
"""Waits before a lost camera is opened again; then the last one for ever."""


class LiveCamera:
    """An RTSP stream or a V4L2 device: a thread takes every picture off it, and decodes the one that is due.

    Raises:
        SourceError: it cannot be opened; by `frame`: it has given no picture for `stall_s`.
    """

    def __init__(
        self, source: str, period_s: float, stall_s: float = STALL_S, open_timeout_ms: int = OPEN_TIMEOUT_MS
    ) -> None:
        self._source = source
        self._stall_s = stall_s
        self._period_s = period_s
        self._capture = _open_live(source, open_timeout_ms)
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._lost = ""
        self._closing = False
        self._due_s = self._seen_s = time.monotonic()
        self._limit_s = max(FIRST_S, stall_s)
        threading.Thread(target=self._run, name="grab", daemon=True).start()

    def frame(self, patience_s: float) -> Frame | None:
        with self._news:
            self._news.wait_for(lambda: self._frame or self._lost, timeout=patience_s)
            frame, self._frame = self._frame, None
            silent_s = time.monotonic() - self._seen_s
        if frame:
            return frame
        if self._lost or silent_s > self._limit_s:
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
        """Only what becomes pixels is a picture: a stream may flow and yet not be decoded."""
        if at_s < self._due_s:
            self._seen_s = at_s
            return
        ok, picture = self._capture.retrieve()
        if ok:
            self._seen_s = at_s
            self._limit_s = self._stall_s
            self._due_s = at_s + self._period_s
            with self._news:
                self._frame = Frame(at_s, np.asarray(picture, np.uint8))
                self._news.notify_all()

    def _lose(self, why: str) -> None:
        with self._news:
            self._lost = why
            self._news.notify_all()


def _open_live(source: str, timeout_ms: int) -> cv2.VideoCapture:
    if source.startswith("/dev/"):
        if not Path(source).exists():
            raise SourceError(f"{source}: there is no such device", "check the cable, then: ls /dev/video*")
        capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
    else:
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, timeout_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise SourceError(f"{shown(source)}: cannot be opened", "check its address, user and password, and its power")
    if not capture.get(cv2.CAP_PROP_FRAME_WIDTH):  # the opening timed out, and nothing will ever be decoded from it
        capture.release()
        raise SourceError(f"{shown(source)}: answers, but sends no pictures", "check that its stream is switched on")
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
