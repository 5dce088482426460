"""The lock of a Python: requirements/py311.txt and its like, in the format of pip, cut into sections by a line each.

A section adds to those before it: who installs one installs these too. This runs before anything is installed, with the
standard library alone.
"""

import hashlib
import platform
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

SECTIONS = {
    "build": "what turns a checkout into an installed package",
    "pole": "what a pole runs",
    "demo": "what the demonstration adds",
    "npm": "npm, for the weights of the detector, where the machine has none",
    "test": "what the tests add",
    "mutants": "what breaks the code on purpose",
    "lock": "what writes these files",
}
"""The sections and their purposes, by the word that stands in the file."""

SOURCE_ONLY = ("yattag",)
"""Published without a wheel: pure Python, built by the locked setuptools. Nothing of what a pole runs."""

WHEELS = ("--only-binary", ":all:", *(word for name in SOURCE_ONLY for word in ("--no-binary", name)))
"""What pip may take."""

_HEAD = re.compile(r"^# section (\w+):", re.MULTILINE)


def head(section: str) -> str:
    return f"# section {section}: {SECTIONS[section]}"


def file_of(version: tuple[int, int]) -> Path:
    return ROOT / "requirements" / f"py{version[0]}{version[1]}.txt"


def title(version: tuple[int, int]) -> str:
    """How the lock of that Python begins."""
    return f"# The lock of Python {version[0]}.{version[1]}"


def locked_versions() -> list[tuple[int, int]]:
    """Returns the versions of Python for which there is a lock."""
    found = (re.fullmatch(r"py(\d)(\d+)\.txt", file.name) for file in file_of((0, 0)).parent.glob("py*.txt"))
    return sorted((int(each[1]), int(each[2])) for each in found if each)


def split(text: str) -> dict[str, str]:
    """The requirements of each section. Raises ValueError for a section that is not known."""
    _, *parts = _HEAD.split(text)
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    if unknown := found.keys() - SECTIONS:
        raise ValueError(f"there is no section {', '.join(sorted(unknown))}")
    return {name: body.partition("\n")[2] for name, body in found.items()}


_PIN = re.compile(r"^([\w.-]+)==(\S+)((?:[ \\]*\n +--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)


class Pin(NamedTuple):
    """A version of a package, and the SHA-256 of each of its files, one of which is installed."""

    version: str
    sha256: tuple[str, ...]


def pins(requirements: str) -> dict[str, Pin]:
    """The packages of a section, by name."""
    found = _PIN.findall(requirements)
    return {name: Pin(version, tuple(re.findall(r"[0-9a-f]{64}", hashes))) for name, version, hashes in found}


_SEAL = re.compile(r"^# content: sha256 (\w+)\n", re.MULTILINE)


def sealed(head: str, body: str) -> str:
    """A lock whose sections nobody changes unseen."""
    return f"{head}# content: sha256 {hashlib.sha256(body.encode()).hexdigest()}\n{body}"


def is_whole(lock: str) -> bool:
    """Whether its sections are as they were sealed."""
    seal = _SEAL.search(lock)
    return seal is not None and hashlib.sha256(lock[seal.end() :].encode()).hexdigest() == seal[1]


class NoLock(Exception):
    """There is no lock for this interpreter; its words say what to do."""


def of_this_python() -> Path:
    """The lock of the interpreter that runs this. Raises NoLock."""
    version = sys.version_info[:2]
    file, known = file_of(version), [f"{major}.{minor}" for major, minor in locked_versions()]
    if not known:
        raise NoLock(f"There is no lock in {file.parent}: git checkout requirements/")
    if not file.is_file():
        raise NoLock(
            f"This is Python {platform.python_version()}, and requirements/ has locks for {' and '.join(known)}: "
            f"use one of these, as in  make PYTHON=python{known[-1]} install"
        )
    if not file.read_text().startswith(title(version) + ":"):
        raise NoLock(f"{file} is not the lock of Python {version[0]}.{version[1]}: git checkout requirements/")
    return file
