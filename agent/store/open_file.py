"""What stands on the connection to one file, or on memory in its place."""

import logging
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.store.errors import StoreError, in_words
from agent.store.file import mark, proof
from agent.store.file.marking import Marking
from agent.store.log.again import Again
from agent.store.log.eviction import Bounds, Evictor
from agent.store.log.leases import Leases
from agent.store.log.outbox import Outbox
from agent.store.log.retention import Retention
from agent.store.log.upkeep import Upkeep
from agent.store.memory import (
    first_number,
    first_seq,
    go_beyond,
    go_on_from,
    open_in_memory,
    take_back,
    take_buffered,
)
from agent.store.rows import tables
from agent.store.rows.positions import MOST, TooManyUplinks, Wants
from agent.store.rows.rows import Row
from agent.store.rows.scope import TaleOf, no_tale
from agent.store.write_volume import KEY, WriteVolume, WriteVolumeState
from drivers.translation import _

log = logging.getLogger(__name__)


class OpenFile(Struct):
    """All of it belongs to the thread that owns the file.

    Args:
        leases, again: by the name of the uplink.
    """

    outbox: Outbox
    evictor: Evictor
    leases: dict[str, Leases]
    again: dict[str, Again]
    write_volume: WriteVolume


class Ground(Struct):
    """What every file of a store is opened with.

    Args:
        bounds: of the file.
        memory_bytes: what is held in memory while the disk cannot be read; None: then it fails.
        boot: identity of this run of the kernel.
        subject: of the events that tell of what was dropped.
        wants: the uplinks by their names, each with the types of event that it gets.
        tale_of: of what states tell that is erased as events are.
        formerly: the names that they had before, of those that were renamed.
    """

    path: Path
    bounds: Bounds
    memory_bytes: int | None
    boot: str
    subject: str
    wants: Mapping[str, Wants]
    tale_of: TaleOf = no_tale
    formerly: Mapping[str, str] = {}


def on_disk(
    ground: Ground, database: sqlite3.Connection, marking: Marking, before: Outbox | None, now: Moment
) -> OpenFile:
    """Raises StoreError; the database is closed then.

    Args:
        before: what stood on the file before: what it held in memory goes on.
    """
    try:
        file = _stand(ground, database, marking, ground.bounds, before)
        follow(ground, file, now)
    except sqlite3.Error as error:
        database.close()
        raise in_words(ground.path, error) from error
    except StoreError:
        database.close()
        raise
    return file


def in_memory(ground: Ground, refusal: StoreError, before: Outbox | None, now: Moment) -> OpenFile:
    """Raises StoreError, the one of the disk, where there is no memory for it.

    Args:
        before: what stood on the file; None: nothing could be read of that.
    """
    if ground.memory_bytes is None:
        raise refusal
    database, marking = open_in_memory()
    bounds = Bounds(ground.memory_bytes, ground.bounds.age_s, ground.bounds.keep_s)
    file = _stand(ground, database, marking, bounds, None)
    if before is None:
        file.outbox.counters.seq = first_seq()
        file.outbox.first_number = first_number(mark.look(ground.path), ground.boot)
    else:
        go_on_from(file.outbox, before)
    file.outbox.first_seq = file.outbox.counters.seq
    follow(ground, file, now)
    if before is not None:
        take_buffered(file.outbox, before, now)
    return file


def _stand(
    ground: Ground, database: sqlite3.Connection, marking: Marking, bounds: Bounds, before: Outbox | None
) -> OpenFile:
    evictor = Evictor(bounds, ground.subject)
    upkeep = Upkeep(evictor, Retention(bounds.keep_s, database), ground.subject, bounds.keep_s)
    outbox = Outbox(database, upkeep, before, marking)
    return OpenFile(outbox, evictor, {}, {}, WriteVolume(_volume_until_now(database)))


def configure(ground: Ground, outbox: Outbox, now: Moment) -> None:
    """The uplinks as they are now. Raises StoreError: too many names."""
    try:
        outbox.positions.rename(ground.formerly, ground.wants)
        outbox.configure(ground.wants, now)
    except TooManyUplinks as error:
        what = _("it has known {count} names of uplinks, and has no room for another").format(count=MOST)
        raise StoreError(ground.path, what, _("take a name again that it knows, or begin a new store")) from error


def follow(ground: Ground, file: OpenFile, now: Moment) -> None:
    """Other uplinks, or other events for them, from now on. Raises StoreError: too many names."""
    configure(ground, file.outbox, now)
    for each in file.outbox.positions:
        known = file.leases.get(each.name)
        if known is None or known.progress is not each:  # the name may have been another uplink's
            file.leases[each.name] = Leases(file.outbox, file.evictor, each)
            file.again[each.name] = Again(file.outbox, each)


def give_back(memory: OpenFile, disk: OpenFile, told: Row, now: Moment, *, beyond: bool) -> int:
    """Put what was in memory into the file; how many events. Raises sqlite3.Error, OutboxFull: then nothing is.

    Args:
        beyond: whether what memory has was newer than all that the file had when it was opened.
    """
    beyond = go_beyond(disk.outbox, memory.outbox) or beyond
    taken = take_back(memory.outbox, disk.outbox, told, now, beyond=beyond)
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


def depths(outbox: Outbox) -> dict[str, int]:
    """Events that have not arrived, by the name of the uplink."""
    return {each.name: sum(outbox.counters.waiting[each.slot].values()) for each in outbox.positions}


def unreachable(path: Path, before: Outbox | None) -> int | None:
    """Events in a file that cannot be read, and have not arrived as far as that is known; None: not known."""
    if before is not None:
        return max(depths(before).values(), default=0)
    expected = proof.expected_of(mark.look(path))
    return expected.contents[0].events() if expected is not None else None


def _volume_until_now(database: sqlite3.Connection) -> WriteVolumeState:
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=WriteVolumeState) if found and found[1] else WriteVolumeState()
    except MsgspecError:
        return WriteVolumeState()
