"""Writes what differs between Debians into the packages: the environment's settings, who else is needed, copyright.

.venv/bin/python requirements/package_files.py SUITE MACHINE FOLDER     FOLDER is debian/, in which the packages lie
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from bundle import MACHINES, PYTHON, OfDebian, copyright_of, part

DIST_PACKAGES = Path("/usr/lib/python3/dist-packages")
"""The folder of Debian's own packages. Of these lamppost sees those alone that it depends on: any other of the box
would be taken for one of the wheels' optional companions."""

SEEN = "of-debian"
"""The folder with links to them, beside site-packages, whose own come first."""


def main(suite: str, machine: str, folder: Path) -> None:
    major, minor = PYTHON[suite]
    core, vision = part("core", suite), part("vision", suite)
    lib = f"usr/lib/lamppost/lib/python{major}.{minor}"
    environment = folder / "lamppost/usr/lib/lamppost/pyvenv.cfg"
    environment.write_text(f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {major}.{minor}\n")
    (folder / "lamppost" / lib / "site-packages" / f"{SEEN}.pth").write_text(f"../{SEEN}\n")
    own, nothing = (folder / "copyright.own").read_text(), frozenset[str]()
    for package, each in (("lamppost", core), ("lamppost-vision", vision)):
        link(each.of_debian, folder / package / lib / SEEN, f"{major}{minor}-{MACHINES[machine]}-linux-gnu")
        (folder / f"{package}.copyright").write_text(copyright_of(each.names, own))
    (folder / "lamppost-models.copyright").write_text(copyright_of(nothing, own))
    python = f"python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1}), "
    (folder / "lamppost.substvars").write_text(f"lamppost:Python={python}{depends(core.of_debian)}\n")
    (folder / "lamppost-vision.substvars").write_text(f"lamppost:Vision={depends(vision.of_debian)}\n")


def depends(packages: Iterable[OfDebian]) -> str:
    return "".join(f"{each.package}, " for each in packages)


def link(packages: Iterable[OfDebian], folder: Path, abi: str) -> None:
    """Makes a link to each module.

    Args:
        abi: how this Python names libraries of that machine.
    """
    for name in (module.replace("*", abi) for each in packages for module in each.modules):
        folder.mkdir(exist_ok=True)
        (folder / name).symlink_to(Path("../../../..", *DIST_PACKAGES.parts[3:], name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
