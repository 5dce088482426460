"""Puts the detectors' weights into a folder, each checked against the hash in models/manifest.toml.

    .venv/bin/python requirements/weights.py FOLDER

They are those of models/ in the checkout: `make weights` fetches them there.
"""

import shutil
import sys
from pathlib import Path

from sections import ROOT

from drivers.camera import models


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
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
