"""One connection to a camera: an RTSP stream (RFC 2326, over TCP) or a V4L2 device. A thread keeps it drained."""

import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from drivers.camera.errors import SourceError
from drivers.camera.rhythm import Rhythm
from drivers.camera.source import Frame, shown

OPEN_TIMEOUT_MS = 8_000
READ_TIMEOUT_MS = 20_000
"""Ends the thread of a camera that has been given up. A read that times out may still claim success."""

STALL_S = 6.0
"""Without a new picture for so long, a camera is lost."""

FIRST_S = 20.0
"""The first picture after opening may take so long: until a key frame comes, nothing can be decoded."""

TRANSPORT = "rtsp_transport;tcp|fpsprobesize;0"
"""Without the second, FFmpeg waits for about 20 frames to learn the rate, which nobody asks for."""

KEYS_ONLY = f"{TRANSPORT}|avdiscard;nonkey"
"""FFmpeg's decoder then throws away all but key frames before it spends anything on them."""


class LiveCamera:
    """A stream or device: a thread takes every picture off it, and makes pixels of the one that is due.

    Args:
        period_s: time between two pictures that are given; may be changed.
        keys_only: decode key frames alone; those that are due by half a period count as due.
        dropped: pictures so far that were due and that nobody took before the next one was.
        rhythm: of the key frames, while all frames are decoded.

    Raises:
        SourceError: it cannot be opened; by `frame`: it has given no picture for `stall_s`.
    """

    def __init__(
        self,
        source: str,
        period_s: float,
        *,
        keys_only: bool = False,
        stall_s: float = STALL_S,
        open_timeout_ms: int = OPEN_TIMEOUT_MS,
    ) -> None:
        self.period_s = period_s
        self.dropped = 0
        self.rhythm = Rhythm()
        self._source = source
        self._stall_s = stall_s
        self._keys_only = keys_only
        self._capture = _opened(source, open_timeout_ms, keys_only)
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
        self.rhythm.take(chr(int(self._capture.get(cv2.CAP_PROP_FRAME_TYPE)) or 63), at_s)
        early_s = self.period_s / 2 if self._keys_only else 0.0
        if at_s < self._due_s - early_s:
            self._seen_s = at_s
            return
        ok, picture = self._capture.retrieve()
        if ok:
            self._seen_s = at_s
            self._limit_s = self._stall_s
            self._due_s = max(self._due_s if self._keys_only else 0.0, at_s - early_s) + self.period_s
            self._give(Frame(at_s, np.asarray(picture, np.uint8)))

    def _give(self, frame: Frame) -> None:
        with self._news:
            self.dropped += self._frame is not None
            self._frame = frame
            self._news.notify_all()

    def _lose(self, why: str) -> None:
        with self._news:
            self._lost = why
            self._news.notify_all()


def _opened(source: str, timeout_ms: int, keys_only: bool) -> cv2.VideoCapture:
    if source.startswith("/dev/"):
        if not Path(source).exists():
            raise SourceError(f"{source}: there is no such device", "check the cable, then: ls /dev/video*")
        capture = cv2.VideoCapture(source, cv2.CAP_V4L2)
    else:
        os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = KEYS_ONLY if keys_only else TRANSPORT
        times = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, timeout_ms, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        capture = cv2.VideoCapture(source, cv2.CAP_FFMPEG, [*times, cv2.CAP_PROP_N_THREADS, 1])
    if not capture.isOpened():
        raise SourceError(f"{shown(source)}: cannot be opened", "check its address, user and password, and its power")
    if not capture.get(cv2.CAP_PROP_FRAME_WIDTH):  # the opening timed out, and nothing will ever be decoded from it
        capture.release()
        raise SourceError(f"{shown(source)}: answers, but sends no pictures", "check that its stream is switched on")
    return capture
