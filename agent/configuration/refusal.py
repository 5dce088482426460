"""Why the folder that keeps configurations refuses: what, where, and what to type."""

import errno
import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from drivers.translation import _


class FolderRefuses(OSError):
    """The error of the disk; its text is for a technician."""

    def __str__(self) -> str:
        return str(self.strerror)


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """An error of the disk with a file of that folder. Raises FolderRefuses."""
    try:
        yield
    except FolderRefuses:
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, _other)(path, error)
        raise FolderRefuses(error.errno, f"{path}: {reason}") from error


def _read_only(path: Path, _error: OSError) -> str:
    words = _("the disk is read-only; see dmesg, then mount -o remount,rw, where findmnt -T {folder} says")
    return words.format(folder=_nearest(path))


def _not_allowed(path: Path, _error: OSError) -> str:
    words = _("the user {user} may not use it; type chown -R {user} {folder}")
    return words.format(user=_user(), folder=_nearest(path.parent))


def _full(path: Path, _error: OSError) -> str:
    return _("the disk is full; see df -h {folder} and df -i {folder}").format(folder=_nearest(path.parent))


def _in_the_way(path: Path, error: OSError) -> str:
    there = path if isinstance(error, IsADirectoryError) else _nearest(path.parent)
    return _("{there} stands in the way; type mv {there} {there}.aside").format(there=there)


def _other(_path: Path, error: OSError) -> str:
    return error.strerror or str(error)


_REASONS: Mapping[int, Callable[[Path, OSError], str]] = {
    errno.EROFS: _read_only,
    errno.EACCES: _not_allowed,
    errno.EPERM: _not_allowed,
    errno.ENOSPC: _full,
    errno.EDQUOT: _full,
    errno.ENOTDIR: _in_the_way,
    errno.EEXIST: _in_the_way,
    errno.EISDIR: _in_the_way,
}


def _nearest(path: Path) -> Path:
    """The path, or what of it is there."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
