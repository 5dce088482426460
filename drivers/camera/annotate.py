"""A clip with what the pipeline makes of it drawn in, for a person at a desk. A live picture is never kept."""

import math
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.analyser import Analyser, ZoneWatch
from drivers.camera.boxes import Box
from drivers.camera.errors import SourceError
from drivers.camera.files import rate
from drivers.camera.source import Frame
from drivers.camera.track import ParkedTrack
from drivers.camera.video import LARGEST
from drivers.translation import _

BLUE, GREEN, RED, GREY = (230, 160, 60), (80, 200, 80), (60, 60, 240), (190, 190, 190)
"""BGR: zones, vehicles that stand, those over the limit, what else the detector sees."""

CODEC = cv2.VideoWriter.fourcc(*"mp4v")
LETTER_PX = 22
"""Height of Hershey's letters at scale 1."""


class Annotated:
    """`out`, being written: complete or not there at all.

    Args:
        clip: file whose frames will be drawn on.
        out: MP4 to write; one that is there is replaced.
        limits_s: how long a vehicle may stand in each zone; infinite: as long as it likes.
        largest: width and height, px, whose product is the most that is decoded.

    Raises:
        SourceError: the clip is no video file, or `out` cannot be written.
    """

    def __init__(
        self, clip: Path, out: Path, limits_s: Mapping[str, float], largest: tuple[int, int] = LARGEST
    ) -> None:
        _refuse(clip, out)
        self._out = out
        self._part = out.with_name(f".{out.stem}.part.mp4")
        self._limits_s = limits_s
        self._fps = rate(clip, largest)
        self._writer: cv2.VideoWriter | None = None
        self._written = 0

    def add(self, frame: Frame, analyser: Analyser) -> None:
        """The frame as the analyser sees it now; twice or not at all where the clip's frames come unevenly."""
        if self._written > frame.at_s * self._fps + 0.5:
            return
        drawn = draw(frame, analyser, self._limits_s)
        writer = self._opened(drawn)
        while self._written <= frame.at_s * self._fps + 0.5:
            writer.write(drawn)
            self._written += 1

    def _opened(self, drawn: NDArray[np.uint8]) -> cv2.VideoWriter:
        if self._writer is None:
            height, width = drawn.shape[:2]
            self._writer = cv2.VideoWriter(str(self._part), cv2.CAP_FFMPEG, CODEC, self._fps, (width, height))
            if not self._writer.isOpened():
                raise SourceError(
                    _("{out}: cannot be written").format(out=self._out),
                    _("check the folder, its permissions and its space"),
                )
        return self._writer

    def close(self, whole: bool) -> None:
        """Put the file in place, or drop it where the clip could not be read to its end."""
        if self._writer is None:
            return
        self._writer.release()
        if whole:
            self._part.replace(self._out)
        else:
            self._part.unlink(missing_ok=True)


def _refuse(clip: Path, out: Path) -> None:
    if clip.exists() and not clip.is_file():
        raise SourceError(
            _("{clip}: only a video file can be annotated").format(clip=clip),
            _("no picture of a live camera is written"),
        )
    if out.suffix.lower() != ".mp4":
        raise SourceError(_("{out}: an annotated clip is MP4").format(out=out), _("name it OUT.mp4"))
    if not out.parent.is_dir():
        raise SourceError(_("{out}: there is no folder {parent}").format(out=out, parent=out.parent))
    if out.exists() and clip.exists() and out.samefile(clip):
        raise SourceError(_("{out}: is the clip itself").format(out=out), _("give the annotated one another name"))


def draw(frame: Frame, analyser: Analyser, limits_s: Mapping[str, float]) -> NDArray[np.uint8]:
    """A copy of the picture with zones, boxes and timers."""
    picture = frame.picture.copy()
    for view in analyser.views:
        _frame(picture, view.crop, GREY, 1)
    for watch in analyser.watches:
        _draw_zone(picture, watch, frame.at_s, limits_s.get(watch.zone.name, 0.0))
    word = analyser.condition.word
    label = f"{frame.at_s:.1f} s" + ("" if word == "ok" else f"  {word}")
    _write(picture, label, (10, 34), GREY if word == "ok" else RED, 1.0)
    return picture


def _draw_zone(picture: NDArray[np.uint8], watch: ZoneWatch, at_s: float, limit_s: float) -> None:
    corners = np.array(watch.zone.polygon, np.float32).round().astype(np.int32)
    cv2.polylines(picture, [corners], True, BLUE, 2, cv2.LINE_AA)
    left, bottom = corners[:, 0].min(), corners[:, 1].max()
    limit = _("limit {limit_s:g} s").format(limit_s=limit_s) if limit_s < math.inf else _("no limit")
    _write(picture, f"{watch.zone.name}  {limit}", (int(left), int(bottom) + 18), BLUE)
    for one in watch.seen:
        _frame(picture, one.box, GREY, 1)
        _write(picture, f"{one.vehicle} {one.score:.2f}", (int(one.box.left), int(one.box.bottom) - 4), GREY)
    for track in watch.tracker.tracks:
        _draw_vehicle(picture, track, at_s, limit_s)


def _draw_vehicle(picture: NDArray[np.uint8], track: ParkedTrack, at_s: float, limit_s: float) -> None:
    stood_s = at_s - track.entered_s
    colour = RED if stood_s >= limit_s else GREEN
    _frame(picture, track.box, colour, 2)
    hidden = _(", not seen for {lost_s:.0f} s").format(lost_s=at_s - track.seen_s) if track.lost else ""
    _write(picture, f"{stood_s:.0f} s{hidden}", (int(track.box.left), int(track.box.top) - 6), colour, 0.7)


def _frame(picture: NDArray[np.uint8], box: Box, colour: tuple[int, int, int], width: int) -> None:
    left, top, right, bottom = map(round, box)
    cv2.rectangle(picture, (left, top), (right - 1, bottom - 1), colour, width, cv2.LINE_AA)


def _write(
    picture: NDArray[np.uint8], text: str, at: tuple[int, int], colour: tuple[int, int, int], scale: float = 0.5
) -> None:
    """Draws `text` with a dark rim, moved so that it lies inside the picture."""
    height, width = picture.shape[:2]
    letters = round(scale * LETTER_PX)
    (across, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    place = (max(2, min(at[0], width - across - 2)), max(letters, min(at[1], height - 4)))
    rim = [((place[0] + x, place[1] + y), (0, 0, 0)) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
    for where, shade in [*rim, (place, colour)]:  # a thicker pen makes wider letters, which lie beside these
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, scale, shade, 1, cv2.LINE_AA)
