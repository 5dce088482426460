"""The tables of the file in SQL, changed in transactions, and counters that save asking the file."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from agent.events import Priority
from agent.store.loss_report import LossReport
from agent.store.rows import COLUMNS, INSERT, PUT, Row, seal, seal_state
from agent.store.schema import OUTBOXES


@dataclass(frozen=True)
class Growing:
    """A gap event that still grows: no attempt was made to send it."""

    seq: int
    gap: LossReport


@dataclass
class Counters:
    """What is known of the rows; belongs to the last committed transaction.

    Args:
        seq: of the newest row ever written.
        waiting: rows in the file by priority.
        growing: gap events that still grow, by their reason.
        dropped: events dropped since the start.
    """

    seq: int = 0
    waiting: dict[Priority, int] = field(default_factory=dict)
    growing: dict[str, Growing] = field(default_factory=dict)
    dropped: int = 0

    def copy(self) -> "Counters":
        return replace(self, waiting=dict(self.waiting), growing=dict(self.growing))


class Tables:
    """Belongs to the one thread that owns the connection."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self.counters = Counters()
        for priority, name in OUTBOXES.items():
            count, newest = database.execute(f"SELECT count(*), max(seq) FROM {name}").fetchone()
            self.counters.waiting[priority] = count
            self.counters.seq = max(self.counters.seq, newest or 0)

    @property
    def changes(self) -> int:
        """Rows that were inserted and deleted, states included, since the file was opened."""
        return self._db.total_changes

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, the book included."""
        before = self.counters
        self.counters = before.copy()
        with ExitStack() as undo:
            undo.callback(self._roll_back, before)
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
            undo.pop_all()

    def _roll_back(self, before: Counters) -> None:
        self.counters = before
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def new_seq(self) -> int:
        self.counters.seq += 1
        return self.counters.seq

    def insert(self, priority: Priority, row: Row) -> int:
        """As the newest row of all; its seq."""
        seq = self.new_seq()
        self.write(priority, seal(priority, seq, row))
        return seq

    def tell(self, row: Row) -> None:
        """One alarm, in a transaction of its own."""
        with self.transaction():
            self.insert(Priority.ALARM, row)

    def write(self, priority: Priority, sealed: Row) -> None:
        self._db.execute(INSERT.format(name=OUTBOXES[priority]), sealed)
        self.counters.waiting[priority] += 1

    def replace(self, priority: Priority, seq: int, row: Row) -> None:
        self.remove(priority, seq)
        self.write(priority, seal(priority, seq, row))

    def remove(self, priority: Priority, seq: int) -> None:
        gone = self._db.execute(f"DELETE FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,))
        self.counters.waiting[priority] -= gone.rowcount

    def holds(self, priority: Priority, seq: int) -> bool:
        found = self._db.execute(f"SELECT 1 FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,)).fetchone()
        return found is not None

    def rows(self, priority: Priority, after: int, limit: int, where: str = "TRUE", *values: object) -> list[Row]:
        """At most `limit` rows as they stand in the file, with a greater seq than `after`, in order of commit."""
        return self._db.execute(
            f"SELECT {COLUMNS} FROM {OUTBOXES[priority]} WHERE seq > ? AND {where} ORDER BY seq LIMIT ?",
            (after, *values, limit),
        ).fetchall()

    def put(self, states: Mapping[str, bytes | None]) -> None:
        """States of rules; None deletes."""
        for key, body in states.items():
            if body is None:
                self._db.execute("DELETE FROM state WHERE key = ?", (key,))
            else:
                self._db.execute(PUT, seal_state(key, body))

    def load(self, key: str) -> tuple[bytes, bool] | None:
        """The state of that key, and whether it is as it was committed; of one that is not nothing is told."""
        found = self._db.execute("SELECT key, body, crc FROM state WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        sound = found == seal_state(key, found[1])
        return (found[1] if sound else b""), sound

    def keys(self, prefix: str) -> dict[str, int]:
        return keys(self._db, prefix)

    def used_bytes(self) -> int:
        """Pages in use; the file keeps freed pages for the rows to come."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        number: int = self._db.execute(f"PRAGMA {name}").fetchone()[0]
        return number


def keys(database: sqlite3.Connection, prefix: str) -> dict[str, int]:
    """Keys of states that begin so, in their order, and the bytes of each with its state."""
    # No key holds a character beyond the last one of Unicode; a range uses the primary key, which LIKE does not.
    rows = database.execute(
        "SELECT key, length(CAST(key AS BLOB)) + length(body) FROM state WHERE key >= ? AND key < ? ORDER BY key",
        (prefix, prefix + "\U0010ffff"),
    )
    return dict(rows.fetchall())
