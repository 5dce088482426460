"""How right the kerb camera is about who stands where and for how long, what it costs, and what it bears. Prints JSON.

clips   staged clips with exact truth; extra folders with clips of other seeds are scored apart
kinds   drawn clips of what misleads: alike cars, lorries, half a car, infrared, a dark car
frames  real frames: a vehicle in the slot or not; slots of an empty car park by day, at dawn and at dusk
zones   zones on frames of street cameras: taken or not, by camera and size, with the zone model and without; its cost
streets the same on pictures of other street cameras (`--streets`), by condition too
trade   the same by threshold: what is found, what is false; each camera by the threshold that the other would choose
crops   CPU per analysed crop beside the bare inference on the same tensor
idle    CPU on an empty street, with and without what spares it, and memory of the process
busy    CPU of a look and memory on a busy street, beside the detector alone
soak    a stream whose server is killed and frozen at random: two hours, unless --seconds says otherwise

The last three need Debian's ffmpeg, python3-gi, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-good.

  .venv/bin/python bench/kerb.py [--vision ../shared/vision] [--extra FOLDER ...] [--only kinds,zones]
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from standing import stands_on
from street import busy, idle, trade, zones
from street.crops import beside_bare
from street.frames import empty_slots, presence
from street.judged import judged, scorer
from street.kinds import draw_all
from street.peer import encoded
from street.soak import soak, to_file

from agent.simulate.clip import draw
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH
from drivers.camera.options import CameraOptions, ZoneShape

VISION = Path(__file__).parents[2] / "shared" / "vision"
PARTS = ("clips", "kinds", "frames", "zones", "streets", "trade", "crops", "idle", "busy", "soak")
IDLE_S = 60.0
BUSY_S = 120.0
STREET = {"bus-stop": BUS_STOP, "loading-bay": LOADING_BAY}
LIMITS = {
    "stay_f1": 0.97,
    "overstay_f1": 0.98,
    "median_dwell_error_s": 1.5,
    "median_overstay_latency_s": 3.0,
    "false_overstays_per_hour": 0,
    "stays_split": 0,
    "presence_f1": 0.98,
    "detect_over_bare": 1.15,
    "idle_cpu_over_nothing_spared": 0.13,
    "rss_mb": 104,
    "busy_over_before": 1,
    "soak_rss_growth": 0.05,
    "soak_recovered_s": 10,
}


def clips(vision: Path, extra: list[Path], scratch: Path) -> dict[str, Any]:
    score = scorer(vision / "tools")
    folders = {"shipped": vision / "clips", **{folder.name: folder for folder in extra}}
    return {name: judged([folder], score, scratch) for name, folder in folders.items()}


def kinds(vision: Path, scratch: Path) -> dict[str, Any]:
    folder = scratch / "kinds"
    folder.mkdir()
    draw_all(folder)
    return judged([folder], scorer(vision / "tools"), scratch)


def crops(scratch: Path, rounds: int) -> dict[str, float]:
    clip = scratch / "street.avi"
    draw(clip)
    options = CameraOptions(source=str(clip), picture=(WIDTH, HEIGHT))
    return beside_bare(options, street_zones(), clip, rounds)


def street_zones() -> dict[str, ZoneShape]:
    return {name: ZoneShape(camera="bench", polygon=polygon) for name, polygon in STREET.items()}


def soaked(scratch: Path, seconds: float, log: Path) -> dict[str, Any]:
    drawn = scratch / "soak.avi"
    draw(drawn)
    clip = encoded(drawn, scratch / "soak.mp4", 9, size=f"{WIDTH}:{HEIGHT}")
    return soak(clip, street_zones(), (WIDTH, HEIGHT), seconds, to_file(log))


def _weights(text: str) -> tuple[str, Path]:
    camera, equals, folder = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: expected CAMERA=FOLDER")
    return camera, Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vision", type=Path, default=VISION, help="the staged clips, frames and their scorer")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="folders with more staged clips")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    streets = "folders of street cameras: CAMERA/images/CONDITION_name, CAMERA/labels (YOLO), CAMERA/classes.txt"
    parser.add_argument("--streets", type=Path, nargs="*", default=[], metavar="FOLDER", help=streets)
    never_saw = "weights that never saw a camera, for `trade`: a folder with a manifest.toml of its own"
    parser.add_argument("--never-saw", type=_weights, nargs="*", default=[], metavar="CAMERA=FOLDER", help=never_saw)
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=7200.0, help="of the soak")
    parser.add_argument("--log", type=Path, default=Path(os.devnull), help="each sample and trouble of the soak")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    report: dict[str, Any] = {"stands_on": stands_on()}
    with tempfile.TemporaryDirectory() as folder:
        if "clips" in wanted:
            report["clips"] = clips(arguments.vision, arguments.extra, Path(folder))
        if "kinds" in wanted:
            report["kinds"] = kinds(arguments.vision, Path(folder))
        if "frames" in wanted:
            report["frames"] = presence(arguments.vision / "media" / "pklot")
            report["empty_slots"] = empty_slots(arguments.vision / "media")
        if "zones" in wanted:
            report["zones"] = zones.measured(arguments.vision / "media" / "street")
        if "streets" in wanted:
            report["streets"] = {folder.name: zones.measured(folder) for folder in arguments.streets}
        if "trade" in wanted:
            report["trade"] = trade.traded(arguments.vision / "media" / "street", dict(arguments.never_saw))
        if "crops" in wanted:
            report["crops"] = crops(Path(folder), arguments.rounds)
        if "idle" in wanted:
            report["idle"] = idle.measure(Path(folder), IDLE_S)
        if "busy" in wanted:
            report["busy"] = busy.measure(arguments.vision, Path(folder), BUSY_S)
        if "soak" in wanted:
            report["soak"] = soaked(Path(folder), arguments.seconds, arguments.log)
    print(json.dumps({**report, "limits": LIMITS}, indent=2))


if __name__ == "__main__":
    main()
