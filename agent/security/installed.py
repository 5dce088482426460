"""What of lamppost is installed: one digest of all its own files."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import agent
import drivers

_CHUNK_BYTES = 256 * 1024


def digest(packages: Sequence[Path] | None = None) -> str:
    """Returns the SHA-256, hexadecimal, of the names, sizes and contents of all files of lamppost's packages.

    Byte code is left out: Python writes it anew. At no time more than a part of one file is in memory.

    Args:
        packages: folders; None: those that run.

    Raises OSError: one cannot be read.
    """
    whole = hashlib.sha256()
    for package in packages or _packages():
        for path in _files(str(package)):
            name = path[len(str(package.parent)) + 1 :]
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                whole.update(f"{name}\0{os.fstat(descriptor).st_size}\0".encode())
                while content := os.read(descriptor, _CHUNK_BYTES):
                    whole.update(content)
            finally:
                os.close(descriptor)
    return whole.hexdigest()


def _packages() -> list[Path]:
    return [Path(each.__file__).parent for each in (agent, drivers) if each.__file__]


def _files(folder: str) -> Iterator[str]:
    """Yields the path of every regular file, in the order of their names; no link is followed."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith(".pyc"):
            yield entry.path
