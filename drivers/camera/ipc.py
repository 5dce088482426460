"""Messages between the daemon and the camera process: one JSON object a line. Imports neither numpy nor OpenCV.

Times are `time.monotonic()`, which all processes of a box share.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from msgspec import Struct

from drivers.base import Stay
from drivers.camera.access import Access
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.options import Seconds, decode

LINE_LIMIT = 64 * 1024
ALIVE_S = 5.0
"""Time between two `alive` lines."""


class Standing(Struct, frozen=True, tag_field="type", tag="standing"):
    """A vehicle that stands, as much as a new camera process needs to know it again. Never on disk.

    Args:
        box: left, top, right, bottom, px of the picture that zones are drawn on.
        look: gradients of its place, float16.
        seen_s: when its place was last seen with it.
        paint: its colour less that around it, a* and b* of CIE L*a*b*.
        road: gradients of its place before it came, float16; empty: not known.
        around: gradient around its place in a clear view, grey levels; 0: not known.
    """

    zone: str
    stay: Stay
    box: tuple[float, float, float, float]
    look: bytes
    seen_s: float
    paint: tuple[float, float] = (0.0, 0.0)
    road: bytes = b""
    around: float = 0.0


class StaySeen(Struct, frozen=True, tag_field="type", tag="stay"):
    """A stay that began, or ended (`stay.left_s`); `at_s` is when that was certain.

    Args:
        standing: of a stay that began. In the same line, so that a process that is killed has told both or neither:
            a stay that was told and not known again would never end, and its vehicle would come a second time.
    """

    zone: str
    stay: Stay
    at_s: float
    standing: Standing | None = None


Condition = Literal["ok", "dark", "blocked", "blurred", "moved", "frozen", "damaged", "no_picture"]


class Alive(Struct, frozen=True, tag_field="type", tag="alive"):
    """The worker tells how it is: once in ALIVE_S, and at once when the condition changes.

    Args:
        detail: words for a technician.
        analysed: pictures looked at so far.
        dropped: pictures that were due while the box was busy with others.
        damaged: pictures so far that came damaged and were not looked at.
        inferences: runs of the detector so far.
        period_s: time between two looks.
        slowed: why that is longer than configured, in words for a technician; "": it is not.
        keys_only: only key frames of the stream are decoded.
        detector_ms: mean time of the detector per crop since the last line; 0: it did not run.
        zone_model_runs: runs of the zone model so far.
        without_zone_model: why the detector sees alone, in words for a technician; "": it does not, or was told to.
    """

    at_s: float
    condition: Condition
    detail: str
    analysed: int
    dropped: int
    damaged: int
    inferences: int
    period_s: float
    slowed: str
    keys_only: bool
    detector_ms: float
    zone_model_runs: int = 0
    without_zone_model: str = ""


class Fault(Struct, frozen=True, tag_field="type", tag="fault"):
    """Why the process ends: the last line."""

    what: str
    hint: str


Message = Standing | StaySeen | Alive | Fault


class NoMessage(ValueError):
    """A line of the camera process that says nothing that is known."""


class Job(Struct, frozen=True):
    """The first and only line that the camera process reads.

    Args:
        standing: vehicles that stood when the process before this one ended.
        access: how a stream is asked for.
    """

    camera: str
    options: CameraOptions
    zones: dict[str, ZoneShape]
    models_dir: str
    standing: tuple[Standing, ...] = ()
    access: Access = Access()


def _plain(value: Any) -> Any:
    if isinstance(value, Seconds):
        return f"{float(value):.6f}s"
    raise NotImplementedError(type(value))


_to_json: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=_plain).encode
_to_job: Callable[[bytes], Job] = msgspec.json.Decoder(Job, dec_hook=decode).decode
_to_message: Callable[[bytes], Message] = msgspec.json.Decoder(Message).decode


def line(said: Job | Message) -> bytes:
    return _to_json(said) + b"\n"


def read_job(text: bytes) -> Job:
    """Raises msgspec.ValidationError or msgspec.DecodeError."""
    return _to_job(text)


def read_message(text: bytes) -> Message:
    """Raises NoMessage, whatever the bytes are."""
    try:
        return _to_message(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoMessage(str(error)) from error
