"""What the camera process is told: read by the daemon and by the process, so without numpy or OpenCV."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from drivers.extras import VISION
from drivers.options import Claim, Id, Need, Percent, Seconds, file_claim
from drivers.place import Placed
from drivers.translation import N_, _

Point = tuple[Annotated[int, Meta(ge=0, le=16384)], Annotated[int, Meta(ge=0, le=16384)]]

Size = tuple[Annotated[int, Meta(ge=16, le=16384)], Annotated[int, Meta(ge=16, le=16384)]]

LEAST_PX = 16
"""Width and height of a zone, px, below which no vehicle can be told in it."""

Source = Annotated[
    str,
    Meta(
        pattern=r"^((rtsp|http)s?://[^/]|/dev/.|(?!/dev/|.*://|(rtsps?|https?|rtmps?|ftp|udp|tcp|mms|file):).)",
        description=N_(
            '"rtsp://camera/stream" or "rtsps://...", "http://..." or "https://..." of motion JPEG, a device such as '
            '"/dev/video0", or a video file'
        ),
    ),
]
"""The addresses a camera may have. FFmpeg would open others, with which a camera could have the box fetch from
anywhere."""


class CameraOptions(Placed, frozen=True):
    """[camera.NAME]

    Args:
        source: a video file, rtsp://... or rtsps://..., http://... or https://... of motion JPEG, or a V4L2 device
            (/dev/video0).
        username, password_file: the login of a stream, with any characters; the file only its owner can read.
        ca_file: whom the certificate of rtsps:// and https:// must come from; None: an authority of the box.
        transport: what RTSP brings the pictures by; "auto": TCP, or UDP with a camera that refuses that.
        model: name in the manifest of models.
        zone_model: "auto": the zone model is asked before the detector, where its weights are in place; "off": never.
        picture: width and height, px, that the zones were drawn on, and that a device is asked for.
        largest_picture: width and height, px, whose product is the most that is decoded: a stream may announce any.
        period_s: time between two analysed frames.
        recheck_s: a zone in which nothing changes is shown to the detector again after so long; 0: on every look.
        decode: "auto": key frames alone where they come within two periods; "all": every frame.
        threads: of the detector.
        hot_celsius: temperature of the box, from which on `period_s` is stretched up to fourfold, to 4 s at most.
        begin_score, keep_score: detector score, %: median of a vehicle that begins a stay, and least of a box that is
            looked at. In between, a stay begins only where the road is known and looks otherwise.
        loop: start a file again at its end (for demonstrations).
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("50ms", "1min"), "recheck_s": ("0s", "10min")}

    source: Source
    username: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    password_file: str | None = None
    ca_file: str | None = None
    transport: Literal["tcp", "udp", "auto"] = "tcp"
    model: Id = "ssd-mobilenet-v2-oidv4"
    zone_model: Literal["auto", "off"] = "auto"
    picture: Size = (1280, 720)
    largest_picture: Size = (4096, 4096)
    period_s: Seconds = Seconds(1.0)
    recheck_s: Seconds = Seconds(20.0)
    decode: Literal["auto", "all"] = "auto"
    threads: Annotated[int, Meta(ge=1, le=4)] = 1
    hot_celsius: Annotated[float, Meta(ge=40, le=120)] = 80.0
    begin_score_percent: Percent = 30.0
    keep_score_percent: Percent = 20.0
    loop: bool = False

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        source = str(values.get("source", ""))
        if source.startswith("/dev/"):
            yield file_claim(
                source,
                "source",
                _("has {source} already").format(source=source),
                _("expected one owner of each device"),
            )

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        source = str(values.get("source", ""))
        if source.startswith("/dev/"):
            yield Need("source", device=source, unit="lamppost-camera@.service")
        for modules in VISION:
            yield Need("source", modules=modules, extra="vision")


class ZoneShape(Placed, frozen=True):
    """The camera's part of [zone.NAME].

    Args:
        camera: name of its [camera.NAME].
        polygon: at least three corners, px, on the camera's `picture`.
    """

    REFERS: ClassVar[Mapping[str, str]] = {"camera": "camera"}

    camera: Id
    polygon: Annotated[tuple[Point, ...], Meta(min_length=3, max_length=32)]
