from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.annotate import Annotated, _write
from drivers.camera.clip import analyse
from drivers.camera.errors import SourceError
from drivers.camera.options import CameraOptions, ZoneShape

OPTIONS = CameraOptions(source="", picture=(640, 360))


@pytest.fixture(scope="module")
def street(draw: Callable[..., Path], car: type) -> Path:
    return draw([car(200, 3, 12)], 16)


def pictures(clip: Path) -> tuple[list, float]:
    capture = cv2.VideoCapture(str(clip))
    found = []
    while (read := capture.read())[0]:
        found.append(read[1])
    return found, capture.get(cv2.CAP_PROP_FPS)


def reddish(picture) -> int:
    """Pixels in the red of a timer that is over its limit."""
    return int(((picture[..., 2] > 170) & (picture[..., :2].max(axis=2) < 110)).sum())


def test_every_frame_is_written_with_what_is_known_drawn_in(
    street: Path, zone: ZoneShape, models_dir: Path, tmp_path: Path
) -> None:
    out = tmp_path / "annotated.mp4"
    drawn = Annotated(street, out, {"bus-stop": 5.0})
    with_it = list(analyse(street, OPTIONS, {"bus-stop": zone}, models_dir, show=drawn.add))
    assert not out.exists()
    drawn.close(whole=True)
    assert with_it == list(analyse(street, OPTIONS, {"bus-stop": zone}, models_dir)), "drawing changes nothing"
    before, _ = pictures(street)
    after, fps = pictures(out)
    assert (len(after), fps) == (len(before), 5)
    assert after[0].shape == before[0].shape
    standing, over = reddish(after[6 * 5]), reddish(after[11 * 5])
    assert over > standing + 100
    assert list(tmp_path.iterdir()) == [out]


def test_a_clip_that_breaks_off_leaves_no_half_file(
    street: Path, zone: ZoneShape, models_dir: Path, tmp_path: Path
) -> None:
    drawn = Annotated(street, tmp_path / "annotated.mp4", {})
    next(analyse(street, OPTIONS, {"bus-stop": zone}, models_dir, show=drawn.add))
    drawn.close(whole=False)
    assert list(tmp_path.iterdir()) == []


def test_only_a_clip_is_drawn_on(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="only a video file can be annotated"):
        Annotated(Path("/dev/null"), tmp_path / "out.mp4", {})


@pytest.mark.parametrize(
    ("out", "words"), [("out.avi", "is MP4"), ("no/out.mp4", "there is no folder"), ("clip.mp4", "is the clip itself")]
)
def test_a_place_that_will_not_do_is_said_before_the_work(tmp_path: Path, out: str, words: str) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"")
    with pytest.raises(SourceError, match=words):
        Annotated(clip, tmp_path / out, {})
    assert clip.exists()


def test_the_rim_of_a_text_lies_around_its_letters() -> None:
    picture = np.full((60, 600, 3), 128, np.uint8)
    _write(picture, "no-stopping  limit 20 s", (10, 40), (255, 255, 255))
    light, dark = (np.flatnonzero(each.any(axis=(0, 2))) for each in (picture > 150, picture < 100))
    assert (dark[0], dark[-1]) == pytest.approx((light[0] - 1, light[-1] + 1), abs=1)
