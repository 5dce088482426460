"""Two hours of the kerb camera on a real RTSP stream whose server is killed and frozen at random. Prints JSON.

Needs Debian's ffmpeg, python3-gi, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-good. `--log` keeps every sample.

    .venv/bin/python bench/kerb_soak.py [--seconds 7200] [--log FILE.jsonl]
"""

import argparse
import json
import tempfile
from pathlib import Path

from street.peer import encoded
from street.soak import soak, to_file

from agent.simulate.clip import draw
from agent.simulate.scenery import BUS_STOP, HEIGHT, LOADING_BAY, WIDTH
from drivers.camera.options import ZoneShape

ZONES = {
    "bus-stop": ZoneShape(camera="bench", polygon=BUS_STOP),
    "loading-bay": ZoneShape(camera="bench", polygon=LOADING_BAY),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=7200)
    parser.add_argument("--log", type=Path, default=Path("/dev/null"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "street.avi"
        draw(drawn)
        clip = encoded(drawn, Path(folder) / "street.mp4", 9, size=f"{WIDTH}:{HEIGHT}")
        print(json.dumps(soak(clip, ZONES, (WIDTH, HEIGHT), arguments.seconds, to_file(arguments.log)), indent=2))


if __name__ == "__main__":
    main()
