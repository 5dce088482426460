"""An empty street, 25 pictures a second of 1280 x 720 px over RTSP, with the noise, light and sway of a real camera.

Four camera processes watch it side by side with four zones and one look a second, so that what else the machine does
touches all: with nothing spared (every frame decoded, the detector on every look), with key frames alone, with the gate
alone, and with both as configured by default. CPU is the time of the whole process by the kernel's account.
"""

import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from agent.simulate.clip import background
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.options import Seconds
from street.peer import Server, encoded
from street.process import CameraProcess

WIDTH, HEIGHT, FPS = 1280, 720, 25
KERB = ((40, 440), (330, 440), (330, 620), (40, 620))
ZONES = {
    f"zone-{index}": ZoneShape(camera="bench", polygon=tuple((x + 300 * index, y) for x, y in KERB))
    for index in range(4)
}
LOOP_S = 20
WARM_S = 15.0
"""The time after which key frames alone are decoded, and the first looks are over."""

SPARED: dict[str, dict[str, Any]] = {
    "nothing": {"decode": "all", "recheck_s": Seconds(0)},
    "frames": {"decode": "auto", "recheck_s": Seconds(0)},
    "detector": {"decode": "all"},
    "both": {},
}


def draw(clip: Path) -> None:
    """LOOP_S of an empty street: a cloud, a mast that sways by 2 px, sensor noise."""
    street = cv2.resize(background(), (WIDTH, HEIGHT))
    random = np.random.default_rng(9)
    grain = [random.normal(0, 4, street.shape).astype(np.int8) for _ in range(8)]
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (WIDTH, HEIGHT))
    for number in range(LOOP_S * FPS):
        turn = 2 * np.pi * number / (LOOP_S * FPS)
        sway = np.float32([[1, 0, 2 * np.sin(9 * turn)], [0, 1, np.sin(13 * turn)]])
        moved = cv2.warpAffine(street, sway, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        lit = cv2.convertScaleAbs(moved, alpha=0.85 + 0.15 * np.cos(turn))
        writer.write(cv2.add(lit, grain[number % len(grain)], dtype=cv2.CV_8U))
    writer.release()


def measure(folder: Path, seconds: float) -> dict[str, Any]:
    """CPU of the four beside each other, and the memory of the one as configured by default."""
    drawn, clip = folder / "idle.avi", folder / "idle.mp4"
    draw(drawn)
    encoded(drawn, clip, round((seconds + 10 * WARM_S) / LOOP_S) + 1)
    with Server(clip) as server, ExitStack() as running:
        cameras = {
            name: running.enter_context(
                CameraProcess(CameraOptions(source=server.url, picture=(WIDTH, HEIGHT), **spared), ZONES)
            )
            for name, spared in SPARED.items()
        }
        time.sleep(WARM_S)
        before = {name: (camera.cpu_s, camera.alive[-1]) for name, camera in cameras.items()}
        began_s, rss_mb = time.monotonic(), []
        while time.monotonic() - began_s < seconds:
            time.sleep(min(5.0, seconds))
            rss_mb.append(cameras["both"].rss_mb)
        elapsed_s = time.monotonic() - began_s
        spent = {name: camera.cpu_s - before[name][0] for name, camera in cameras.items()}
        return {
            "seconds": round(elapsed_s, 1),
            "cpu_percent": {name: round(100 * used / elapsed_s, 2) for name, used in spent.items()},
            "cpu_over_nothing_spared": {name: round(used / spent["nothing"], 3) for name, used in spent.items()},
            "detector_runs": {
                name: camera.alive[-1].inferences - before[name][1].inferences for name, camera in cameras.items()
            },
            "looks": {name: camera.alive[-1].analysed - before[name][1].analysed for name, camera in cameras.items()},
            "key_frames_only": {name: camera.alive[-1].keys_only for name, camera in cameras.items()},
            "rss_mb": {"median": statistics.median(rss_mb), "largest": max(rss_mb)},
        }
