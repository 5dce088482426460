"""A video file through the camera's pipeline, in the clip's own time, as fast as it can be done."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from drivers.base import Stay
from drivers.camera.analyser import Analyser
from drivers.camera.files import clip_frames
from drivers.camera.options import CameraOptions, ZoneShape


class ClipStay(Struct, frozen=True):
    """A stay; seconds from the start of the clip.

    Args:
        stay: `left_s` is None while it stands there at the end of the clip.
        seen_until_s: `left_s`, or the last picture of the clip.
    """

    zone: str
    stay: Stay
    seen_until_s: float

    def overstay_at_s(self, limit_s: float) -> float | None:
        """When it had stood for `limit_s`; None: it had not, as far as the clip shows."""
        end_s = self.stay.entered_s + limit_s
        return end_s if self.seen_until_s >= end_s else None


def analyse(clip: Path, options: CameraOptions, zones: Mapping[str, ZoneShape], models_dir: Path) -> Iterator[ClipStay]:
    """Every stay, when it ends; those that stand at the end of the clip, last.

    Args:
        options: of the camera whose zones these are; its `source` is not used.
        zones: name -> shape.

    Raises:
        SourceError: no such file, not a video, cut off.
        ModelError: the model is missing, not the right one, or cannot be run.
        ZoneError: a zone does not fit the picture.
    """
    analyser = Analyser(options, zones, models_dir, live=False)
    at_s = 0.0
    for frame in clip_frames(clip, options.period_s):
        at_s = frame.at_s
        for zone, stay in analyser.step(frame):
            if stay.left_s is not None:
                yield ClipStay(zone, stay, stay.left_s)
    for one in analyser.standing():
        yield ClipStay(one.zone, one.stay, at_s)
