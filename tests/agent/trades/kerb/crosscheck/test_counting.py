"""What `lamppost check` refuses where a camera may only count; a daemon runs without it, and warns."""

from pathlib import Path

import pytest
from pole_file import ALERT, LOADING_ZONE, lamp_table, line_table, pole_1

from agent.config.problems import ConfigError
from agent.configuration import examine

LIT = '[program.path]\nlevel_percent = 20\npresence = [{ by = ["kerb-side"], hold = "1min" }]\n'
INSIDE = LOADING_ZONE.partition("[zone")[2].replace(".kerb-side]", "[zone.inside]").replace("100]]", "90]]")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pole.toml"


def lamps(kerb: str) -> str:
    return pole_1() + line_table() + lamp_table(1, 'program = "path"') + LOADING_ZONE + kerb + LIT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lamps(""), "[program.path] presence entry 1 by entry 1: kerb-side: its camera counts alone"),
        (pole_1() + LOADING_ZONE + INSIDE, "[zone.inside] polygon: shares ground with [zone.kerb-side]"),
    ],
)
def test_check_refuses_it_and_the_daemon_warns(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        examine(file, look_at_box=lambda table, report: None)
    assert words in str(refused.value)
    assert any(words in each for each in examine(file).warnings)


@pytest.mark.parametrize(
    ("polygon", "words"),
    [
        ("[[0, 0], [100, 0]]", "[zone.kerb-side] polygon: "),
        ("[[0, 0], [50, 50], [100, 100]]", "[zone.kerb-side] polygon: has no area"),
        ("[[0, 0], [1281, 0], [100, 100]]", "(1281, 0) lies outside the picture of 1280 x 720 px"),
        ("[[-5, 0], [100, 0], [100, 100]]", "[zone.kerb-side] polygon"),
    ],
    ids=["two points", "a line", "outside", "left of the picture"],
)
def test_a_zone_that_is_none_is_refused_by_its_name(file: Path, polygon: str, words: str) -> None:
    file.write_text(pole_1() + LOADING_ZONE.replace("[[0, 0], [100, 0], [100, 100]]", polygon))
    with pytest.raises(ConfigError) as refused:
        examine(file)
    assert words in str(refused.value)


SECOND = """[camera.second]
source = "{source}"
[zone.inside]
camera = "second"
category = "loading"
polygon = [[0, 0], [90, 0], [90, 90]]
"""


def two_cameras(source: str, other: str) -> str:
    return pole_1() + LOADING_ZONE.replace("/dev/videoX", source) + SECOND.format(source=other)


@pytest.mark.parametrize("other", ["rtsps://10.0.0.9/main/", "rtsp://u:p@10.0.0.9:554/main", "rtsp://10.0.0.9/%6dain"])
def test_promise_privacy_one_camera_that_is_written_in_two_ways_counts_no_ground_twice(file: Path, other: str) -> None:
    file.write_text(two_cameras("rtsp://10.0.0.9/main", other))
    with pytest.raises(ConfigError, match="shares ground"):
        examine(file, look_at_box=lambda table, report: None)


def test_two_streams_of_one_host_may_be_of_one_camera(file: Path) -> None:
    file.write_text(two_cameras("rtsp://10.0.0.9/main", "rtsp://10.0.0.9/sub"))
    (warning,) = (each for each in examine(file).warnings if "one host" in each)
    assert "[zone.inside] polygon: lies in its picture where [zone.kerb-side] does" in warning
    file.write_text(two_cameras("rtsp://10.0.0.9/main", "rtsp://10.0.0.8/main"))
    assert not [each for each in examine(file).warnings if "one host" in each]


def test_in_alert_mode_both_are_right(file: Path) -> None:
    file.write_text(lamps(ALERT) + INSIDE)
    found = examine(file, look_at_box=lambda table, report: None)
    assert any("serves the lighting too" in each for each in found.warnings)
    assert any("shares ground" in each for each in found.notes)
