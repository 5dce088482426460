"""Writes what differs between Debians into the packages: the environment's settings, who else is needed, copyright.

.venv/bin/python requirements/package_files.py SUITE FOLDER     FOLDER is debian/, in which the packages lie
"""

import sys
from pathlib import Path

from bundle import PYTHON, copyright_of, part

DIST_PACKAGES = "/usr/lib/python3/dist-packages\n"
"""The folder of Debian's own packages. The camera's alone need any of them, and lamppost's own come first."""


def main(suite: str, folder: Path) -> None:
    major, minor = PYTHON[suite]
    core, vision = part("core", suite), part("vision", suite)
    site = f"usr/lib/lamppost/lib/python{major}.{minor}/site-packages"
    environment = folder / "lamppost/usr/lib/lamppost/pyvenv.cfg"
    environment.write_text(f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {major}.{minor}\n")
    if vision.of_debian:
        (folder / "lamppost-vision" / site / "debian.pth").write_text(DIST_PACKAGES)
    python = f"python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1})"
    needed = "".join(f"{each}, " for each in vision.of_debian)
    (folder / "lamppost.substvars").write_text(f"lamppost:Python={python}\n")
    (folder / "lamppost-vision.substvars").write_text(f"lamppost:Vision={needed}\n")
    own = (folder / "copyright.own").read_text()
    nothing = frozenset[str]()
    for package, names in (("lamppost", core.names), ("lamppost-vision", vision.names), ("lamppost-models", nothing)):
        (folder / f"{package}.copyright").write_text(copyright_of(names, own))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
