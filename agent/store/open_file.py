"""What stands on the connection to one file, or on memory in its place."""

import logging
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.store import mark, tables
from agent.store.errors import StoreError, in_words
from agent.store.eviction import Bounds, Evictor
from agent.store.leases import Leases
from agent.store.marking import Marking
from agent.store.memory import first_seq, open_in_memory, take_back
from agent.store.outbox import Outbox
from agent.store.rows import Row
from agent.store.write_volume import KEY, WriteVolume, WriteVolumeState

log = logging.getLogger(__name__)


class OpenFile(Struct):
    """All of it belongs to the thread that owns the file."""

    outbox: Outbox
    leases: Leases
    write_volume: WriteVolume


class Ground(Struct, frozen=True):
    """What every file of a store is opened with.

    Args:
        bounds: of the file.
        memory_bytes: what is held in memory while the disk cannot be read; None: then it fails.
        subject: of the events that tell of what was dropped.
    """

    path: Path
    bounds: Bounds
    memory_bytes: int | None
    subject: str


def on_disk(ground: Ground, database: sqlite3.Connection, marking: Marking, before: Outbox | None) -> OpenFile:
    """Raises StoreError; the database is closed then.

    Args:
        before: what stood on the file before: what it held in memory goes on.
    """
    evictor = Evictor(ground.bounds, ground.subject)
    try:
        outbox = Outbox(database, evictor.evict, before, marking)
        return OpenFile(outbox, Leases(outbox, evictor), WriteVolume(_volume_until_now(database)))
    except sqlite3.Error as error:
        database.close()
        raise in_words(ground.path, error) from error


def in_memory(ground: Ground, refusal: StoreError, before: Outbox | None) -> OpenFile:
    """Raises StoreError, the one of the disk, where there is no memory for it."""
    if ground.memory_bytes is None:
        raise refusal
    evictor = Evictor(Bounds(ground.memory_bytes, ground.bounds.age_s), ground.subject)
    database, marking = open_in_memory()
    outbox = Outbox(database, evictor.evict, before, marking)
    if before is None:
        outbox.counters.seq = first_seq()
    return OpenFile(outbox, Leases(outbox, evictor), WriteVolume(WriteVolumeState()))


def give_back(memory: OpenFile, disk: OpenFile, told: Row, now: Moment) -> int:
    """Put what was in memory into the file; how many events. Raises sqlite3.Error, OutboxFull: then nothing is."""
    taken = take_back(memory.outbox, disk.outbox, told, now)
    disk.outbox.buffered = memory.outbox.buffered
    disk.outbox.counters.seq = max(disk.outbox.counters.seq, memory.outbox.counters.seq)
    memory.outbox.database.close()
    return taken


def close_file(file: OpenFile, path: Path) -> None:
    """Close it in order, and say so in its mark."""
    try:
        file.outbox.database.close()
    except sqlite3.Error as error:
        log.warning("store %s was not closed in order: %s", path, error)
        file.outbox.marking.close(time.time(), orderly=False)
    else:
        file.outbox.marking.close(time.time(), orderly=True)


def abandon(file: OpenFile, *, close: bool) -> None:
    """It is not this file any more; its mark stays as it is.

    Args:
        close: whether its database is closed here.
    """
    file.outbox.marking.close(time.time(), orderly=False)
    if close:
        with suppress(sqlite3.Error):
            file.outbox.database.close()


def unreachable(path: Path, before: Outbox | None) -> int | None:
    """Events in a file that cannot be read; None: not known."""
    if before is not None:
        return sum(before.waiting().values()) - len(before.buffered)
    found = mark.look(path)
    return found.kept.content.events() if found.kept is not None else None


def _volume_until_now(database: sqlite3.Connection) -> WriteVolumeState:
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=WriteVolumeState) if found and found[1] else WriteVolumeState()
    except MsgspecError:
        return WriteVolumeState()
