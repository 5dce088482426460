"""A video file through the camera's pipeline, in the clip's own time, as fast as it can be done."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from drivers.base import Stay
from drivers.camera.analyser import Analyser
from drivers.camera.errors import CameraError, PictureChangedError
from drivers.camera.files import Tally, clip_frames, is_due, next_due_s
from drivers.camera.motion_gate import ChangeDetector
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.source import Frame
from drivers.camera.vehicle_size import VehicleSizes
from drivers.translation import _


class ClipStay(Struct, frozen=True):
    """A stay; seconds from the start of the clip.

    Args:
        stay: `left_s` is None while it stands there at the end of the clip.
        seen_until_s: `left_s`, or the last picture that shows it.
    """

    zone: str
    stay: Stay
    seen_until_s: float

    def overstay_at_s(self, limit_s: float) -> float | None:
        """The time at which one and the same vehicle had stood for `limit_s`; None: it had not, as far as the clip
        shows."""
        since_s = self.stay.entered_s if self.stay.charged_s is None else self.stay.charged_s
        end_s = since_s + limit_s
        return end_s if self.seen_until_s >= end_s else None


Show = Callable[[Frame, Analyser], None]
"""Told every frame, after the analyser has looked at it or left it out."""


def analyse(
    clip: Path,
    options: CameraOptions,
    zones: Mapping[str, ZoneShape],
    models_dir: Path,
    *,
    show: Show | None = None,
    tally: Tally | None = None,
    sizes: VehicleSizes | None = None,
) -> Iterator[ClipStay]:
    """Every stay, when it ends; those that stand at the end of the clip, last.

    Args:
        options: of the camera whose zones these are; its `source` is not used.
        zones: name -> shape.
        show: is to see every frame; without it, only the frames that are analysed become pixels.
        sizes: is to learn how large the vehicles are.
        tally: is to count the frames that came, and those that came damaged and were not looked at.

    Raises:
        SourceError: no such file, not a video; cut off or badly damaged, after the stays that could be seen.
        ModelError: the model is missing, not the right one, or cannot be run.
        ZoneError: a zone does not fit the picture; PictureChangedError: its size has changed, after the stays so far.
    """
    analyser = Analyser(options, zones, models_dir, live=False, gate=ChangeDetector(options.recheck_s))
    try:
        for changes in _steps(clip, options, analyser, show, tally):
            if sizes:
                _measure(analyser, sizes)
            yield from (ClipStay(zone, stay, stay.left_s) for zone, stay in changes if stay.left_s is not None)
    except CameraError:
        yield from _standing(analyser)
        raise
    yield from _standing(analyser)


def _steps(
    clip: Path, options: CameraOptions, analyser: Analyser, show: Show | None, tally: Tally | None
) -> Iterator[list[tuple[str, Stay]]]:
    due_s = 0.0
    for frame in clip_frames(clip, 0.0 if show else options.period_s, tally, options.largest_picture):
        if is_due(frame.at_s, due_s):
            due_s = next_due_s(frame.at_s, due_s, options.period_s)
            yield _step(clip, analyser, frame)
        if show:
            show(frame, analyser)


def _measure(analyser: Analyser, sizes: VehicleSizes) -> None:
    """Takes in how large the vehicles are that stand now."""
    for watch in analyser.watches:
        sizes.add(watch.zone.name, watch.zone.box, ((one.key, one.box) for one in watch.tracker.tracks))


def _step(clip: Path, analyser: Analyser, frame: Frame) -> list[tuple[str, Stay]]:
    try:
        return analyser.step(frame)
    except PictureChangedError as error:
        what = _("{clip}: at {at_s:.1f} s {reason}").format(clip=clip, at_s=frame.at_s, reason=error.what)
        raise PictureChangedError(what, _("give each part of it by itself")) from error


def _standing(analyser: Analyser) -> Iterator[ClipStay]:
    return (ClipStay(one.zone, one.stay, one.seen_s) for one in analyser.standing())
