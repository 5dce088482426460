"""What a source of pictures is: a file or a camera. Every picture is taken, only those looked at become pixels."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

SIZE = (1280, 720)
"""Width and height of a picture, px, where nothing else is asked for."""


class Frame(NamedTuple):
    """One picture, height x width x 3, BGR, and when it was taken, seconds."""

    at_s: float
    picture: NDArray[np.uint8]


class FrameSource(Protocol):
    """Something that gives pictures in real time; their `at_s` is `time.monotonic()`.

    Args:
        trouble: why there are no pictures just now, in words for a technician; "": all is well.
        period_s: time between two pictures; may be changed.
    """

    trouble: str
    period_s: float

    @property
    def dropped(self) -> int:
        """Pictures so far that were due while the box was busy with others."""
        ...

    @property
    def damaged(self) -> int:
        """Pictures so far that could not be decoded whole, or may build on one that could not; none is given."""
        ...

    @property
    def opened(self) -> int:
        """How often it was opened so far."""
        ...

    @property
    def keys_only(self) -> bool:
        """Whether only key frames are decoded."""
        ...

    def frame(self, patience_s: float) -> Frame | None:
        """The next picture, if one is due within `patience_s`; None: not yet. Raises SourceError: there is no more."""
        ...


def is_file(source: str) -> bool:
    """Whether it is a video file, not a camera."""
    return "://" not in source and not is_device(source)


def is_device(source: str) -> bool:
    """Whether it is a V4L2 device."""
    return source.startswith("/dev/")
