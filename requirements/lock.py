"""Writes the locks of every Python from the bounds in setup.cfg, and tells whether they are of these bounds.

    .venv/bin/python requirements/lock.py           write them: the newest versions that the bounds admit
    .venv/bin/python requirements/lock.py --check   whether they are current; asks no network

Each version stands there with the hashes of its files for every machine, and without addresses. While they are written,
the package index is asked whether there is a wheel of each for amd64 and for arm64.
"""

import argparse
import configparser
import hashlib
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from sections import ROOT, SECTIONS, WHEELS, file_of, head, is_whole, locked_versions, sealed, split, title

MACHINES = ("x86_64", "aarch64")

OLDEST_GLIBC = 36
"""The minor version of Debian 12's glibc, 2.36."""

# uv passes over the upper bound of what a release says of its Python; pip does not, and would refuse the lock.
TOO_NEW = ("backports.strenum<1.3  # 1.3 is for Python before 3.11",)


EXTRAS_OF_A_POLE = ("vision", "gpio", "signed")
"""The extras in setup.cfg whose packages a pole has."""


def wanted() -> dict[str, list[str]]:
    """The requirements of each section with their bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    core, extras = _in_setup()
    pole = [*core, *(line for name in EXTRAS_OF_A_POLE for line in extras.pop(name))]
    found = {"build": project["build-system"]["requires"], "pole": pole, **extras}
    if found.keys() != SECTIONS.keys():
        odd = ", ".join(sorted(found.keys() ^ SECTIONS.keys()))
        raise SystemExit(f"setup.cfg and requirements/sections.py do not name the same sections: {odd}")
    return {section: found[section] for section in SECTIONS}


def wanted_on_a_pole() -> dict[str, list[str]]:
    """The requirements of the daemon itself ("") and of each extra of a pole."""
    core, extras = _in_setup()
    return {"": core, **{name: extras[name] for name in EXTRAS_OF_A_POLE}}


def _in_setup() -> tuple[list[str], dict[str, list[str]]]:
    """What setup.cfg names for all, and for each extra."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    extras = {name: _lines(text) for name, text in setup["options.extras_require"].items()}
    return _lines(setup["options"]["install_requires"]), extras


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def digest(requirements: dict[str, list[str]]) -> str:
    """Returns the digest of the bounds from which a lock was made."""
    text = "\n".join(f"{section}: {line}" for section, lines in requirements.items() for line in sorted(lines))
    return hashlib.sha256(text.encode()).hexdigest()


def stamp(requirements: dict[str, list[str]]) -> str:
    return f"# bounds: sha256 {digest(requirements)}\n"


def stale(requirements: dict[str, list[str]]) -> list[Path]:
    """The locks that were made from other bounds, or changed by hand."""
    texts = {file: file.read_text() for file in map(file_of, locked_versions())}
    return [file for file, text in texts.items() if stamp(requirements) not in text or not is_whole(text)]


def write(version: tuple[int, int], requirements: dict[str, list[str]]) -> None:
    """The lock of one Python. Raises SystemExit when the bounds cannot be met, or a wheel is missing."""
    named = f"{version[0]}.{version[1]}"
    opening = (
        f"{title(version)}: written by  make lock  from the bounds in setup.cfg and pyproject.toml.\n"
        f"{stamp(requirements)}"
    )
    text = ""
    with tempfile.TemporaryDirectory() as folder:
        constraints, before = Path(folder, "constraints.txt"), set[str]()
        constraints.write_text("\n".join(TOO_NEW) + "\n")
        # All at once first, so that a later section cannot ask for another version of what an earlier one has.
        whole = _resolve(named, [line for lines in requirements.values() for line in lines], constraints)
        constraints.write_text("".join(f"{pin}\n" for pin in whole))
        so_far: list[str] = []
        for section, lines in requirements.items():
            so_far += lines
            found = {pin: body for pin, body in _resolve(named, so_far, constraints).items() if pin not in before}
            before |= found.keys()
            text += f"\n{head(section)}\n" + "".join(found.values())
        _refuse_without_wheels(named, "".join(split(text).values()), Path(folder))
    file_of(version).write_text(sealed(opening, text))


def _resolve(version: str, lines: list[str], constraints: Path) -> dict[str, str]:
    """Each pin, and its lines with hashes."""
    order = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "-", "--constraints", str(constraints)]
    order += ["--python-version", version, "--python-platform", f"{MACHINES[0]}-manylinux_2_{OLDEST_GLIBC}"]
    order += ["--generate-hashes", "--no-header", "--no-annotate", "--no-config", "--quiet"]
    done = subprocess.run(order, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"Python {version}: {done.stderr.strip()}")
    found: dict[str, str] = {}
    for line in done.stdout.splitlines(keepends=True):
        if not line.startswith(" "):
            pin = line.rstrip(" \\\n")
        found[pin] = found.get(pin, "") + line
    return found


def _refuse_without_wheels(version: str, requirements: str, folder: Path) -> None:
    """pip itself must be able to install the whole of it, on each machine."""
    file = folder / "all.txt"
    file.write_text(requirements)
    for machine in MACHINES:
        order = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--no-deps"]
        order += [
            "--require-hashes",
            *WHEELS,
            "--no-build-isolation",
            "--python-version",
            version,
            "--implementation",
            "cp",
        ]
        for glibc in range(OLDEST_GLIBC, 4, -1):
            order += ["--platform", f"manylinux_2_{glibc}_{machine}"]
        order += ["--platform", f"manylinux2014_{machine}", "--target", str(folder / "nowhere"), "-r", str(file)]
        done = subprocess.run(order, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"Python {version} on {machine}: {done.stderr.strip().splitlines()[-1]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell whether they are current")
    arguments = parser.parse_args()
    requirements = wanted()
    if arguments.check:
        old = [str(file.relative_to(ROOT)) for file in stale(requirements)]
        if old:
            print(
                f"{', '.join(old)}: not what the bounds in setup.cfg make of it. Run:  make lock",
                file=sys.stderr,
            )
        return bool(old)
    for version in locked_versions():
        write(version, requirements)
        print(f"{file_of(version).relative_to(ROOT)}: {len(file_of(version).read_text().splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
