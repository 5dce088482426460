"""What the camera process is told: read by the daemon and by the process, so without numpy or OpenCV."""

from typing import Annotated

from msgspec import Meta

from drivers.options import Id, Options, Percent, Seconds

Point = tuple[Annotated[int, Meta(ge=0, le=16384)], Annotated[int, Meta(ge=0, le=16384)]]

Size = tuple[Annotated[int, Meta(ge=16, le=16384)], Annotated[int, Meta(ge=16, le=16384)]]


class CameraOptions(Options, frozen=True):
    """[camera.NAME]

    Args:
        source: a video file, rtsp://..., or a V4L2 device (/dev/video0).
        model: name in the manifest of models.
        picture: width and height, px, that the zones were drawn on.
        period_s: time between two analysed frames.
        threads: of the detector.
        begin_score, keep_score: detector score, %: median of a vehicle that begins a stay, and least of a box that is
            looked at. In between, a stay begins only where the road is known and looks otherwise.
        loop: start a file again at its end (for demonstrations).
    """

    source: str
    model: Id = "ssd-mobilenet-v2-oidv4"
    picture: Size = (1280, 720)
    period_s: Seconds = Seconds(1.0)
    threads: Annotated[int, Meta(ge=1, le=4)] = 1
    begin_score_percent: Percent = 30.0
    keep_score_percent: Percent = 20.0
    loop: bool = False


class ZoneShape(Options, frozen=True):
    """The camera's part of [zone.NAME].

    Args:
        camera: name of its [camera.NAME].
        polygon: at least three corners, px, on the camera's `picture`.
    """

    camera: Id
    polygon: Annotated[tuple[Point, ...], Meta(min_length=3, max_length=32)]
