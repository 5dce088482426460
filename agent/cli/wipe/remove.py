"""Removes files whose folders may belong to others than root: nothing of a stranger's, and no link is followed."""

import os
import pwd
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drivers.files import refuse_foreign, sync

SERVICE_USER = "lamppost"


def owners(store: Path) -> set[int]:
    """Returns the numbers of the users whose files are the pole's, beside root and who calls."""
    found = set()
    with suppress(KeyError):  # no service is installed
        found.add(pwd.getpwnam(SERVICE_USER).pw_uid)
    with suppress(OSError):  # it is gone
        found.add(store.parent.stat().st_uid)
    return found


def remove(path: Path, whose: Collection[int], *, is_link: bool = False) -> bool:
    """Returns whether there was something to remove.

    Args:
        whose: numbers of users whose files may go, beside root and who calls.
        is_link: it is a link, which goes itself; what it leads to is not looked at.

    Raises OSError: it is left alone, or cannot be removed; `strerror` says why.
    """
    with acting_as_owner(path):
        if is_link and not path.is_symlink():
            return False
        if not is_link and not refuse_foreign(path, stat.S_IFREG, whose):
            return False
        path.unlink()
        sync(path.parent)
        return True


def denied(paths: Iterable[Path]) -> Path | None:
    """Returns the first folder from which this user may not remove; None: he may from each."""
    folders = dict.fromkeys(path.parent for path in paths)
    return next((each for each in folders if not os.access(each, os.W_OK | os.X_OK)), None)


def remove_empty(folder: Path) -> None:
    """Removes a folder in which nothing is; any other stays."""
    with acting_as_owner(folder):
        try:
            if stat.S_ISDIR(folder.lstat().st_mode):
                folder.rmdir()
        except OSError:
            return


@contextmanager
def acting_as_owner(path: Path) -> Iterator[None]:
    """Root works below a folder of another user as that user: what he puts in the way can cost nothing but his own."""
    uid = _first_owner(path.absolute())
    if os.geteuid() != 0 or uid == 0:
        yield
        return
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


def _first_owner(path: Path) -> int:
    """Returns whose folder, or link, comes first on the way to a path; 0: all are root's."""
    for each in reversed(path.parents):
        try:
            uid = each.lstat().st_uid
        except OSError:
            return 0
        if uid != 0:
            return uid
    return 0
