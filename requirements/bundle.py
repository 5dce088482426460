"""Puts what a Debian package contains of Python into a folder: packages of the lock by hash, for any machine.

    .venv/bin/python requirements/bundle.py PART SUITE MACHINE FOLDER [--wheel FILE]

PART is `core` or `vision`, SUITE a Debian by its code name, MACHINE as Debian names it. Nothing is compiled and nothing
of that machine runs. What Debian itself has new enough (`OF_DEBIAN`) is left to it.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from install import Failed, words_for
from licences import TABLE, Licence, read
from lock import OLDEST_GLIBC, wanted_on_a_pole
from sbom import NotInstalled, name_of, needed_by, reached
from sections import Pin, file_of, pins, split

PYTHON = {"bookworm": (3, 11), "trixie": (3, 13)}
"""The Python of each Debian that gets a package."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's name of a machine, and that of its wheels."""


class OfDebian(NamedTuple):
    """What Debian has in place of a package of the lock.

    Args:
        package: that has it, as Depends names it.
        modules: what is seen of it, of all that lies in Debian's folder.
    """

    package: str
    modules: tuple[str, ...] = ()


_CRYPTOGRAPHY = OfDebian("python3-cryptography (>= 38)", ("cryptography", "_cffi_backend.cpython-*.so"))

OF_DEBIAN: dict[str, dict[str, OfDebian]] = {
    "bookworm": {"cryptography": _CRYPTOGRAPHY, "tzdata": OfDebian("tzdata")},
    "trixie": {
        "cryptography": _CRYPTOGRAPHY,
        "numpy": OfDebian("python3-numpy (>= 1:1.26)", ("numpy",)),
        "tzdata": OfDebian("tzdata-legacy"),
    },
}
"""What a suite has new enough for the bounds in setup.cfg.

Debian 13's python3-av and python3-opencv would do too, and bring 498 and 1149 MB along (docs/installation.md). Its
tzdata is without the old names of zones (Europe/Kiev, US/Eastern), which may stand in a configuration."""

SPARE = {
    "ai-edge-litert": (
        *("ai_edge_litert/tools", "ai_edge_litert/vendors", "ai_edge_litert/libLiteRt*Accelerator.so"),
        *("ai_edge_litert/aot", "ai_edge_litert/tflite", "ai_edge_litert/*_pb2.py"),
        *("ai_edge_litert/schema_py_generated.py", "ai_edge_litert/tensor_buffer.py"),
        "ai_edge_litert/compiled_model.py",
    ),
    "lamppost": ("agent/simulate",),  # `lamppost demo` needs a checkout, and says so (agent/cli)
    "paho-mqtt": ("paho/mqtt/publish.py", "paho/mqtt/subscribe.py"),
    "pyserial": (
        *("serial/tools", "serial/*win32.py", "serial/serialjava.py", "serial/serialcli.py"),
        *("serial/rfc2217.py", "serial/threaded", "serial/urlhandler", "serial/__main__.py"),
    ),
    "pymodbus": (
        *("pymodbus/client", "pymodbus/server", "pymodbus/transaction", "pymodbus/transport"),
        *("pymodbus/simulator/simcore.py", "pymodbus/simulator/simruntime.py"),
    ),
    "av": ("av/**/*.px[di]", "av/**/*.pyx", "av/include"),
    "numpy": ("numpy/**/tests", "numpy/f2py", "numpy/distutils", "numpy/**/include", "numpy/**/*.a"),
    "opencv-python-headless": ("cv2/data",),
}
"""Parts of packages that no process here has a use for: of the camera's a third of what they take on the disk."""

LEFT_OUT = frozenset({"backports-strenum", "flatbuffers", "ml-dtypes", "protobuf", "tqdm", "typing-extensions"})
"""What ai-edge-litert asks for to make models for other chips. Its interpreter imports none of it."""

_OF_PIP = (
    *("direct_url.json", "INSTALLER", "RECORD", "REQUESTED", "WHEEL", "sboms", "top_level.txt"),
    *("DESCRIPTION.rst", "entry_points.txt", "metadata.json", "zip-safe"),
)
"""What pip writes for itself, or of the machine that it ran on, and what it installed by. Here dpkg knows the files."""

_COMMON = ("bin", "**/__pycache__", *(f"*.dist-info/{each}" for each in _OF_PIP), "share/doc", "share/man")

_FOR_WHO_WRITES_CODE = ("**/*.pyi", "**/*.pot")
"""Types that a checker reads, and sentences that a translator does."""


class Part(NamedTuple):
    """A package's Python packages, and what it has of Debian instead of some."""

    names: frozenset[str]
    of_debian: tuple[OfDebian, ...]


def part(name: str, suite: str) -> Part:
    """Raises NotInstalled."""
    locked, spared = locked_pins(suite), OF_DEBIAN[suite]
    own = locked.keys() - spared.keys()
    # Whom a package of Debian needs, Debian knows.
    needs = {each: needed_by(each, PYTHON[suite]) & locked.keys() for each in own}
    wanted = wanted_on_a_pole()
    camera = wanted.pop("vision")
    core = reached((name_of(line) for lines in wanted.values() for line in lines), needs)
    found = core if name == "core" else reached(map(name_of, camera), needs) - core - LEFT_OUT
    return Part(frozenset(found & own), tuple(spared[each] for each in sorted(found & spared.keys())))


def locked_pins(suite: str) -> dict[str, Pin]:
    """What the lock names for a pole, by name."""
    return pins(split(file_of(PYTHON[suite]).read_text())["pole"])


def put(names: frozenset[str], suite: str, machine: str, folder: Path) -> None:
    """Raises Failed: the index is away, or a file is not what the lock names."""
    version = PYTHON[suite]
    lock, locked = file_of(version), locked_pins(suite)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for name in sorted(names):
            hashes = "".join(f" \\\n    --hash=sha256:{each}" for each in locked[name].sha256)
            file.write(f"{name}=={locked[name].version}{hashes}\n")
        file.flush()
        chosen = ["--require-hashes", "--only-binary", ":all:", "-r", file.name]
        _pip([*chosen, *_platforms(MACHINES[machine]), "--python-version", f"{version[0]}.{version[1]}"], lock, folder)
    for name in names:
        remove(folder, SPARE.get(name, ()))


def put_wheel(wheel: Path, suite: str, folder: Path) -> None:
    """lamppost itself. Raises Failed."""
    _pip(["--no-index", str(wheel)], file_of(PYTHON[suite]), folder)
    remove(folder, SPARE["lamppost"])


def _platforms(machine: str) -> list[str]:
    newest_first = [f"manylinux_2_{glibc}_{machine}" for glibc in range(OLDEST_GLIBC, 16, -1)]
    return [word for each in (*newest_first, f"manylinux2014_{machine}") for word in ("--platform", each)]


def _pip(words: list[str], lock: Path, folder: Path) -> None:
    order = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
    order += ["--no-compile", "--upgrade", "--implementation", "cp", "--target", str(folder), *words]
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(words_for(done.stdout + done.stderr, lock))
    remove(folder, (*_COMMON, *_FOR_WHO_WRITES_CODE))
    for metadata in folder.glob("*.dist-info/METADATA"):  # without the page for a package index below the head
        metadata.write_text(metadata.read_text(encoding="utf-8").partition("\n\n")[0] + "\n", encoding="utf-8")


def remove(folder: Path, patterns: tuple[str, ...]) -> None:
    """Takes files and folders away."""
    gone = [each for pattern in patterns for each in folder.glob(pattern)]
    for each in gone:
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink(missing_ok=True)


def copyright_of(names: frozenset[str], own: str) -> str:
    """The file debian/copyright of a package (DEP 5)."""
    table = read(TABLE.read_text()).pole
    emptied = [library for name in sorted(names) for library in table[name].emptied]
    said = ["Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"]
    said[0] += "Upstream-Name: lamppost\n"
    if emptied:
        said[0] += (
            f"Comment: {', '.join(emptied)}: empty libraries of lamppost's own are in the places of the wheel's.\n"
        )
    said.append(own)
    said += [_stanza(name, table[name]) for name in sorted(names)]
    return "\n".join(said)


def _stanza(name: str, licence: Licence) -> str:
    files = f"Files: usr/lib/lamppost/lib/*/site-packages/*{name.replace('-', '?')}*\n"
    said = files + f"Copyright: the authors of {name}\nLicense: {licence.licence}\n Its text: {licence.text}"
    said += ", in the folder .dist-info of the package" if "/" not in licence.text or "://" not in licence.text else ""
    bundled = [f"{library}: {words}" for library, words in licence.packed().items()]
    return said + "\n" + ("Comment: brings along\n" + "".join(f" {each}\n" for each in bundled) if bundled else "")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("part", choices=("core", "vision"))
    parser.add_argument("suite", choices=PYTHON)
    parser.add_argument("machine", choices=MACHINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wheel", type=Path, help="lamppost as a wheel, which is put there too")
    return parser.parse_args()


def main() -> int:
    arguments = _parsed()
    try:
        put(part(arguments.part, arguments.suite).names, arguments.suite, arguments.machine, arguments.folder)
        if arguments.wheel:
            put_wheel(arguments.wheel, arguments.suite, arguments.folder)
    except (Failed, NotInstalled) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
