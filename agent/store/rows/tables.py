"""The tables of the file, asked in SQL: nothing here changes anything."""

import heapq
import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from agent.events import Priority
from agent.store.rows.rows import COLUMNS, Row, seal_state
from agent.store.rows.schema import OUTBOXES
from agent.store.rows.scope import What

OWN = "store."
"""Keys of states begin so that are the store's own."""


def rows(database: sqlite3.Connection, priority: Priority, after: int, limit: int) -> list[Row]:
    """Returns at most `limit` rows as they stand in the file, with a greater seq than `after`, in order of commit."""
    return database.execute(
        f"SELECT {COLUMNS} FROM {OUTBOXES[priority]} WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
    ).fetchall()


def chosen(database: sqlite3.Connection, priority: Priority, seqs: Collection[int]) -> list[Row]:
    """Returns those of the rows that the file has, in order of commit."""
    places = ", ".join("?" * len(seqs))
    return database.execute(
        f"SELECT {COLUMNS} FROM {OUTBOXES[priority]} WHERE seq IN ({places}) ORDER BY seq", tuple(seqs)
    ).fetchall()


def takers(database: sqlite3.Connection, priority: Priority, after: int, limit: int) -> list[tuple[int, Any, Any]]:
    """seq, type and takers of at most `limit` rows after `after`, in order of commit."""
    return database.execute(
        f"SELECT seq, type, CAST(takers AS INTEGER) FROM {OUTBOXES[priority]} WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    ).fetchall()


def numbered(database: sqlite3.Connection, bit: int, after: int, limit: int) -> list[tuple[int, Priority, Any, Any]]:
    """seq, priority, takers and numbers of at most `limit` rows of one uplink after `after`, in order of commit over
    all priorities."""
    found = [
        database.execute(
            f"SELECT seq, ?, takers, numbers FROM {name} WHERE seq > ? AND takers & ? ORDER BY seq LIMIT ?",
            (int(priority), after, bit, limit),
        ).fetchall()
        for priority, name in OUTBOXES.items()
    ]
    merged = heapq.merge(*found, key=itemgetter(0))
    return [(seq, Priority(priority), taken, numbers) for seq, priority, taken, numbers in islice(merged, limit)]


def newest_first(database: sqlite3.Connection, bit: int) -> Iterator[tuple[Any, Any]]:
    """takers and numbers of the rows of one uplink, the newest first."""
    each = [
        database.execute(f"SELECT seq, takers, numbers FROM {name} WHERE takers & ? ORDER BY seq DESC", (bit,))
        for name in OUTBOXES.values()
    ]
    for _, taken, numbers in heapq.merge(*each, key=itemgetter(0), reverse=True):
        yield taken, numbers


PIECE_ROWS = 5000


def first_since(
    database: sqlite3.Connection, priority: Priority, bit: int, unix_s: float, after: int
) -> tuple[int | None, int | None]:
    """Looks through the next PIECE_ROWS after `after`: the first of one uplink that happened then or later, and the
    last of all.

    Times that are not trusted are passed over.
    """
    found: tuple[int | None, int | None] = database.execute(
        "SELECT min(iif(unix_s >= ? AND boot IS NULL AND takers & ?, seq, NULL)), max(seq) FROM "
        f"(SELECT seq, unix_s, boot, takers FROM {OUTBOXES[priority]} WHERE seq > ? ORDER BY seq LIMIT ?)",
        (unix_s, bit, after, PIECE_ROWS),
    ).fetchone()
    return found


def holds(database: sqlite3.Connection, priority: Priority, seq: int) -> bool:
    found = database.execute(f"SELECT 1 FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,)).fetchone()
    return found is not None


def count(database: sqlite3.Connection, priority: Priority, after: int = 0, bit: int = -1) -> int:
    """Rows after `after` that one of these uplinks gets."""
    found = database.execute(f"SELECT count(*) FROM {OUTBOXES[priority]} WHERE seq > ? AND takers & ?", (after, bit))
    number: int = found.fetchone()[0]
    return number


def all_takers(database: sqlite3.Connection) -> int:
    """The uplinks that get one of the rows at least."""
    found = 0
    for name in OUTBOXES.values():
        for (takers,) in database.execute(f"SELECT DISTINCT CAST(takers AS INTEGER) FROM {name}"):
            found |= takers
    return found


def by_type(database: sqlite3.Connection, priority: Priority, after: int, upto: int, bit: int) -> list[Row]:
    """type, how many, and whether all times are trusted, the earliest and the latest, of rows of one uplink after
    `after` up to `upto`."""
    return database.execute(
        "SELECT type, count(*), min(boot IS NULL), min(unix_s), max(unix_s) "
        f"FROM {OUTBOXES[priority]} WHERE seq > ? AND seq <= ? AND takers & ? GROUP BY type",
        (after, upto, bit),
    ).fetchall()


def has_boot(database: sqlite3.Connection, boot: str) -> bool:
    """Whether there is a row whose time was not trusted when it was written in that boot."""
    return any(
        database.execute(f"SELECT 1 FROM {name} WHERE boot = ? LIMIT 1", (boot,)).fetchone()
        for name in OUTBOXES.values()
    )


def newest_before(database: sqlite3.Connection, unix_s: float) -> int:
    """seq of the newest row of those that happened earlier by a clock that was set; 0: there is none."""
    query = "SELECT max(seq) FROM {name} WHERE unix_s < ? AND boot IS NULL"
    found = (database.execute(query.format(name=name), (unix_s,)).fetchone()[0] for name in OUTBOXES.values())
    return max(seq or 0 for seq in found)


def erasable(
    database: sqlite3.Connection, priority: Priority, what: What, undated_upto: int
) -> list[tuple[int, int, Any]]:
    """seq, takers and numbers of the rows that are to be erased, in order of commit.

    Args:
        undated_upto: see Scope.
    """
    types = ", ".join("?" * len(what.types))
    found = database.execute(
        f"SELECT seq, CAST(takers AS INTEGER), numbers, data FROM {OUTBOXES[priority]} WHERE type IN ({types}) "
        f"AND iif(boot IS NULL, unix_s < ?, seq <= ?) AND subject = ifnull(?, subject) ORDER BY seq",
        (*what.types, what.before_s, undated_upto, what.subject),
    )
    return [(seq, takers, numbers) for seq, takers, numbers, data in found if what.says(data)]


def outlines(database: sqlite3.Connection, priority: Priority) -> Iterator[Row]:
    """seq, type, subject, time and whether that is trusted, of all rows."""
    return database.execute(f"SELECT seq, type, subject, unix_s, boot IS NULL FROM {OUTBOXES[priority]}")


def newest(database: sqlite3.Connection) -> int:
    """seq of the newest row; 0: there is none."""
    found = (database.execute(f"SELECT max(seq) FROM {name}").fetchone()[0] for name in OUTBOXES.values())
    return max(seq or 0 for seq in found)


def state(database: sqlite3.Connection, key: str) -> tuple[bytes, bool] | None:
    """The state of that key, and whether it is as it was committed; of one that is not nothing is told."""
    found = database.execute("SELECT key, body, crc FROM state WHERE key = ?", (key,)).fetchone()
    if found is None:
        return None
    sound = found == seal_state(key, found[1])
    return (found[1] if sound else b""), sound


def keys(database: sqlite3.Connection, prefix: str) -> dict[str, int]:
    """Keys of states that begin so, in their order, and the bytes of each with its state; none of the store's own."""
    # No key holds a character beyond the last one of Unicode; a range uses the primary key, which LIKE does not.
    found = database.execute(
        "SELECT key, length(CAST(key AS BLOB)) + length(body) FROM state "
        f"WHERE key >= ? AND key < ? AND key NOT GLOB '{OWN}*' ORDER BY key",
        (prefix, prefix + "\U0010ffff"),
    )
    return dict(found.fetchall())


def used_bytes(database: sqlite3.Connection) -> int:
    """Pages in use; the file keeps freed pages for the rows to come."""
    return (pages(database) - _pragma(database, "freelist_count")) * page_bytes(database)


def pages(database: sqlite3.Connection) -> int:
    """Pages of the file, in use or freed."""
    return _pragma(database, "page_count")


def page_bytes(database: sqlite3.Connection) -> int:
    return _pragma(database, "page_size")


def _pragma(database: sqlite3.Connection, name: str) -> int:
    number: int = database.execute(f"PRAGMA {name}").fetchone()[0]
    return number
