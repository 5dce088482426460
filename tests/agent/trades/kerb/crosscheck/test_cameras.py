"""The address of a camera: what cannot be reached is told at the desk, and no password with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.configuration import examine

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[camera.cam]
source = "SOURCE"
[zone.z]
camera = "cam"
category = "bus_lane"
polygon = [[0, 0], [100, 0], [100, 100]]
"""


@pytest.fixture
def said(tmp_path: Path) -> Callable[[str], list[str]]:
    def of(source: str) -> list[str]:
        file = tmp_path / "c.toml"
        file.write_text(POLE.replace("SOURCE", source))
        file.chmod(0o600)
        return [line for line in examine(file).warnings if "source" in line]

    return of


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://192.168.1. 9/x",
        "rtsp://192.168.1.256/x",
        "rtsp://cam:70000/x",
        "rtsp://cam:554x/",
        "rtsp://cam:0/",
        "rtsp://bob:hun/ter2@cam/x",
        "rtsp://bob:hunter2@:554/x",
    ],
)
def test_an_address_that_cannot_be_is_told_without_it(said: Callable[[str], list[str]], source: str) -> None:
    (line,) = said(source)
    assert "c.toml:10: [camera.cam] source: its host or port cannot be" in line
    assert "hun" not in line and "ter2" not in line


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://cam",
        "rtsp://bob:h@ter2@cam:8554/x?a=b:c",
        "rtsp://[2001:db8::7]:554/x",
        "rtsp://cam:/x",
        "/dev/video0",
        "street: 1.mp4",
        "rtsp://192.0.2.1/rtsp://x",
    ],
)
def test_an_address_that_can_be_is_not_told(said: Callable[[str], list[str]], source: str) -> None:
    assert said(source) == []
