"""Puts the weights of the detectors and of the zone model into a folder, checked against models/manifest.toml.

    .venv/bin/python requirements/weights.py FOLDER

They are those of models/ in the checkout: `make weights` fetches the detectors there.
"""

import shutil
import sys
from pathlib import Path

from sections import ROOT

from drivers.camera import models, zone_weights


def main(folder: Path) -> int:
    folder.mkdir(parents=True)
    for name, entry in models.catalogue(ROOT / "models").items():
        if not entry.model.source:
            continue
        try:
            shutil.copy(models.weights(ROOT / "models", entry), folder)
        except models.ModelError as error:
            print(f"{name}: {error}: make weights", file=sys.stderr)
            return 1
    for each in zone_weights.table().files:
        shutil.copy(zone_weights.checked(ROOT / "models", each), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
