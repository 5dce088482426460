"""A network camera on loopback, by RTSP."""

import base64
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
import rtsp_camera
from rtsp_camera import Webcam

from drivers.camera import live
from drivers.camera.access import Access
from drivers.camera.detector import Picture
from drivers.camera.errors import SourceError
from drivers.camera.live import KeyPicturesLostError, LiveSource
from drivers.camera.reconnecting_source import ReconnectingSource
from drivers.camera.source import Frame
from drivers.camera.video import Shot, Video

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


@pytest.mark.parametrize(
    "stamps",
    [
        lambda number: number * 3600 + (number // 10) * 90_000 * 3600,
        lambda number: (1 << 32) - number * 90_000,
        lambda number: 5,
    ],
    ids=["an hour forward each ten pictures", "backwards", "a clock that stands"],
)
def test_a_picture_is_dated_when_it_comes_whatever_the_clock_of_the_camera_says(
    picture_of: Callable[..., Picture], stamps: Callable[[int], int]
) -> None:
    with rtsp_camera.webcam(picture_of([]), stamps=stamps) as webcam:
        began_s, camera = time.monotonic(), LiveSource(webcam.url, 0.2)
        dated_s = [until(camera).at_s for _ in range(6)]
        camera.close()
    assert dated_s == sorted(dated_s)
    assert began_s <= dated_s[0] <= dated_s[-1] <= time.monotonic()


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_key_frames_alone_come_whole_and_none_of_the_others(transport: Literal["tcp", "udp"]) -> None:
    levels = (40, 110, 150, 190, 230)
    shown = [np.full((64, 96, 3), level, np.uint8) for level in levels]
    with rtsp_camera.webcam(shown[0]) as webcam:
        webcam.show(*shown)
        camera = LiveSource(webcam.url, 0.05, keys_only=True, access=Access(transport=transport))
        until(camera)
        before = camera.damaged  # over UDP, what came before the first whole picture
        seen = [round(float(until(camera).picture.mean())) for _ in range(4)]
        camera.close()
    assert seen == pytest.approx([levels[0]] * len(seen), abs=3)
    assert camera.damaged == before


@pytest.mark.parametrize("keys_only", [False, True])
def test_parameter_sets_may_stand_in_the_description_alone(webcam: Webcam, *, keys_only: bool) -> None:
    """Cameras tell them once, in DESCRIBE (RFC 6184, 8.1), and send slices only."""
    sets = [unit for unit in webcam.group[0] if unit[0] & 0x1F in (7, 8)]
    webcam.group = [[unit for unit in units if unit not in sets] for units in webcam.group]
    told = ";sprop-parameter-sets=" + ",".join(base64.b64encode(each).decode() for each in sets)
    body = rtsp_camera.SDP.format(extra="").replace("packetization-mode=1", "packetization-mode=1" + told)
    head = "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nContent-Length: " + str(len(body)) + "\r\n\r\n"
    webcam.answers["DESCRIBE"] = head + body
    camera = LiveSource(webcam.url, 0.05, keys_only=keys_only)
    assert [until(camera).picture.shape for _ in range(3)] == [(360, 640, 3)] * 3
    camera.close()


class Feed:
    """Gives three pictures at once.

    Args:
        alive: how many pictures there were whenever another one was made.
    """

    left_out = 0

    def __init__(self) -> None:
        self.alive: list[int] = []
        self.closed = threading.Event()
        self._made: list[weakref.ref[Picture]] = []

    def shots(self) -> Iterator[Shot]:
        yield from [Shot("I", None, False, self._pixels)] * 3

    def _pixels(self) -> Picture:
        self.alive.append(sum(made() is not None for made in self._made))
        picture = np.zeros((4, 4, 3), np.uint8)
        self._made.append(weakref.ref(picture))
        return picture

    def close(self) -> None:
        self.closed.set()


def test_a_picture_that_nobody_took_is_given_up_before_the_next_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed()
    monkeypatch.setattr(live, "_stream", lambda *_, **__: feed)
    camera = LiveSource("rtsp://camera/main", 0.0)
    feed.closed.wait()
    assert feed.alive == [0, 0, 0]
    assert camera.dropped == 2
    assert camera.frame(0.0) is not None


class Slow:
    """Gives a picture each second, some a little early or late."""

    left_out = 0

    def shots(self) -> Iterator[Shot]:
        return iter(())

    def close(self) -> None: ...


@pytest.mark.parametrize("early_s", [0.02, -0.02])
def test_of_a_camera_that_sends_one_picture_a_second_each_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, early_s: float
) -> None:
    """One that comes a little early is no reason to wait for the next."""
    monkeypatch.setattr(live, "_stream", lambda *_, **__: Slow())
    camera = LiveSource("rtsp://camera/main", 1.0)
    began_s, given = time.monotonic() + 1, 0
    for number in range(20):
        at_s = began_s + number + (early_s if number % 2 else -early_s)
        camera._take(Shot("P", None, False, lambda: np.zeros((4, 4, 3), np.uint8)), at_s)
        given += camera._frame is not None
        camera._frame = None
    assert given >= 18


def test_its_colours_are_not_made_before_they_are_asked_for(webcam: Webcam, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    pixels = Video._pixels
    monkeypatch.setattr(Video, "_pixels", lambda video, frame: made.append(frame) or pixels(video, frame))
    camera = LiveSource(webcam.url, 0.05)
    frames = [until(camera) for _ in range(3)]
    camera.close()
    assert frames[2].grey.shape == (360, 640)
    assert made == []
    assert frames[2].picture.shape == (360, 640, 3)
    assert len(made) == 1


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
    webcam.group = [[*units[:-1], units[-1][:2] + bytes(500)] for units in webcam.group]
    while not camera.trouble:
        camera.frame(0.1)
    assert re.search(r"no picture for \d s: \d+ came damaged", camera.trouble)
    assert camera.damaged >= 5


def test_over_a_connection_too_a_picture_of_which_something_is_lost_is_not_shown_and_neither_is_what_builds_on_it() -> (
    None
):
    """A camera that cannot send as fast as it codes leaves packets out; FFmpeg would show what it makes of the rest."""
    group = [np.full((64, 96, 3), 40 + 30 * number, np.uint8) for number in range(5)]
    units = sum(len(each) for each in rtsp_camera.group(group))
    with rtsp_camera.webcam(group[0], lost=lambda number: number % units == units - 2) as webcam:
        webcam.show(*group)
        camera = LiveSource(webcam.url, 0.0)
        seen = [round(float(until(camera).picture.mean()), -1) for _ in range(12)]
        camera.close()
    assert max(seen) == 70  # of five pictures, 30 lighter each, the first two
    assert camera.damaged >= 3 * 3
    assert camera.lost_s > 0


def test_a_camera_whose_key_pictures_cannot_be_decoded_alone_is_lost_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Keys:
        left_out = 0

        def shots(self) -> Iterator[Shot]:
            yield Shot("I", None, False, lambda: np.zeros((4, 4, 3), np.uint8))
            yield from [Shot("?", None, True, lambda: None)] * 2
            threading.Event().wait(PATIENCE_S)

        def close(self) -> None: ...

    monkeypatch.setattr(live, "_stream", lambda *_, **__: Keys())
    camera = LiveSource("rtsp://user:secret@camera/main", 0.0, keys_only=True)
    with pytest.raises(KeyPicturesLostError, match="cannot all be decoded without the others") as told:
        while True:
            camera.frame(0.1)
    assert "secret" not in str(told.value)


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
    before, opened = until(camera), camera.opened
    webcam.hang_up.set()
    while not camera.trouble:
        camera.frame(PATIENCE_S)
    assert "the stream has ended" in camera.trouble
    assert "secret" not in camera.trouble
    webcam.hang_up.clear()
    after = until(camera)
    assert after.at_s > before.at_s
    assert camera.opened > opened
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
