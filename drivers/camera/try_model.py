"""`python -m drivers.camera.try_model FOLDER MODEL THREADS`: loads a model and runs it once."""

import sys
import time
from pathlib import Path

from drivers import extras
from drivers.camera import models
from drivers.camera.errors import ModelError
from drivers.translation import _


def main(folder: Path, name: str, threads: int) -> int:
    """0: it runs; 1: it does not, and why was printed."""
    try:
        entry = models.find(folder, name)
        weights = models.weights(folder, entry)
        began_s = time.monotonic()
        import numpy as np

        from drivers.camera.boxes import Box
        from drivers.camera.detector import Detector

        detector = Detector(entry, weights, threads)
        loaded_s = time.monotonic()
        detector.detect(np.full((300, 300, 3), 114, np.uint8), Box(0, 0, 300, 300), 1.0)
        ran_ms = 1000 * (time.monotonic() - loaded_s)
    except ImportError as error:
        sys.stderr.write(f"{error}: {extras.remedy('vision')}\n")
        return 1
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(
        _("loads in {load_s:.1f} s and answers in {run_ms:.0f} ms").format(load_s=loaded_s - began_s, run_ms=ran_ms)
        + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
