"""The tables of the file, asked in SQL: nothing here changes anything."""

import sqlite3

from agent.events import Priority
from agent.store.rows import COLUMNS, Row, seal_state
from agent.store.schema import OUTBOXES

OWN = "store."
"""Keys of states begin so that are the store's own."""


def rows(
    database: sqlite3.Connection, priority: Priority, after: int, limit: int, where: str = "TRUE", *values: object
) -> list[Row]:
    """Returns at most `limit` rows as they stand in the file, with a greater seq than `after`, in order of commit."""
    return database.execute(
        f"SELECT {COLUMNS} FROM {OUTBOXES[priority]} WHERE seq > ? AND {where} ORDER BY seq LIMIT ?",
        (after, *values, limit),
    ).fetchall()


def holds(database: sqlite3.Connection, priority: Priority, seq: int) -> bool:
    found = database.execute(f"SELECT 1 FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,)).fetchone()
    return found is not None


def count(database: sqlite3.Connection, priority: Priority) -> int:
    number: int = database.execute(f"SELECT count(*) FROM {OUTBOXES[priority]}").fetchone()[0]
    return number


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
