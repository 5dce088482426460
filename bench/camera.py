"""The camera process beside the bare detector: memory, CPU per analysed crop, how long it takes to start.

One run measures, on the same crop of the same drawn street:
  bare     `invoke()` on the prepared tensor, nothing else
  detect   crop to boxes: resize, normalise, invoke, decode, suppress
  step     a whole picture to changes of stays, per zone: detect, condition of the camera, looks, tracker
  process  the real camera process on the looped clip in real time: decoding of the video and all else included
bare, detect and step are taken in turns, so that what else the machine does touches all three. Prints JSON.

    .venv/bin/python bench/camera.py [--rounds 150] [--seconds 30]
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from street.crops import beside_bare

from agent.simulate.clip import draw
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH
from drivers.camera.options import CameraOptions, ZoneShape
from drivers.camera.wire import Alive, Fault, Job, line, read_message

MODELS = Path(__file__).parents[1] / "models"
ZONES = {
    "bus-stop": ZoneShape(camera="bench", polygon=BUS_STOP),
    "loading-bay": ZoneShape(camera="bench", polygon=LOADING_BAY),
}
LIMIT_RSS_MB = 160.0
LIMIT_CPU_RATIO = 1.15
IMPORTS = "import time; t = time.perf_counter(); import {}; print((time.perf_counter() - t) * 1000)"


def process(options: CameraOptions, seconds: float) -> dict[str, float]:
    """The camera process: what it says and what the kernel says of it."""
    began_s = time.monotonic()
    order = [sys.executable, "-m", "drivers.camera"]
    with subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(line(Job("bench", options, ZONES, str(MODELS))))
        worker.stdin.flush()
        said = (read_message(text) for text in worker.stdout)
        first = next(message for message in said if isinstance(message, Alive | Fault))
        if isinstance(first, Fault):
            raise SystemExit(f"the camera process: {first.what} ({first.hint})")
        first_s = time.monotonic() - began_s
        watched = psutil.Process(worker.pid)
        cpu_s, before_s = sum(watched.cpu_times()[:2]), time.monotonic()
        last = next(m for m in said if isinstance(m, Alive) and m.at_s - before_s >= seconds)
        spent_s = sum(watched.cpu_times()[:2]) - cpu_s
        crops = (last.analysed - first.analysed) * len(ZONES)
        measured = {
            "start_to_first_picture_ms": round(first_s * 1000, 1),
            "rss_mb": round(watched.memory_info().rss / 1e6, 1),
            "cpu_percent": round(100 * spent_s / (last.at_s - before_s), 2),
            "cpu_ms_per_crop": round(spent_s * 1000 / crops, 2),
            "analysed": last.analysed - first.analysed,
            "dropped": last.dropped - first.dropped,
        }
        worker.stdin.close()
    return measured


def import_ms(module: str) -> float:
    order = [sys.executable, "-c", IMPORTS.format(module)]
    return round(float(subprocess.run(order, capture_output=True, text=True, check=True).stdout), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "street.avi"
        draw(clip)
        options = CameraOptions(source=str(clip), picture=(WIDTH, HEIGHT), loop=True)
        beside = beside_bare(options, ZONES, clip, arguments.rounds)
        alone = process(options, arguments.seconds)
    report = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, {psutil.cpu_count()} cores",
        "model": options.model,
        "picture": [WIDTH, HEIGHT],
        "zones": len(ZONES),
        "per_crop": beside,
        "process": {**alone, "cpu_over_bare": round(alone["cpu_ms_per_crop"] / beside["bare_cpu_ms"], 3)},
        "import_ms": {name: import_ms(name) for name in ("numpy", "cv2", "ai_edge_litert.interpreter")},
        "limits": {"rss_mb": LIMIT_RSS_MB, "detect_over_bare": LIMIT_CPU_RATIO},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
