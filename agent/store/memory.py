"""The store in memory, while its disk cannot be read; and how what it held goes back to the disk."""

import sqlite3
import time

from msgspec import Struct

from agent.clock import Moment
from agent.events import Priority
from agent.store import schema, tables
from agent.store.content import Content, Tally
from agent.store.marking import Marking
from agent.store.outbox import Outbox
from agent.store.rows import Row

_CHUNK_ROWS = 500


class Absence(Struct, frozen=True):
    """Why, and since when, the store is in memory.

    Args:
        since_s: on the monotonic clock.
        blind: nothing could be read of the file since the start.
    """

    because: str
    since_s: float
    blind: bool


def open_in_memory() -> tuple[sqlite3.Connection, Marking]:
    """An empty store, which nothing outlives."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    schema.create(database)
    tally = Tally(database, Content(""))
    tally.gone = set()
    return database, Marking(None, tally)


def first_seq() -> int:
    """A place in the order of commit behind any of a file that cannot be read: nobody commits a thousand events in a
    second for long."""
    return int(time.time() * 1000)


def take_back(memory: Outbox, outbox: Outbox, told: Row, now: Moment) -> int:
    """Put what was in memory into the file, in one transaction with the event that tells of it; how many events.

    Raises sqlite3.Error, OutboxFull: nothing was taken.
    """
    taken = 0
    with outbox.writing(now, buffered=False):
        newest = outbox.counters.seq
        for priority in Priority:
            after = 0
            while rows := tables.rows(memory.database, priority, after, _CHUNK_ROWS):
                after = rows[-1][0]
                waiting = [row for row in rows if row[0] not in memory.acknowledged.seqs[priority]]
                for row in waiting:
                    outbox.take_over(priority, row, newest)
                taken += len(waiting)
        _take_states(memory, outbox)
        outbox.insert(Priority.ALARM, told)
    return taken


def _take_states(memory: Outbox, outbox: Outbox) -> None:
    tally = memory.marking.tally
    for key in (tally.gone if tally is not None else None) or ():
        outbox.database.execute("DELETE FROM state WHERE key = ?", (key,))
    for state in memory.database.execute("SELECT key, body, crc FROM state").fetchall():
        outbox.database.execute("INSERT OR REPLACE INTO state (key, body, crc) VALUES (?, ?, ?)", state)
