"""A network camera on loopback, by RTSP."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import rtsp_camera
from rtsp_camera import Webcam

from drivers.camera.detector import Picture
from drivers.camera.errors import SourceError
from drivers.camera.live import LiveSource
from drivers.camera.reconnecting_source import ReconnectingSource
from drivers.camera.source import Frame

PATIENCE_S = 5.0


@pytest.fixture
def webcam(picture_of: Callable[..., Picture]) -> Iterator[Webcam]:
    with rtsp_camera.webcam(picture_of([])) as camera:
        yield camera


def until(camera: LiveSource | ReconnectingSource) -> Frame:
    """The next picture, however long it takes (the test's own time limit aside)."""
    while True:
        frame = camera.frame(PATIENCE_S)
        if frame:
            return frame


def test_pictures_come_at_the_period_not_at_the_rate_of_the_camera(webcam: Webcam) -> None:
    camera = LiveSource(webcam.url, 0.3)
    frames = [until(camera) for _ in range(4)]
    camera.close()
    assert frames[0].picture.shape == (360, 640, 3)
    gaps = [later.at_s - earlier.at_s for earlier, later in pairwise(frames)]
    assert min(gaps) >= 0.3
    assert frames[-1].at_s <= time.monotonic()


def test_a_camera_that_hangs_up_is_lost(webcam: Webcam) -> None:
    camera = LiveSource(webcam.url, 0.1)
    until(camera)
    webcam.hang_up.set()
    with pytest.raises(SourceError, match="the stream has ended"):
        while True:
            camera.frame(PATIENCE_S)


def test_a_picture_that_changes_its_size_comes_with_its_own(webcam: Webcam, picture_of: Callable[..., Picture]) -> None:
    camera = LiveSource(webcam.url, 0.1)
    assert until(camera).picture.shape == (360, 640, 3)
    webcam.show(picture_of([])[:, :480])
    while (now := until(camera).picture).shape == (360, 640, 3):
        continue
    assert now.shape == (360, 480, 3)
    camera.close()


def test_damaged_pictures_are_counted_and_not_given_and_a_camera_that_sends_no_others_is_lost(webcam: Webcam) -> None:
    camera = ReconnectingSource(webcam.url, 0.1, stall_s=0.5)
    until(camera)
    assert camera.damaged == 0
    webcam.units = [*webcam.units[:-1], webcam.units[-1][:2] + bytes(500)]
    while not camera.trouble:
        camera.frame(0.1)
    assert re.search(r"no picture for \d s: \d+ came damaged", camera.trouble)
    assert camera.damaged >= 5


def test_a_silent_camera_is_found_by_elapsed_time(webcam: Webcam) -> None:
    camera = LiveSource(webcam.url, 0.1, stall_s=0.4)
    until(camera)
    webcam.silent.set()
    with pytest.raises(SourceError, match="no picture for"):
        while True:
            camera.frame(0.1)
    camera.close()


def test_a_lost_camera_is_opened_again(webcam: Webcam) -> None:
    camera = ReconnectingSource(webcam.url, 0.1)
    before = until(camera)
    webcam.hang_up.set()
    while not camera.trouble:
        camera.frame(PATIENCE_S)
    assert "the stream has ended" in camera.trouble
    assert "secret" not in camera.trouble
    webcam.hang_up.clear()
    after = until(camera)
    assert after.at_s > before.at_s
    assert camera.trouble == ""


def test_a_camera_that_answers_and_sends_nothing_is_told_not_waited_for(webcam: Webcam) -> None:
    webcam.silent.set()
    with pytest.raises(SourceError, match=r"cannot be opened|sends no pictures"):
        LiveSource(webcam.url, 0.1, open_timeout_s=0.5)


def test_a_camera_that_is_not_there_is_told_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"rtsp://user:secret@127.0.0.1:{free.getsockname()[1]}/main"
        with pytest.raises(SourceError, match=r"rtsp://\(hidden\)@127.* cannot be opened") as caught:
            LiveSource(url, 1.0)
    assert "secret" not in str(caught.value)


def test_a_device_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceError, match="/dev/video-no: there is no such device"):
        LiveSource("/dev/video-no", 1.0)


def test_a_device_that_is_no_camera_is_told() -> None:
    with pytest.raises(SourceError, match="/dev/null: cannot be opened"):
        LiveSource("/dev/null", 1.0)
