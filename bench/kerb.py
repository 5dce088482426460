"""How right the kerb camera is about who stands where and for how long, and what a look costs. Prints JSON.

clips   staged clips with exact truth; extra folders with clips of other seeds are scored apart
frames  real frames: a vehicle in the zone or not
crops   CPU per analysed crop beside the bare inference on the same tensor

  .venv/bin/python bench/kerb.py [--vision ../shared/vision] [--extra FOLDER ...] [--only clips,frames,crops]
"""

import argparse
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from street.crops import beside_bare
from street.frames import presence
from street.judged import judged, scorer

from agent.simulate.clip import draw
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH
from drivers.camera.options import CameraOptions, ZoneShape

VISION = Path(__file__).parents[2] / "shared" / "vision"
PARTS = ("clips", "frames", "crops")
LIMITS = {
    "stay_f1": 0.97,
    "overstay_f1": 0.98,
    "median_dwell_error_s": 1.5,
    "median_overstay_latency_s": 3.0,
    "false_overstays_per_hour": 0,
    "stays_split": 0,
    "presence_f1": 0.98,
    "detect_over_bare": 1.15,
}


def clips(vision: Path, extra: list[Path], scratch: Path) -> dict[str, Any]:
    score = scorer(vision / "tools")
    folders = {"shipped": vision / "clips", **{folder.name: folder for folder in extra}}
    return {name: judged([folder], score, scratch) for name, folder in folders.items()}


def crops(scratch: Path, rounds: int) -> dict[str, float]:
    clip = scratch / "street.avi"
    draw(clip)
    shapes = {"bus-stop": BUS_STOP, "loading-bay": LOADING_BAY}
    zones = {name: ZoneShape(camera="bench", polygon=polygon) for name, polygon in shapes.items()}
    options = CameraOptions(source=str(clip), picture=(WIDTH, HEIGHT))
    return beside_bare(options, zones, clip, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vision", type=Path, default=VISION, help="the staged clips, frames and their scorer")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="folders with more staged clips")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=150)
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    }
    with tempfile.TemporaryDirectory() as folder:
        if "clips" in wanted:
            report["clips"] = clips(arguments.vision, arguments.extra, Path(folder))
        if "frames" in wanted:
            report["frames"] = presence(arguments.vision / "media" / "pklot")
        if "crops" in wanted:
            report["crops"] = crops(Path(folder), arguments.rounds)
    print(json.dumps({**report, "limits": LIMITS}, indent=2))


if __name__ == "__main__":
    main()
