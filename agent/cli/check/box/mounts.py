"""What a path lies on, by the mounts of the box (proc(5), /proc/PID/mountinfo)."""

import re
from pathlib import PurePath

from msgspec import Struct

IN_MEMORY = ("tmpfs", "ramfs", "devtmpfs")
OVERLAY = ("overlay", "aufs", "overlayfs")


class Mount(Struct, frozen=True):
    """
    Args:
        kind: of file system.
        options: of the mount, and of its file system.
    """

    folder: str
    kind: str
    options: frozenset[str]


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """The mount that a path lies on; None: the box does not tell."""
    found: Mount | None = None
    for line in mountinfo.splitlines():
        mount = _parsed(line)
        if mount is None or not PurePath(path).is_relative_to(mount.folder):
            continue
        if found is None or len(mount.folder) >= len(found.folder):  # of two on one folder the later hides the other
            found = mount
    return found


def _parsed(line: str) -> Mount | None:
    first, dash, second = line.partition(" - ")
    fields, of_system = first.split(), second.split()
    if not dash or len(fields) < 6 or not of_system:
        return None
    folder = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields[4])
    options = {*fields[5].split(","), *(of_system[2].split(",") if len(of_system) > 2 else ())}
    return Mount(folder, of_system[0], frozenset(options))
