import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.detector import Picture
from drivers.camera.errors import SourceError
from drivers.camera.files import FileSource, Tally, clip_frames
from drivers.camera.source import is_file


@pytest.fixture(scope="module")
def clip(draw: Callable[..., Path]) -> Path:
    """Two seconds, 5 frames a second."""
    return draw([], 2)


def swaying(picture: Picture, count: int) -> list[Picture]:
    """Returns pictures that all differ: every frame carries something that can be damaged."""
    return [np.roll(picture, 3 * index, axis=1) for index in range(count)]


def times(path: Path, period_s: float) -> list[float]:
    return [round(frame.at_s, 3) for frame in clip_frames(path, period_s)]


def test_pictures_come_at_the_period_in_clip_time(clip: Path) -> None:
    assert times(clip, 0.2) == [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]
    assert times(clip, 1.0) == [0, 1.0]


def test_a_period_between_two_frames_is_kept_on_average(clip: Path) -> None:
    assert times(clip, 0.5) == [0, 0.6, 1.0, 1.6]


def test_a_period_shorter_than_a_frame_gives_every_frame(clip: Path) -> None:
    assert len(times(clip, 0.05)) == 10


def test_pictures_have_the_size_of_the_clip(clip: Path) -> None:
    assert next(clip_frames(clip, 1.0)).picture.shape == (360, 640, 3)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no\.mp4: there is no such file"):
        next(clip_frames(tmp_path / "no.mp4", 1.0))
    with pytest.raises(SourceError, match=f"{tmp_path}: not a file"):
        next(clip_frames(tmp_path, 1.0))


def test_frames_that_a_container_stamps_as_they_are_decoded_are_one_recording(tmp_path: Path, clip: Path) -> None:
    """H.264 with B frames in AVI, whose times go back by some frames all the while."""
    path = tmp_path / "street.avi"
    b_frames = ["-c:v", "libx264", "-bf", "4", "-b_strategy", "0"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-vf", "fps=5", *b_frames, str(path)], check=True)
    assert len(times(path, 0.5)) >= 2


def test_two_recordings_in_one_file_end_with_an_error_not_after_the_first(tmp_path: Path, clip: Path) -> None:
    path = tmp_path / "street.ts"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mpg2"), 25.0, (640, 360))
    for frame in [*clip_frames(clip, 0.2)] * 10:
        writer.write(frame.picture)
    writer.release()
    assert len(times(path, 1.0)) == 4
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(SourceError, match=r"its time goes back from 4\.\d s to 0\.\d s"):
        list(clip_frames(path, 1.0))


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("not a video\n" * 100)
    with pytest.raises(SourceError, match=r"text\.mp4: not a video"):
        next(clip_frames(path, 1.0))


def test_a_file_that_is_cut_off_ends_with_an_error_not_as_if_whole(tmp_path: Path, draw: Callable[..., Path]) -> None:
    whole = draw([], 8).read_bytes()
    index = whole.index(b"moov") - 4
    assert index > whole.index(b"mdat")  # the index is at the end: put it first, so that the rest can be cut
    size = int.from_bytes(whole[index : index + 4])
    path = tmp_path / "cut.mp4"
    cut = bytearray(whole)
    cut[len(cut) // 3 : index] = bytes(index - len(cut) // 3)
    path.write_bytes(bytes(cut[: index + size]))
    with pytest.raises(SourceError, match=r"of 40 frames could be read|cannot be decoded"):
        list(clip_frames(path, 0.2))


def test_a_file_that_counts_no_frames_is_cut_off_where_it_ends_before_its_time(
    tmp_path: Path, picture_of: Callable[..., Picture]
) -> None:
    path = tmp_path / "street.mkv"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), 5.0, (640, 360))
    for picture in swaying(picture_of([]), 50):
        writer.write(picture)
    writer.release()
    assert len(times(path, 1.0)) == 10
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"it ends after \d of 10 s \(the file is cut off"):
        list(clip_frames(path, 1.0))


def test_damaged_pictures_are_left_out_and_counted(
    encode: Callable[..., Path], spoil: Callable[..., None], picture_of: Callable[..., Picture]
) -> None:
    """Every tenth picture is a key frame: from the damaged one to that nothing can be relied on. Raw: 25 a second."""
    raw, tally = encode("street.h264", swaying(picture_of([]), 100)), Tally()
    spoil(raw, 35)
    seen = [round(frame.at_s * 25) for frame in clip_frames(raw, 0.04, tally)]
    assert seen == [*range(35), *range(40, 100)]
    assert (tally.came, tally.damaged, tally.lacking, tally.whole) == (100, 5, 5, 100)


def test_a_file_with_too_many_damaged_pictures_ends_with_an_error(
    encode: Callable[..., Path], spoil: Callable[..., None], picture_of: Callable[..., Picture]
) -> None:
    raw = encode("street.h264", swaying(picture_of([]), 40))
    spoil(raw, 11)
    with pytest.raises(SourceError, match="31 of 40 frames could be read"):
        list(clip_frames(raw, 0.2))


def test_a_file_that_is_played_counts_its_damaged_pictures(
    encode: Callable[..., Path], spoil: Callable[..., None], picture_of: Callable[..., Picture]
) -> None:
    raw = encode("street.h264", swaying(picture_of([]), 30))
    spoil(raw, 28)
    camera = FileSource(raw, 3.0, loop=True)
    while not camera.damaged:
        camera.frame(1.0)
    assert camera.damaged == 2


def test_a_file_is_played_in_real_time(clip: Path) -> None:
    camera = FileSource(clip, 0.2, loop=False)
    first = camera.frame(1.0)
    assert first is not None
    assert camera.frame(0.01) is None  # not due yet
    second = camera.frame(1.0)
    assert second is not None
    assert second.at_s - first.at_s == pytest.approx(0.2, abs=0.001)
    assert time.monotonic() >= second.at_s


def test_a_file_that_has_ended_is_told(clip: Path) -> None:
    camera = FileSource(clip, 1.9, loop=False)
    assert camera.frame(1.0) is not None
    with pytest.raises(SourceError, match="played to its end"):
        camera.frame(1.0)


def test_a_looped_file_begins_again_later(clip: Path) -> None:
    camera = FileSource(clip, 1.9, loop=True)
    first, again = camera.frame(1.0), camera.frame(1.0)
    assert first is not None
    assert again is not None
    assert again.at_s > first.at_s


def test_the_first_picture_is_needed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        FileSource(tmp_path / "no.mp4", 1.0, loop=True)


@pytest.mark.parametrize(
    ("source", "expected"), [("clip.mp4", True), ("/srv/a.mkv", True), ("/dev/video0", False), ("rtsp://h/s", False)]
)
def test_what_is_a_file(source: str, expected: bool) -> None:
    assert is_file(source) is expected
