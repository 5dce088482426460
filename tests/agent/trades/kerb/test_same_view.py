"""One camera may be written in many ways."""

from pathlib import Path

import pytest

from agent.trades.kerb.same_view import view, view_of_host


def seen(source: str) -> str:
    return view(source, (1280, 720)).seen


@pytest.mark.parametrize(
    "other",
    [
        "rtsp://cam/s?a=1&b=2",
        "rtsp://user:p%40ss@cam/s?b=2&a=1",
        "rtsp://CAM:554/s/?a=1&b=2",
        "rtsps://cam./s?a=1&b=2",
        "rtsps://cam:322/%73?a=1&b=2#x",
        "https://cam:443//s?a=1&b=2",
    ],
)
def test_one_stream(other: str) -> None:
    assert seen(other) == seen("rtsp://cam/s?a=1&b=2")


@pytest.mark.parametrize("other", ["rtsp://cam/t", "rtsp://cam2/s", "rtsp://cam:8554/s", "rtsp://cam/s?a=2", "/cam/s"])
def test_another_one(other: str) -> None:
    assert seen(other) != seen("rtsp://cam/s")


def test_this_box_has_several_names() -> None:
    assert seen("rtsp://localhost/s") == seen("rtsp://127.0.0.1/s") == seen("rtsp://[::1]/s")
    assert seen("rtsp://[fd00:0::1]/s") == seen("rtsp://[fd00::0001]/s")


def test_a_link_to_a_device_or_a_file_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "clip.mp4")
    assert seen(str(tmp_path / "by-id")) == seen(f"{tmp_path}/./clip.mp4")


def test_what_has_no_port_is_compared_as_it_is_written() -> None:
    assert seen("rtsp://cam:99999999/s") == seen("rtsp://cam:99999999/s")
    assert view_of_host("rtsp://cam:99999999/s", (1, 1)) is None
