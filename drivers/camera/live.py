"""One connection to a camera: a stream by RTSP or HTTP, or a V4L2 device. A thread keeps it drained."""

import threading
import time
from collections.abc import Iterator
from typing import Protocol

from drivers.camera.access import TCP, Access
from drivers.camera.device import Device
from drivers.camera.errors import SourceError
from drivers.camera.keyframe_interval import KeyframeInterval
from drivers.camera.motion_jpeg.stream import MotionJpeg
from drivers.camera.picture_loss import LostTime
from drivers.camera.rtsp.stream import RtspStream
from drivers.camera.source import SIZE, Frame, is_device
from drivers.camera.stream_url import stream_url
from drivers.camera.video import LARGEST, Shot
from drivers.options import without_passwords
from drivers.translation import _

OPEN_TIMEOUT_S = 8.0

STALL_S = 6.0
"""A camera without a new picture for so long is lost."""

FIRST_S = 20.0
"""The first picture after opening may take so long: until a key frame comes, nothing can be decoded."""


MOST_KEYS_LOST = 2
"""Key pictures that came, and could not be decoded, before every picture is asked for."""


class KeyPicturesLostError(SourceError):
    """The pictures of a stream that stand alone cannot be decoded without the others."""


class Feed(Protocol):
    """What a camera is read from, in a thread of its own.

    Args:
        left_out: pictures so far that did not come whole, and are not among its shots.
    """

    @property
    def left_out(self) -> int: ...

    def shots(self) -> Iterator[Shot]: ...

    def close(self) -> None: ...


class LiveSource:
    """A stream or device: a thread takes every picture off it, and gives the one that is due.

    Args:
        period_s: time between two pictures that are given; may be changed.
        size: width and height, px, that a device is asked for; a stream has its own.
        keys_only: decode key frames alone; those that are due by half a period count as due.
        dropped: pictures so far that were due and that nobody took before the next one was.
        access: how a stream is asked for.
        keyframes: of the key frames, while all frames are decoded.
        largest: width and height, px, whose product is the most that is decoded.

    Raises:
        SourceError: it cannot be opened; by `frame`: it has given no picture for `stall_s`. KeyPicturesLostError: it
            would, were it asked for all.
    """

    def __init__(
        self,
        source: str,
        period_s: float,
        *,
        size: tuple[int, int] = SIZE,
        largest: tuple[int, int] = LARGEST,
        keys_only: bool = False,
        access: Access = TCP,
        stall_s: float = STALL_S,
        open_timeout_s: float = OPEN_TIMEOUT_S,
    ) -> None:
        self.period_s = period_s
        self.dropped = 0
        self._damaged = self._keys_lost = 0
        self._lost_time = LostTime()
        self.keyframes = KeyframeInterval()
        self._source = source
        self._stall_s = stall_s
        self._keys_only = keys_only
        self._feed: Feed = (
            Device(source, size)
            if is_device(source)
            else _stream(source, access, open_timeout_s, keys_only=keys_only, largest=largest)
        )
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._lost = ""
        self._closing = False
        self._due_s = self._seen_s = time.monotonic()
        self._begun = False
        self._damaged_then = 0
        threading.Thread(target=self._run, name="grab", daemon=True).start()

    @property
    def damaged(self) -> int:
        """Pictures so far that came damaged, after the first whole one; they are not given."""
        return self._damaged + (self._feed.left_out if self._begun else 0)

    @property
    def lost_s(self) -> float:
        """The time so far in which pictures were missed because they, or others that they build on, came damaged."""
        return self._lost_time.lost_s

    def frame(self, patience_s: float) -> Frame | None:
        if self._keys_lost >= MOST_KEYS_LOST:
            raise self._without_keys()
        with self._news:
            self._news.wait_for(lambda: self._frame or self._lost, timeout=patience_s)
            frame, self._frame = self._frame, None
            silent_s = time.monotonic() - self._seen_s
        if frame:
            return frame
        limit_s = self._stall_s if self._begun else max(FIRST_S, self._stall_s)
        if self._lost or silent_s > limit_s:
            raise SourceError(f"{without_passwords(self._source)}: {self._lost or self._silence(silent_s)}")
        return None

    def _without_keys(self) -> KeyPicturesLostError:
        what = _("{source}: its key pictures cannot all be decoded without the others, which are asked for from now on")
        hint = _('let the camera begin each group of pictures anew (IDR), or set decode = "all"')
        return KeyPicturesLostError(what.format(source=without_passwords(self._source)), hint)

    def _silence(self, for_s: float) -> str:
        spoilt = self.damaged - self._damaged_then
        what = _("no picture for {for_s:.0f} s: {spoilt} came damaged") if spoilt else _("no picture for {for_s:.0f} s")
        return what.format(for_s=for_s, spoilt=spoilt)

    def close(self) -> None:
        """Ends the thread at its next picture; one that hangs in a read ends with the read's time-out."""
        self._closing = True

    def _run(self) -> None:
        why = _("the stream has ended")
        try:
            for shot in self._feed.shots():
                if self._closing:
                    break
                self._take(shot, time.monotonic())
        except SourceError as error:
            why = _("the stream has ended or fallen silent: {reason}").format(reason=error.what)
        self._lose(why)
        self._feed.close()

    def _take(self, shot: Shot, at_s: float) -> None:
        """Takes a shot, which is a picture only if it can be decoded: a stream may flow and yet show nothing."""
        if shot.damaged:
            self._damaged += self._begun  # the first ones build on what came before the opening
            self._keys_lost += self._begun and self._keys_only
            return
        self.keyframes.add_frame(shot.kind, at_s)
        early_s = self._early_s()
        due = at_s >= self._due_s - early_s
        frame = self._frame_of(shot, at_s) if due else None
        if due and frame is None:
            return
        if self.damaged != self._damaged_then:  # key frames that were lost would be taken for seldom ones
            self.keyframes = KeyframeInterval()
        self._begun = True
        self._seen_s, self._damaged_then = at_s, self.damaged
        self._lost_time.add_picture(at_s, self.damaged)
        if frame is not None:
            self._due_s = max(self._due_s if self._keys_only else 0.0, at_s - early_s) + self.period_s
            self._give(frame)

    def _early_s(self) -> float:
        """The time by which a picture may be early that is taken all the same, as the next one would be later."""
        gap_s = self._lost_time.usual_gap_s
        return self.period_s / 2 if self._keys_only else min(gap_s, self.period_s) / 2 * (gap_s > self.period_s / 2)

    def _frame_of(self, shot: Shot, at_s: float) -> Frame | None:
        """Returns it in place of the picture that nobody took, so that there are never three."""
        with self._news:
            self.dropped += self._frame is not None
            self._frame = None
        return shot.frame(at_s)

    def _give(self, frame: Frame) -> None:
        with self._news:
            self._frame = frame
            self._news.notify_all()

    def _lose(self, why: str) -> None:
        with self._news:
            self._lost = why
            self._news.notify_all()


def _stream(
    source: str, access: Access, open_s: float, *, keys_only: bool, largest: tuple[int, int]
) -> RtspStream | MotionJpeg:
    """Raises SourceError: it cannot be opened, or sends nothing."""
    named = without_passwords(source)
    try:
        if stream_url(source).is_rtsp:
            return RtspStream(source, access, open_s, keys_only=keys_only, largest=largest)
        return MotionJpeg(source, access, open_s, largest)
    except SourceError as error:
        what = _("{source}: cannot be opened: {reason}").format(source=named, reason=error.what)
        hint = error.hint or _("check its address, user and password, and its power")
        raise type(error)(what, hint) from None
