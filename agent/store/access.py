"""Work on the open file, on the thread that owns it. SQLite's errors leave it as StoreError."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from msgspec import json

from agent.store.errors import Replaced, StoreError
from agent.store.keeper import FileKeeper
from agent.store.log.eviction import OutboxFull
from agent.store.open_file import OpenFile
from agent.store.write_volume import KEY
from drivers.translation import _

log = logging.getLogger(__name__)

T = TypeVar("T")


@contextmanager
def opened(keeper: FileKeeper, *, change: bool = False) -> Iterator[OpenFile]:
    """The open file, on the thread that owns it. Raises StoreError for whatever SQLite raises meanwhile.

    Args:
        change: it is written to: whether the disk took it is noted. What had nothing to write says nothing of the disk.
    """
    try:
        try:
            file = keeper.file()
            before = file.outbox.database.total_changes
            try:
                yield file
            finally:
                keeper.publish(file)
        except (sqlite3.Error, OutboxFull) as error:
            raise keeper.explained(error, change=change) from error
        except OSError as error:
            what = _("was removed or replaced, and cannot be put back: {reason}").format(reason=error.strerror)
            raise StoreError(keeper.path, what, _("see dmesg; free space on the disk")) from error
    except StoreError as error:
        if change:
            keeper.refuses = str(error)
        raise
    if change and file.outbox.database.total_changes > before:
        keeper.refuses = None


def asked(keeper: FileKeeper, work: Callable[[OpenFile], T], *, change: bool = False) -> T:
    """What `work` gives, of the open file, or of what took its place meanwhile. Raises StoreError."""
    try:
        with opened(keeper, change=change) as file:
            return work(file)
    except Replaced:
        with opened(keeper, change=change) as file:
            return work(file)


def begin(keeper: FileKeeper) -> None:
    """Write what a file that was just opened has to tell; a disk that refuses it is told."""
    with suppress(StoreError), opened(keeper, change=True) as file:
        file.outbox.begin(keeper.now())


def flush(keeper: FileKeeper) -> None:
    """Write what is buffered, and what has arrived. Raises StoreError; nothing is lost."""
    with opened(keeper, change=True) as file:
        file.outbox.flush(keeper.now())


def finish(keeper: FileKeeper) -> None:
    """Write what is to be written before the end; nothing is on its way any more. Raises StoreError."""
    if not keeper.try_disk():
        _lose(keeper)
        return
    with opened(keeper) as file:
        for leases in file.leases.values():
            leases.reset_cursor()
    with suppress(StoreError):
        flush(keeper)
    # Again: the file that was begun in the place of a damaged one has not got it yet.
    _flush_or_lose(keeper)
    with opened(keeper) as file:
        volume = file.write_volume.state(keeper.now())
    # This is not worth an error: without it numbers are left out, which is told at the next start.
    with suppress(StoreError), opened(keeper, change=True) as file:
        file.outbox.close({} if volume is None else {KEY: json.encode(volume)}, keeper.now())


def _lose(keeper: FileKeeper) -> None:
    """The disk cannot be used to the end. Raises StoreError where that costs events."""
    because = keeper.absence.because if keeper.absence is not None else ""
    if not (lost := max(keeper.depths.values(), default=0)):
        log.warning("store %s: was in memory to the end, and nothing is lost (%s)", keeper.path, because)
        return
    what = _("was in memory to the end; {count} events are lost").format(count=lost)
    raise StoreError(keeper.path, what, because)


def _flush_or_lose(keeper: FileKeeper) -> None:
    try:
        flush(keeper)
    except StoreError as error:
        with opened(keeper) as file:
            lost = len(file.outbox.buffered)
        what = error.what
        if lost:
            what = _("{what}; {count} measurements that were in memory alone are lost").format(what=what, count=lost)
        raise StoreError(error.path, what, error.hint, error.code) from error
