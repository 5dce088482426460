"""Video files: as fast as they can be read, or in real time as if a camera saw them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.camera.errors import SourceError
from drivers.camera.source import Frame
from drivers.camera.video import LARGEST, Shot, Video
from drivers.translation import _

WHOLE = 0.9
"""Share of its frames, or of those that its header promises, which a file must give whole, or of the time that it
promises where it counts no frames (Matroska, FLV); less: it is no record of what happened."""

CUT_OFF = _("the file is cut off or damaged")

USUAL_FPS = 25.0
"""The frame rate that is assumed for a container that carries neither times nor a rate."""

FILES_ONLY = {"protocol_whitelist": "file"}
"""A file may be a playlist, which would have the box fetch from anywhere."""

REORDERED = 16
"""A container that stamps frames as they are decoded (AVI) moves them no farther than that (ITU-T H.264, A.3.1)."""


@dataclass
class Tally:
    """What has come of a file so far.

    Args:
        came: pictures, of these `damaged`: not decoded whole, or built on one that was not.
        promised: by its header; 0: it does not say.
    """

    came: int = 0
    damaged: int = 0
    promised: int = 0

    @property
    def lacking(self) -> int:
        """Pictures that nothing was seen of."""
        return max(self.promised - self.came, 0) + self.damaged

    @property
    def whole(self) -> int:
        return max(self.promised, self.came)


def clip_frames(
    path: Path, period_s: float, tally: Tally | None = None, largest: tuple[int, int] = LARGEST
) -> Iterator[Frame]:
    """Pictures of a file, `period_s` apart, as fast as they can be had; seconds from its start. Raises SourceError.

    Damaged pictures are left out, and counted by `tally`. Of a file that is cut off, or damaged in more than a tenth,
    the error comes after the pictures that could be had.
    """
    video, tally = _open_file(path, largest), tally or Tally()
    due_s = before_s = until_s = 0.0
    tally.promised = video.promised
    try:
        for shot in _shots(video, path):
            at_s = tally.came / (video.rate or USUAL_FPS) if shot.at_s is None else shot.at_s
            frame_s = 1 / (video.rate or USUAL_FPS)
            until_s = at_s + frame_s
            tally.came += 1
            tally.damaged += shot.damaged
            tally.promised = video.promised
            if shot.damaged:
                continue
            if at_s < before_s - REORDERED * frame_s:
                raise _goes_back(path, before_s, at_s)
            before_s = at_s
            if is_due(at_s, due_s) and (frame := shot.frame(at_s)) is not None:
                due_s = next_due_s(at_s, due_s, period_s)
                yield frame
        lasts_s = 0.0 if tally.promised else video.lasts_s
    finally:
        video.close()
    _check(path, tally)
    if until_s < WHOLE * lasts_s:
        what = _("{path}: it ends after {until_s:.0f} of {lasts_s:.0f} s")
        raise SourceError(what.format(path=path, until_s=until_s, lasts_s=lasts_s), CUT_OFF)


def _goes_back(path: Path, before_s: float, at_s: float) -> SourceError:
    what = _("its time goes back from {before_s:.1f} s to {at_s:.1f} s").format(before_s=before_s, at_s=at_s)
    return SourceError(f"{path}: {what}", _("several recordings in one file? Give each by itself"))


def _shots(video: Video, path: Path) -> Iterator[Shot]:
    try:
        yield from video.shots()
    except SourceError as error:
        what = _("{path}: reading it failed: {reason}").format(path=path, reason=error.what)
        raise SourceError(what, _("check the disk or share that it is on")) from error


def rate(path: Path, largest: tuple[int, int]) -> float:
    """Frames a second of a file, as far as it says. Raises SourceError."""
    video = _open_file(path, largest)
    video.close()
    return video.rate or USUAL_FPS


def is_due(at_s: float, due_s: float) -> bool:
    return at_s >= due_s - 1e-3


def next_due_s(at_s: float, due_s: float, period_s: float) -> float:
    """Returns when the next picture is due after one taken at `at_s`: on the grid, as long as the pictures keep to
    it."""
    return max(due_s, at_s - period_s / 2) + period_s


def _open_file(path: Path, largest: tuple[int, int]) -> Video:
    if not path.is_file():
        raise SourceError(f"{path}: {_('not a file') if path.exists() else _('there is no such file')}")
    try:
        return Video(f"file:{path}", FILES_ONLY, largest=largest)
    except SourceError as error:
        what = _("{path}: not a video that can be read: {reason}").format(path=path, reason=error.what)
        raise SourceError(what, error.hint or _("H.264 in MP4 can")) from error


def _check(path: Path, tally: Tally) -> None:
    if tally.came == 1:
        raise SourceError(_("{path}: one picture, not a video").format(path=path))
    if tally.came == 0 or tally.lacking > (1 - WHOLE) * tally.whole:
        read = _("{read} of {all} frames could be read").format(read=tally.whole - tally.lacking, all=tally.whole)
        raise SourceError(f"{path}: {read}", CUT_OFF)


class FileSource:
    """A file played in real time, as if a camera saw it. Pictures that a slow box is late for are left out.

    Args:
        loop: start it again at its end.
        period_s: time between two pictures; a longer one takes effect at once, a shorter one than at first when the
            file starts again.
    """

    def __init__(self, path: Path, period_s: float, loop: bool, largest: tuple[int, int] = LARGEST) -> None:
        self.trouble = ""
        self.dropped = 0
        self.keys_only = False
        self.lost_s = 0.0
        self.opened = 1
        self._path = path
        self.period_s = period_s
        self._loop, self._largest = loop, largest
        self._damaged = 0
        self._tally = Tally()
        self._start()

    @property
    def damaged(self) -> int:
        return self._damaged + self._tally.damaged

    def _start(self) -> None:
        self._damaged, self._tally = self.damaged, Tally()
        self._frames = clip_frames(self._path, self.period_s, self._tally, self._largest)
        self._next = next(self._frames, None)
        self._started_s = time.monotonic()

    def frame(self, patience_s: float) -> Frame | None:
        if self._next is None:
            if not self._loop:
                raise SourceError(
                    _("{path}: played to its end").format(path=self._path),
                    _("set loop = true to play it again and again"),
                )
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
        """Skips to the next picture that is `due_s` into the file or later."""
        self._next = next(self._frames, None)
        while self._next and self._next.at_s < due_s:
            self._next = next(self._frames, None)

    def _in_time(self, now_s: float) -> Frame | None:
        """The first picture that is not more than a period late; None: the file has ended meanwhile."""
        while self._next and self._started_s + self._next.at_s < now_s - self.period_s:
            self._next = next(self._frames, None)
            self.dropped += 1
        return self._next and self._next.dated(self._started_s + self._next.at_s)
