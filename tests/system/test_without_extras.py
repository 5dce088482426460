"""lamppost as `pip install lamppost` brings it, without extras: each command tells what it lacks, and no traceback."""

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from patience import PATIENCE_S
from sections import ROOT

EXTRAS = ("cv2", "opencv", "av", "ai_edge_litert", "tflite_runtime", "gpiod", "numpy", "cryptography", "amqtt", "rich")
POLE = """
[pole]
id = "p"
site = "s"
latitude = 45.0
longitude = 4.0
socket = "{folder}/s"
clock = "rtc"
[uplink]
host = "127.0.0.1"
port = 9
[store]
path = "{folder}/lamppost.db"
[sensor.loop]
kind = "gpio"
chip = "/dev/null"
offset = 17
[bay.b]
sensor = "loop"
[camera.cam]
source = "clip.mp4"
[zone.z]
camera = "cam"
category = "bus_lane"
polygon = [[1, 1], [90, 1], [90, 90]]
"""
START = "import sys; from agent.__main__ import main; sys.exit(main())"


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of this environment, without those of the extras."""
    folder = tmp_path_factory.mktemp("lean")
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if each.suffix != ".pth" and not each.name.lower().startswith(EXTRAS):
            (folder / each.name).symlink_to(each)
    return folder


def started(lean: Path, folder: Path, *words: str) -> "subprocess.Popen[str]":
    (folder / "pole.toml").write_text(POLE.format(folder=folder))
    environment = {**os.environ, "PYTHONPATH": f"{lean}:{ROOT}"}
    pipe = subprocess.PIPE
    order = [sys.executable, "-S", "-P", "-c", START, *words]
    return subprocess.Popen(order, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=folder)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("check", "pole.toml"), 0, "lacks gpiod|pip install 'lamppost[gpio]'|lacks numpy, cv2, av, ai_edge_litert"),
        (("check", "pole.toml", "--probe"), 1, "PROBE|cam Python lacks numpy"),
        (("kerb", "clip.mp4", "-c", "pole.toml"), 1, "Python lacks numpy, cv2, av, ai_edge_litert: install them: pip"),
        (("demo", "--seconds", "1"), 1, "pip install 'lamppost[demo,vision]'"),
        (("models", "--dir", "."), 1, "missing"),
        (("schema",), 0, "CameraOptions"),
        (("report", "privacy", "-c", "pole.toml"), 0, "camera"),
        (("report", "security", "-c", "pole.toml"), 0, "lamppost"),
        (("wipe", "--dry-run", "-c", "pole.toml"), 0, "pole.toml"),
        (("status", "-c", "pole.toml"), 1, "no daemon answers"),
    ],
    ids=lambda given: " ".join(given[:2]) if isinstance(given, tuple) else None,
)
def test_a_command_tells_what_it_lacks(
    words: tuple[str, ...], status: int, told: str, lean: Path, tmp_path: Path
) -> None:
    process = started(lean, tmp_path, *words)
    said = " ".join("".join(process.communicate(timeout=PATIENCE_S)).split())
    assert "Traceback" not in said and all(each in said for each in told.split("|")), said
    assert process.returncode == status


@pytest.mark.expects_log("loop is down", "cam is down")
@pytest.mark.may_log("so the camera will be down", "uplink to 127.0.0.1:9 is down: connection refused")
def test_the_daemon_runs_on_and_says_what_its_devices_lack(lean: Path, tmp_path: Path) -> None:
    process = started(lean, tmp_path, "run", "-c", "pole.toml")
    said = ""
    assert process.stderr
    while not ("loop is down" in said and "cam is down" in said):
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGTERM)
    said += process.communicate(timeout=PATIENCE_S)[1]
    (tmp_path / "daemon.log").write_text(said)
    assert (
        "cam is down: Python lacks numpy, cv2, av, ai_edge_litert (install them: pip install 'lamppost[vision]')"
        in said
    )
    assert "the library for GPIO chips is not installed (install them: pip install 'lamppost[gpio]')" in said
    assert "Traceback" not in said and process.returncode == 0
