"""What an installation of the packages adds to the disk of a bare Debian, byte code with it. Prints JSON.

Each step is installed by apt without what Debian merely recommends, and /usr, /etc and /var without apt's own lists and
downloads are counted before and after: by the lengths of files, as Debian counts a package's installed size, and by the
blocks of 4 kB that they take.

    sudo env PYTHONPATH=tests/support .venv/bin/python bench/package_sizes.py [--packages dist/deb] [--suites bookworm]
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from bare_debian import must, root_of
from standing import stands_on

DEBIAN = {"bookworm": "deb12", "trixie": "deb13"}
LIMIT_MB = {"core": 25.0, "with_vision_and_models": 330.0}

STEPS = {
    "systemd_and_udev": "systemd udev",
    "python": "python3",
    "of_debian_for_core": "$(dpkg-deb --field /packages/lamppost_*.deb Depends | tr , '\\n' | sed 's/(.*//')",
    "core_itself": "/packages/lamppost_*.deb",
    "vision": "/packages/lamppost-vision_*.deb",
    "models": "/packages/lamppost-models_*.deb",
}
"""What is installed, in this order. A pole has the first without lamppost too; Debian's Python is on most boxes."""

Size = tuple[float, float]
"""Lengths of files and blocks, MB."""


def bare(suite: str, packages: Path, folder: Path) -> Path:
    """A Debian with nothing in it, and the packages for it in /packages."""
    root = root_of(suite, folder)
    (root / "packages").mkdir()
    for each in (*packages.glob(f"*+{DEBIAN[suite]}_amd64.deb"), *packages.glob(f"*+{DEBIAN[suite]}_all.deb")):
        shutil.copy(each, root / "packages")
    must(root, "apt-get update -q=2")
    return root


def added(suite: str, packages: Path) -> dict[str, Size]:
    """What each step adds."""
    with tempfile.TemporaryDirectory(prefix="lamppost-sizes-") as folder:
        root = bare(suite, packages, Path(folder))
        found, before = dict[str, Size](), used_mb(root)
        for step, names in STEPS.items():
            must(root, f"apt-get install -y -q=2 --no-install-recommends {names}")
            now = used_mb(root)
            found[step] = (round(now[0] - before[0], 1), round(now[1] - before[1], 1))
            before = now
    return found


def used_mb(root: Path) -> Size:
    """What lies on the disk of a Debian."""
    script = "du -sxkc {} --exclude=/var/lib/apt --exclude=/var/cache /usr /etc /var | tail -n 1"
    lengths_kb, blocks_kb = (
        int(must(root, script.format(words)).split()[0]) for words in ("--apparent-size", "--block-size=1024")
    )
    return lengths_kb * 1024 / 1e6, blocks_kb * 1024 / 1e6


def summed(steps: dict[str, Size]) -> dict[str, Size]:
    """What counts against the limits, and all that apt adds to a Debian without Python."""

    def of(*names: str) -> Size:
        both = [steps[name] for name in names]
        return (round(sum(each[0] for each in both), 1), round(sum(each[1] for each in both), 1))

    core = ("of_debian_for_core", "core_itself")
    return {
        "core": of(*core),
        "core_with_python": of("python", *core),
        "core_with_python_systemd_and_udev": of("systemd_and_udev", "python", *core),
        "with_vision_and_models": of(*core, "vision", "models"),
        "with_vision_models_and_python": of("python", *core, "vision", "models"),
    }


def measure(suite: str, packages: Path) -> dict[str, dict[str, Size]]:
    steps = added(suite, packages)
    return {"added_mb": steps, "sums_mb": summed(steps)}


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--packages", type=Path, default=Path("dist/deb"))
    parser.add_argument("--suites", nargs="+", default=list(DEBIAN), choices=DEBIAN)
    arguments = parser.parse_args()
    report = {suite: measure(suite, arguments.packages) for suite in arguments.suites}
    print(json.dumps({"stands_on": stands_on(), "limit_mb": LIMIT_MB} | report, indent=2))


if __name__ == "__main__":
    main()
