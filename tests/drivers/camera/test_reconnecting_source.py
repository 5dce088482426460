"""The moments at which key frames alone are asked for, and no more."""

import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from drivers.camera import reconnecting_source
from drivers.camera.errors import SourceError
from drivers.camera.keyframe_interval import KeyframeInterval
from drivers.camera.live import KeyPicturesLostError
from drivers.camera.reconnecting_source import ALL_S, SOON, ReconnectingSource
from drivers.camera.source import Frame

PERIOD_S = 1.0


class Camera:
    """One whose key frames come often enough; asked for these alone, it gives so many pictures and is lost.

    Args:
        opened: for each opening, whether key frames alone were asked for.
        error: by which it is lost.
    """

    dropped = damaged = 0
    lost_s = 0.0

    def __init__(self, alone: int, error: type[SourceError] = SourceError) -> None:
        self.opened: list[bool] = []
        self.error = error
        self.period_s = PERIOD_S
        self.keyframes = KeyframeInterval()
        self._alone, self._left = alone, 0
        for at, kind in enumerate(5 * "PPPPI"):
            self.keyframes.add_frame(kind, at / 25)

    def open(self, *_: object, keys_only: bool, **__: object) -> "Camera":
        self.opened.append(keys_only)
        self._left = self._alone
        return self

    def frame(self, patience_s: float) -> Frame:
        self._left -= 1
        if self.opened[-1] and self._left < 0:
            raise self.error("no picture for 6 s")
        return Frame(0.0, np.zeros((2, 2, 3), np.uint8))

    def close(self) -> None: ...


def opened(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Asks for pictures of a camera until it has been lost, and for as many again."""
    monkeypatch.setattr(reconnecting_source, "LiveSource", camera.open)
    monkeypatch.setattr(reconnecting_source, "RETRY_S", (0.0,))
    source: Any = ReconnectingSource("rtsp://camera/main", PERIOD_S)
    for _each in range(3 * SOON):
        source.frame(0.0)
    return camera.opened


@pytest.mark.parametrize("alone", [0, 1, SOON - 1])
def test_a_camera_of_which_key_frames_alone_cannot_be_decoded_is_asked_for_all(
    alone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(Camera(alone), monkeypatch) == [False, True, False]


def test_a_camera_that_gave_them_and_was_lost_is_asked_for_key_frames_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(Camera(SOON), monkeypatch) == [False, True, False, True]


def test_a_camera_that_loses_key_pictures_is_asked_for_all_however_many_it_gave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert opened(Camera(SOON, KeyPicturesLostError), monkeypatch) == [False, True, False]


def test_it_is_asked_for_them_again_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it is lost anew, which is told."""
    camera, now_s, asked_s = Camera(SOON, KeyPicturesLostError), [0.0], list[float]()
    monkeypatch.setattr(reconnecting_source, "LiveSource", camera.open)
    monkeypatch.setattr(reconnecting_source, "RETRY_S", (0.0,))
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    source: Any = ReconnectingSource("rtsp://camera/main", PERIOD_S)
    for _each in range(5_000):
        now_s[0] += 60.0
        before = len(camera.opened)
        source.frame(0.0)
        if camera.opened[before:] == [True]:
            asked_s.append(now_s[0])
    gaps_s = [later - earlier for earlier, later in pairwise(asked_s)]
    assert gaps_s[0] == pytest.approx(ALL_S, abs=600)
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[-1] > 50 * ALL_S
