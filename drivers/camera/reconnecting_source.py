"""A live source that reconnects when it was lost, and decodes as little as its stream allows."""

import math
import time

from drivers.camera.access import TCP, Access
from drivers.camera.errors import SourceError
from drivers.camera.live import STALL_S, KeyPicturesLostError, LiveSource
from drivers.camera.refusal import LoginRefusedError
from drivers.camera.source import SIZE, Frame
from drivers.camera.video import LARGEST

RETRY_S = (0.5, 1.0, 2.0, 4.0)
"""Waits before a lost camera is opened again; then the last one for ever."""

KEYS_WITHIN = 2.0
"""Key frames alone are decoded where they come this many periods apart or less, and so often that none seems lost."""

JITTER_S = 0.25

ALL_S, LONGEST_ALL_S = 600.0, 86_400.0
"""A camera that was lost as soon as it was asked for key frames alone is not asked again for so long; for twice as long
each time that it is lost again, up to the second."""

SOON = 4
"""Pictures before which that is so. The first key frame can be decoded even where the later ones cannot: H.265 numbers
its pictures by few bits, which mislead where those between are not decoded."""


class ReconnectingSource:
    """A live camera that is opened again, after growing waits, when it was lost. The first opening must succeed.

    At first every frame is decoded. When key frames turn out to come often enough, the stream is opened anew for these
    alone; after a loss it starts over, as the camera may have been set otherwise.

    Args:
        size: width and height, px, that a device is asked for.
        largest: width and height, px, whose product is the most that is decoded.
        all_frames: never decode key frames alone.
        access: how a stream is asked for.
        stall_s: without a new picture for so long it is lost.

    Raises LoginRefusedError, by `frame` too: with another login it may go on.
    """

    def __init__(
        self,
        source: str,
        period_s: float,
        *,
        size: tuple[int, int] = SIZE,
        largest: tuple[int, int] = LARGEST,
        all_frames: bool = False,
        access: Access = TCP,
        stall_s: float = STALL_S,
    ) -> None:
        self.trouble = ""
        self.period_s = period_s
        self._source = source
        self._size, self._largest, self._access = size, largest, access
        self._dropped = 0
        self._damaged = 0
        self._lost_s = 0.0
        self._opened = 0
        self._keys_only = False
        self._given = 0
        self._keys_from_s = math.inf if all_frames else 0.0
        self._all_s = ALL_S
        self._stall_s = stall_s
        self._camera: LiveSource | None = None
        self._attempts = 0
        self._retry_s = 0.0
        self._open(keys_only=False)

    @property
    def dropped(self) -> int:
        return self._dropped + (self._camera.dropped if self._camera else 0)

    @property
    def damaged(self) -> int:
        return self._damaged + (self._camera.damaged if self._camera else 0)

    @property
    def lost_s(self) -> float:
        return self._lost_s + (self._camera.lost_s if self._camera else 0.0)

    @property
    def opened(self) -> int:
        return self._opened

    @property
    def keys_only(self) -> bool:
        return self._keys_only

    def frame(self, patience_s: float) -> Frame | None:
        try:
            frame = self._next(patience_s)
            if frame:
                self._got()
        except LoginRefusedError:
            raise
        except SourceError as error:
            self._lose(error)
            return None
        return frame

    def _next(self, patience_s: float) -> Frame | None:
        if self._camera is None:
            wait_s = self._retry_s - time.monotonic()
            if wait_s > 0:
                time.sleep(min(wait_s, patience_s))
                return None
            self._open(keys_only=False)
        assert self._camera
        self._camera.period_s = self.period_s
        return self._camera.frame(patience_s)

    def _got(self) -> None:
        self.trouble = ""
        self._attempts = 0
        self._given += 1
        assert self._camera
        limit_s = min(KEYS_WITHIN * self.period_s + JITTER_S, self._stall_s / 2)
        if (
            not self._keys_only
            and time.monotonic() >= self._keys_from_s
            and self._camera.keyframes.keys_suffice(limit_s)
        ):
            self._close()
            self._open(keys_only=True)

    def _open(self, *, keys_only: bool) -> None:
        self._keys_only = keys_only
        self._given = 0
        self._opened += 1
        self._camera = LiveSource(
            self._source,
            self.period_s,
            size=self._size,
            largest=self._largest,
            keys_only=keys_only,
            access=self._access,
            stall_s=self._stall_s,
        )

    def _close(self) -> None:
        if self._camera:
            self._dropped += self._camera.dropped
            self._damaged += self._camera.damaged
            self._lost_s += self._camera.lost_s
            self._camera.close()
        self._camera = None

    def _lose(self, error: SourceError) -> None:
        if self._keys_only and (self._given < SOON or isinstance(error, KeyPicturesLostError)):
            self._keys_from_s = time.monotonic() + self._all_s
            self._all_s = min(2 * self._all_s, LONGEST_ALL_S)
        self._close()
        self._keys_only = False
        self.trouble = str(error)
        self._retry_s = time.monotonic() + RETRY_S[min(self._attempts, len(RETRY_S) - 1)]
        self._attempts += 1
