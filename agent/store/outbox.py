"""The outbox and the states of rules in SQL. Everything here runs on the one thread that owns the connection."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from agent.clock import Moment
from agent.events import STORE_GAP, Event, Priority
from agent.store.gap import Dropped, Gap
from agent.store.rows import COLUMNS, INSERT, Row, Stored, decode, encode

# Room is made in steps, so that a full store does not write its gap event anew at each commit.
_STEP_ROWS = 64


class OutboxFull(Exception):
    """Nothing more may go, and the file would still be larger than allowed."""


@dataclass
class _Growing:
    """The one gap event that still grows: no attempt was made to send it."""

    seq: int
    gap: Gap


@dataclass
class Book:
    """What is known of the rows without asking the file; belongs to the last committed transaction.

    Args:
        seq: of the newest row ever written.
        waiting: rows by priority.
        dropped: events given up since the start.
    """

    seq: int = 0
    waiting: dict[Priority, int] = field(default_factory=dict)
    growing: _Growing | None = None
    dropped: int = 0

    def copy(self) -> "Book":
        return replace(self, waiting=dict(self.waiting))


class Outbox:
    """Rows of the outbox and of the states, bounded in bytes.

    Args:
        max_bytes: of the database file; the write-ahead log comes on top, and is itself bounded.
        gap_subject: subject of the `store.gap` events.
    """

    def __init__(self, database: sqlite3.Connection, max_bytes: int, gap_subject: str) -> None:
        self._db, self._max_bytes, self._gap_subject = database, max_bytes, gap_subject
        # Newest row of each priority that was handed out for sending; what is on its way is not given up.
        self._handed = dict.fromkeys(Priority, 0)
        counts = database.execute("SELECT priority, count(*), max(seq) FROM outbox GROUP BY priority").fetchall()
        self.book = Book(
            seq=max((newest for _, _, newest in counts), default=0),
            waiting={priority: 0 for priority in Priority} | {Priority(p): count for p, count, _ in counts},
        )

    def commit(self, rows: Sequence[tuple[Priority, Row]], states: Mapping[str, bytes | None], now: Moment) -> None:
        """All of it or nothing. Raises sqlite3.Error, OutboxFull."""
        with self._transaction():
            for priority, row in rows:
                self._insert(priority, row)
            self._write_states(states)
            self._make_room(now)

    def load(self, key: str) -> bytes | None:
        found = self._db.execute("SELECT body FROM state WHERE key = ?", (key,)).fetchone()
        return None if found is None else bytes(found[0])

    def keys(self, prefix: str) -> dict[str, int]:
        return keys(self._db, prefix)

    def next(self, limit: int, now: Moment) -> list[Stored]:
        """Rows that were not handed out since `rewind`: highest priority first, oldest first within one."""
        found: list[Stored] = []
        for priority in reversed(Priority):
            found += self._hand_out(priority, limit - len(found), now)
        growing = self.book.growing
        if growing is not None and growing.seq <= self._handed[Priority.ALARM]:
            # From now on a consumer may know it by its id: what is lost later needs an event of its own.
            self.book.growing = None
        return found

    def rewind(self) -> None:
        """Whatever was handed out and not deleted is to be handed out again."""
        self._handed = dict.fromkeys(Priority, 0)

    def delete(self, rows: Iterable[Stored]) -> None:
        with self._transaction():
            for row in rows:
                self._delete(row.event.priority, row.seq)

    def correct_times(self, now: Moment) -> int:
        """Rows of `now.boot` written untrusted get the time that their monotonic time has by the trusted clock."""
        with self._transaction():
            changed = self._db.execute(
                "UPDATE outbox SET unix_s = ? - (? - mono_s), trusted = 1 WHERE boot = ? AND trusted = 0",
                (now.unix_s, now.mono_s, now.boot),
            )
            return changed.rowcount

    def oldest(self) -> Moment | None:
        """When the row that waits longest was written."""
        heads = [
            self._db.execute(
                "SELECT seq, unix_s, mono_s, boot, trusted FROM outbox WHERE priority = ? ORDER BY seq LIMIT 1",
                (priority,),
            ).fetchone()
            for priority in Priority
        ]
        head = min((row for row in heads if row is not None), default=None)
        return None if head is None else Moment(head[1], head[2], head[3], bool(head[4]))

    def used_bytes(self) -> int:
        """Pages in use; the file keeps freed pages for the rows to come."""
        pages = self._pragma("page_count") - self._pragma("freelist_count")
        return pages * self._pragma("page_size")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        before = self.book
        self.book = before.copy()
        with ExitStack() as undo:
            undo.callback(self._roll_back, before)
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
            undo.pop_all()

    def _roll_back(self, before: Book) -> None:
        self.book = before
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _insert(self, priority: Priority, row: Row) -> int:
        self.book.seq += 1
        self._db.execute(INSERT, (priority, self.book.seq, *row))
        self.book.waiting[priority] += 1
        return self.book.seq

    def _delete(self, priority: Priority, seq: int) -> None:
        gone = self._db.execute("DELETE FROM outbox WHERE priority = ? AND seq = ?", (priority, seq))
        self.book.waiting[priority] -= gone.rowcount

    def _write_states(self, states: Mapping[str, bytes | None]) -> None:
        for key, body in states.items():
            if body is None:
                self._db.execute("DELETE FROM state WHERE key = ?", (key,))
            else:
                self._db.execute("INSERT OR REPLACE INTO state (key, body) VALUES (?, ?)", (key, body))

    def _hand_out(self, priority: Priority, limit: int, now: Moment) -> list[Stored]:
        rows = self._db.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE priority = ? AND seq > ? ORDER BY seq LIMIT ?",
            (priority, self._handed[priority], limit),
        ).fetchall()
        if not rows:
            return []
        self._handed[priority] = rows[-1][1]
        found, unreadable = [], []
        for row in rows:
            try:
                found.append(decode(row))
            except (msgspec.MsgspecError, TypeError, ValueError):
                unreadable.append(row[1])
        if unreadable:
            self._give_up_unreadable(priority, unreadable, now)
        return found

    def _give_up_unreadable(self, priority: Priority, seqs: Sequence[int], now: Moment) -> None:
        with self._transaction():
            for seq in seqs:
                self._delete(priority, seq)
            self.book.dropped += len(seqs)
            self._insert(Priority.ALARM, encode(self.gap_event({"reason": "unreadable", "dropped": len(seqs)}, now)))

    def gap_event(self, data: dict[str, Any], now: Moment) -> Event:
        return Event(type=STORE_GAP, subject=self._gap_subject, at=now, data=data, priority=Priority.ALARM)

    def _make_room(self, now: Moment) -> None:
        while self.used_bytes() > self._max_bytes:
            self._tell_gap(*self._drop_lowest(), now)

    def _drop_lowest(self) -> tuple[list[Dropped], list[Gap]]:
        """Give up the oldest rows of the lowest priority that has any; what they were, and the gaps they told of."""
        growing = self.book.growing.seq if self.book.growing else 0
        for priority in Priority:
            rows = self._db.execute(
                "SELECT seq, type, unix_s, trusted, data FROM outbox "
                "WHERE priority = ? AND seq > ? AND seq <> ? ORDER BY seq LIMIT ?",
                (priority, self._handed[priority], growing, _STEP_ROWS),
            ).fetchall()
            if rows:
                for row in rows:
                    self._delete(priority, row[0])
                return _told_apart(rows)
        raise OutboxFull(f"{self._max_bytes} bytes do not even hold the states of the rules")

    def _tell_gap(self, dropped: list[Dropped], gaps: list[Gap], now: Moment) -> None:
        self.book.dropped += len(dropped)
        growing = self.book.growing
        gap = (growing.gap if growing else Gap()).grown_by(dropped)
        for older in gaps:
            gap = gap.with_given_up(older)
        if growing:
            self._db.execute(
                "UPDATE outbox SET data = ? WHERE priority = ? AND seq = ?",
                (msgspec.json.encode(gap.as_data()), Priority.ALARM, growing.seq),
            )
            self.book.growing = _Growing(growing.seq, gap)
        else:
            seq = self._insert(Priority.ALARM, encode(self.gap_event(gap.as_data(), now)))
            self.book.growing = _Growing(seq, gap)

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


def _told_apart(rows: Iterable[Row]) -> tuple[list[Dropped], list[Gap]]:
    """Events proper, and the older `store.gap` events among the rows, whose counts must not be lost with them."""
    dropped, gaps = [], []
    for _, kind, unix_s, trusted, data in rows:
        gap = Gap.of_row(data) if kind == STORE_GAP else None
        if gap is None:
            dropped.append(Dropped(kind, unix_s, bool(trusted)))
        else:
            gaps.append(gap)
    return dropped, gaps
