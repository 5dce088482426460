"""Says of PyAV, OpenCV, numpy and cryptography as this Python has them whether they are within the bounds of setup.cfg.

Exit status 1: one of them is not. It takes `python3-packaging`, and is run by Debian's Python, which has them as
packages.
"""

import configparser
import importlib
import sys
from pathlib import Path

from packaging.requirements import Requirement

MODULES = {"av": "av", "cryptography": "cryptography", "numpy": "numpy", "opencv-python-headless": "cv2"}
"""The module of each distribution of which Debian has a package."""


def bounds(setup: Path) -> dict[str, Requirement]:
    """The requirements of the extras `vision` and `signed`, by the name of their distribution."""
    parsed = configparser.ConfigParser()
    parsed.read(setup, encoding="utf-8")
    extras = parsed["options.extras_require"]
    lines = (*extras["vision"].split(), *extras["signed"].split())
    return {each.name: each for each in map(Requirement, lines)}


def within(requirement: Requirement, version: str) -> bool:
    return requirement.specifier.contains(version, prereleases=True)


def main() -> int:
    found = bounds(Path(__file__).parents[1] / "setup.cfg")
    versions = {name: importlib.import_module(module).__version__ for name, module in MODULES.items()}
    wrong = [name for name, version in versions.items() if not within(found[name], version)]
    for name, version in versions.items():
        print(f"{name} {version}: {'beyond' if name in wrong else 'within'} {found[name].specifier}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
