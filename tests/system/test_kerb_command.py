"""`lamppost kerb` as a process: a clip goes in, stays come out, and whatever is wrong is said."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest
from patience import PATIENCE_S

from agent.simulate.clip import draw
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH
from drivers.camera.fetch import fetch

ROOT = Path(__file__).parents[2]
VISION = ROOT.parent / "shared" / "vision"
BUS_STOP_TABLE = {"polygon": BUS_STOP, "category": "bus_lane", "limit": "10s"}
LOADING_TABLE = {"polygon": LOADING_BAY, "category": "loading", "limit": "15min"}

KEYS = 10

Configure = Callable[..., Path]


def h264(clip: Path, out: Path, *more: str) -> Path:
    """The clip as H.264, a key frame every KEYS frames."""
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", str(KEYS), "-bf", "0", "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), *more, *coded, str(out)], check=True)
    return out


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Red stands on the bus stop from 4 s to 22 s, white in the loading bay from 12 s to 24 s."""
    clip = tmp_path_factory.mktemp("clip") / "street.avi"
    draw(clip)
    return clip


@pytest.fixture(scope="module")
def models_dir() -> Path:
    """The checkout's models, fetched where they are not there yet."""
    fetch(ROOT / "models", lambda step: None)
    return ROOT / "models"


@pytest.fixture
def configured(tmp_path: Path, models_dir: Path) -> Configure:
    """`configured(zones, cameras, size, rules)` -> the file; a zone without a camera is of the first."""

    def write(
        zones: dict[str, dict[str, Any]],
        cameras: tuple[str, ...] = ("cam",),
        size: tuple[int, int] = (WIDTH, HEIGHT),
        rules: dict[str, dict[str, Any]] | None = None,
    ) -> Path:
        tables = {
            "pole": {"id": "p1", "site": "town", "latitude": 48.85, "longitude": 2.35, "models_dir": str(models_dir)},
            "uplink": {"host": "127.0.0.1"},
            **{f"camera.{name}": {"source": f"/dev/{name}", "picture": size} for name in cameras},
            **{f"zone.{name}": {"camera": cameras[0], **table} for name, table in zones.items()},
            **{f"rule.{name}": table for name, table in (rules or {}).items()},
        }
        lines = [  # TOML writes these values as JSON does
            line
            for name, table in tables.items()
            for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
        ]
        path = tmp_path / "lamppost.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def kerb(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    order = [sys.executable, "-m", "agent", "kerb", *map(str, arguments)]
    return subprocess.run(order, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE_S, check=False)


def at_a_terminal(*arguments: str | Path) -> str:
    """What a technician reads on the screen."""
    far, near = pty.openpty()
    order = [sys.executable, "-m", "agent", "kerb", *map(str, arguments)]
    with os.fdopen(far, "rb", buffering=0) as screen, os.fdopen(near, "wb") as output:
        done = subprocess.run(order, stdout=output, stderr=subprocess.PIPE, cwd=ROOT, timeout=PATIENCE_S, check=False)
        assert done.returncode == 0, done.stderr.decode()
        os.set_blocking(screen.fileno(), False)
        return screen.read(65536).decode()


def test_the_stays_of_a_clip_one_json_a_line(street: Path, configured: Configure) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE, "loading-bay": LOADING_TABLE})
    done = kerb(street, "-c", file, "--jsonl")
    assert done.returncode == 0, done.stderr
    stays = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(stay) for stay in stays] == [["zone", "entered_s", "left_s", "overstay_at_s"]] * 2
    red, white = sorted(stays, key=lambda stay: stay["entered_s"])
    assert (red["zone"], white["zone"]) == ("bus-stop", "loading-bay")
    assert red["entered_s"] == pytest.approx(4, abs=1.5)
    assert red["left_s"] == pytest.approx(22, abs=1.5)
    assert red["overstay_at_s"] == pytest.approx(red["entered_s"] + 10, abs=0.02)
    assert white["entered_s"] == pytest.approx(12, abs=1.5)
    assert white["left_s"] == pytest.approx(24, abs=1.5)
    assert white["overstay_at_s"] is None, "it may stand there for 15 minutes"


def test_a_clip_needs_no_uplink(street: Path, configured: Configure) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE})
    text = file.read_text()
    assert "[uplink]" in text
    file.write_text(text.replace('[uplink]\nhost = "127.0.0.1"\n', ""))
    done = kerb(street, "-c", file, "--jsonl")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1


def test_a_vehicle_that_may_stand_there_has_no_overstay(street: Path, configured: Configure) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE | {"exempt_classes": ["car", "vehicle"]}})
    (stay,) = map(json.loads, kerb(street, "-c", file).stdout.splitlines())
    assert stay["overstay_at_s"] is None
    assert stay["left_s"] - stay["entered_s"] > 10


def test_a_zone_under_a_rule_has_its_limit_or_none(street: Path, configured: Configure, tmp_path: Path) -> None:
    zones = {
        "bus-stop": {"polygon": BUS_STOP, "rule": "stops"},
        "loading-bay": {"polygon": LOADING_BAY, "rule": "free"},
    }
    rules = {"stops": {"category": "bus_lane", "limit": "10s"}, "free": {"category": "general"}}
    done = kerb(street, "-c", configured(zones, rules=rules), "--jsonl", "--annotate", tmp_path / "drawn.mp4")
    assert done.returncode == 0, done.stderr
    over = {stay["zone"]: stay["overstay_at_s"] for stay in map(json.loads, done.stdout.splitlines())}
    assert over == {"bus-stop": pytest.approx(14, abs=1.5), "loading-bay": None}


def test_at_a_terminal_words_and_in_a_pipe_json(street: Path, configured: Configure) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE})
    (stay,) = map(json.loads, kerb(street, "-c", file).stdout.splitlines())
    assert at_a_terminal(street, "-c", file).splitlines() == [
        f"bus-stop: came at {stay['entered_s']:.1f} s, left at {stay['left_s']:.1f} s, "
        f"over its limit from {stay['overstay_at_s']:.1f} s"
    ]
    (line,) = at_a_terminal(street, "-c", file, "--jsonl").splitlines()
    assert json.loads(line) == stay


def test_the_zones_of_the_camera_that_is_meant(street: Path, configured: Configure) -> None:
    zones = {"bus-stop": BUS_STOP_TABLE, "loading-bay": LOADING_TABLE | {"camera": "other"}}
    file = configured(zones, cameras=("cam", "other"))
    done = kerb(street, "-c", file)
    assert (done.returncode, done.stdout) == (1, "")
    assert "say with --camera whose zones to use; the configuration has: cam, other" in done.stderr
    (stay,) = map(json.loads, kerb(street, "-c", file, "--camera", "other").stdout.splitlines())
    assert stay["zone"] == "loading-bay"


@pytest.mark.parametrize(
    ("content", "words"), [(None, "there is no such file"), ("a letter", "not a video that can be read")]
)
def test_a_clip_that_is_none_is_said(configured: Configure, tmp_path: Path, content: str | None, words: str) -> None:
    clip = tmp_path / "clip.mp4"
    if content is not None:
        clip.write_text(content)
    done = kerb(clip, "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--jsonl")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{clip}: {words}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_annotated_clip_is_as_long_as_the_clip(street: Path, configured: Configure, tmp_path: Path) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE})
    out = tmp_path / "drawn.mp4"
    done = kerb(street, "-c", file, "--annotate", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout == kerb(street, "-c", file).stdout
    before, after = cv2.VideoCapture(str(street)), cv2.VideoCapture(str(out))
    assert after.get(cv2.CAP_PROP_FRAME_COUNT) == before.get(cv2.CAP_PROP_FRAME_COUNT)
    assert after.get(cv2.CAP_PROP_FPS) == before.get(cv2.CAP_PROP_FPS)


@pytest.mark.parametrize("live", ["rtsp://user:hunter2@127.0.0.1/stream", "/dev/video0"])
def test_a_live_source_is_refused(configured: Configure, tmp_path: Path, live: str) -> None:
    done = kerb(live, "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--annotate", tmp_path / "drawn.mp4")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("a live camera; `lamppost kerb` reads video files\n")
    assert "hunter2" not in done.stderr
    assert not (tmp_path / "drawn.mp4").exists()


def test_a_clip_that_is_cut_off_has_its_stays_told_then_the_error(
    street: Path, configured: Configure, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.avi"
    cut.write_bytes(street.read_bytes()[: street.stat().st_size // 2])
    done = kerb(cut, "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--annotate", tmp_path / "drawn.mp4")
    assert done.returncode == 1
    assert "frames could be read (the file is cut off or damaged)" in done.stderr
    (stay,) = map(json.loads, done.stdout.splitlines())
    assert stay["entered_s"] == pytest.approx(4, abs=1.5)
    assert not (tmp_path / "drawn.mp4").exists()


def test_a_clip_with_damaged_pictures_says_how_many_were_not_looked_at(
    street: Path, configured: Configure, tmp_path: Path
) -> None:
    clip = h264(street, tmp_path / "street.mp4")
    content = bytearray(clip.read_bytes())
    at = content.index(b"mdat") + (len(content) - content.index(b"mdat")) // 2
    content[at : at + 60] = bytes(range(60))
    clip.write_bytes(content)
    done = kerb(clip, "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--jsonl")
    assert done.returncode == 0
    said = re.search(r"street\.mp4: (\d+) of \d+ frames are damaged or missing; these were not looked at", done.stderr)
    assert said
    assert 1 <= int(said[1]) <= KEYS
    (stay,) = map(json.loads, done.stdout.splitlines())
    assert stay["entered_s"] == pytest.approx(4, abs=1.5)


def test_a_clip_whose_picture_changes_its_size_says_when(street: Path, configured: Configure, tmp_path: Path) -> None:
    wide, narrow = tmp_path / "wide.h264", tmp_path / "narrow.h264"
    h264(street, wide)
    h264(street, narrow, "-vf", f"scale={WIDTH // 2}:{HEIGHT}")
    wide.write_bytes(wide.read_bytes() + narrow.read_bytes())
    done = kerb(wide, "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--jsonl")
    assert done.returncode == 1
    changed = rf"wide\.h264: at \d+\.\d s the picture has changed from {WIDTH} x {HEIGHT} to {WIDTH // 2} x {HEIGHT} px"
    assert re.search(changed, done.stderr)


def test_a_camera_that_the_configuration_has_not_is_said(configured: Configure) -> None:
    done = kerb("clip.mp4", "-c", configured({"bus-stop": BUS_STOP_TABLE}), "--camera", "kam")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "the configuration has no [camera.kam]; it has: cam\n"


@pytest.mark.parametrize("wanted", [(), ("--camera", "cam")])
def test_a_configuration_without_cameras_is_said(configured: Configure, wanted: tuple[str, ...]) -> None:
    file = configured({}, cameras=())
    done = kerb("clip.mp4", "-c", file, *wanted)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"no [camera.NAME] in {file}")


def test_a_wrong_configuration_is_78_with_its_line(configured: Configure, tmp_path: Path) -> None:
    file = configured({"bus-stop": BUS_STOP_TABLE | {"category": "bus_lain"}})
    line = 1 + next(n for n, text in enumerate(file.read_text().splitlines()) if "bus_lain" in text)
    done = kerb("clip.mp4", "-c", file)
    assert (done.returncode, done.stdout) == (78, "")
    assert f"{file}:{line}" in done.stderr
    assert kerb("clip.mp4", "-c", tmp_path / "none.toml").returncode == 78


@pytest.mark.skipif(not VISION.is_dir(), reason="the staged clips are not beside this checkout (../shared/vision)")
def test_a_staged_clip_is_judged_right_by_the_command(configured: Configure, tmp_path: Path) -> None:
    truth = json.loads((VISION / "clips" / "day.json").read_text())
    zones = {
        zone["id"]: {"polygon": zone["polygon"], "category": "no_stopping", "limit": f"{zone['limit_s']}s"}
        for zone in truth["zones"]
    }
    file = configured(zones, size=(truth["width"], truth["height"]))
    done = kerb(VISION / "clips" / truth["clip"], "-c", file, "--jsonl")
    assert done.returncode == 0, done.stderr
    stays = tmp_path / "stays.jsonl"
    stays.write_text(done.stdout)
    order = [sys.executable, str(VISION / "tools" / "score.py"), str(VISION / "clips" / "day.json"), str(stays)]
    score = json.loads(subprocess.run([*order, "--json"], capture_output=True, text=True, check=True).stdout)
    assert score["stays"]["f1"] >= 0.9, score
    assert score["overstays"]["f1"] >= 0.9, score
    assert score["fragmented_stays"] == score["false_overstays"] == 0, score
