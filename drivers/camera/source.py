"""What a source of pictures is: a file or a camera. Every picture is taken, only those looked at become pixels."""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE = (1280, 720)
"""Width and height of a picture, px, where nothing else is asked for."""


Picture = NDArray[np.uint8]
"""Height x width x 3, BGR; or height x width, grey."""


class Frame:
    """One picture, and when it was taken, seconds. Its colours are made when they are asked for: most looks do without.

    Args:
        colours: the picture, BGR, or what makes it.
        grey: what makes it without colours; None: it is made of the colours.
    """

    def __init__(
        self, at_s: float, colours: Picture | Callable[[], Picture], grey: Callable[[], Picture] | None = None
    ) -> None:
        self.at_s = at_s
        self._colours, self._grey = colours, grey

    @cached_property
    def picture(self) -> Picture:
        """Height x width x 3, BGR."""
        return self._colours() if callable(self._colours) else self._colours

    @cached_property
    def grey(self) -> Picture:
        """Height x width."""
        return self._grey() if self._grey else grey_of(self.picture)

    def dated(self, at_s: float) -> "Frame":
        """Returns the same picture as if it had been taken at another time."""
        return Frame(at_s, self._colours, self._grey)


def grey_of(picture: Picture) -> Picture:
    """Returns it without colours; one that has none is returned itself."""
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


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
    def lost_s(self) -> float:
        """The time so far in which pictures were missed because they came damaged."""
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
