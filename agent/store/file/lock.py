"""One owner for one store."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from agent.store.errors import StoreError, StoreInUse
from agent.store.file.beside import LOCK
from drivers.files import create_file, refuse_foreign
from drivers.translation import _


def take_lock(path: Path) -> BinaryIO:
    """Become the only owner of the store at `path`; released when the answer is closed or the process ends.

    A side file carries the lock, because the store itself may be moved aside. Raises StoreError; StoreInUse where
    another lamppost owns it.
    """
    side = path.with_name(path.name + LOCK)
    try:
        lock = _open(side)
    except OSError as error:
        what = _("cannot create {name}: {reason}").format(name=side.name, reason=error.strerror)
        raise StoreError(path, what, _("check the folder and its owner")) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read(20).decode("ascii", "replace").strip() or _("unknown")
        lock.close()
        what = _("another lamppost (process {owner}) uses it").format(owner=owner)
        raise StoreInUse(path, what, _("stop that one first")) from error
    # Only words for a second one: a full or read-only disk does not keep a pole from starting.
    with suppress(OSError):
        os.ftruncate(lock.fileno(), 0)
        os.pwrite(lock.fileno(), str(os.getpid()).encode(), 0)
    return lock


def _open(side: Path) -> BinaryIO:
    """Raises OSError; what is a link, or somebody else's, is left alone."""
    if not refuse_foreign(side):
        with suppress(FileExistsError):  # by another lamppost, just now
            return os.fdopen(create_file(side), "r+b", buffering=0)
    flags = os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.fdopen(os.open(side, os.O_RDWR | flags), "r+b", buffering=0)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        return os.fdopen(os.open(side, os.O_RDONLY | flags), "rb", buffering=0)
