"""What waits to be sent, in the file and in memory. Everything here runs on the one thread that owns the connection."""

import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from msgspec import structs

from agent.clock import Moment
from agent.events import Priority
from agent.store.errors import DAMAGED, primary_code
from agent.store.eviction import Bounds, Evictor
from agent.store.rows import Row, Stored, encode, readable
from agent.store.tables import Tables
from agent.store.write_buffer import WriteBuffer

# With a disk that refuses, acknowledgements are kept in memory; beyond so many sending stops.
_MOST_ACKNOWLEDGED = 20_000
_CHUNK_ROWS = 100


class Outbox:
    """Rows of the outbox and states of rules, bounded in bytes and age.

    Telemetry is buffered in memory and written in one transaction (`flush`), or with one that is needed anyway, after
    all telemetry of the file; what the broker acknowledges before that is never written. Acknowledged rows of the file
    are deleted with the next transaction, whatever it is for.

    Args:
        subject: of the `store.gap` events.
        before: the outbox of a file that was damaged: what it held in memory goes on.
    """

    def __init__(self, tables: Tables, bounds: Bounds, subject: str, before: "Outbox | None" = None) -> None:
        self._tables = tables
        # Newest row of each priority that was leased for sending, and those of them that are on their way.
        self._leased = dict.fromkeys(Priority, 0)
        self._on_way: dict[Priority, set[int]] = {priority: set() for priority in Priority}
        self._evictor = Evictor(tables, bounds, subject, self._on_way)
        self._buffer = WriteBuffer()
        self._acknowledged: dict[Priority, set[int]] = {priority: set() for priority in Priority}
        self._acknowledged_since_s: float | None = None
        if before is not None:
            self._buffer, self._acknowledged_since_s = before._buffer, before._acknowledged_since_s
            tables.counters.seq = max(tables.counters.seq, before._tables.counters.seq)
            for priority, seqs in before._acknowledged.items():
                self._acknowledged[priority] = {seq for seq in seqs if tables.holds(priority, seq)}

    @property
    def dropped(self) -> int:
        """Events dropped since the start."""
        return self._tables.counters.dropped

    @property
    def changes(self) -> int:
        """Rows that were inserted and deleted, states included, since the file was opened."""
        return self._tables.changes

    @property
    def acknowledged_since_s(self) -> float | None:
        """Monotonic seconds: since when rows wait to be deleted; None: none does."""
        return self._acknowledged_since_s if any(self._acknowledged.values()) else None

    @property
    def buffered(self) -> int:
        """Events that are in memory alone."""
        return len(self._buffer)

    @property
    def buffered_since_s(self) -> float | None:
        """Monotonic seconds: since when the oldest of what is buffered waits; None: nothing does."""
        return self._buffer.since_s

    @property
    def newest(self) -> int:
        """seq of the newest row."""
        return self._tables.counters.seq

    def waiting(self) -> dict[Priority, int]:
        """Events that are not acknowledged."""
        gone, written = self._acknowledged, self._tables.counters.waiting
        counts = {priority: max(0, written[priority] - len(gone[priority])) for priority in Priority}
        counts[Priority.TELEMETRY] += len(self._buffer)
        return counts

    def used_bytes(self) -> int:
        return self._tables.used_bytes()

    def commit(self, rows: Sequence[tuple[Priority, Row]], states: Mapping[str, bytes | None], now: Moment) -> None:
        """All of it or nothing; what is buffered goes along. Raises sqlite3.Error, OutboxFull."""
        # Telemetry stands in the file in the order of its seq, and what is buffered is older than this.
        first = any(priority is Priority.TELEMETRY for priority, _ in rows)
        with self._writing(now, buffered=first or not self._goes_out()):
            for priority, row in rows:
                self._tables.insert(priority, row)
            self._tables.put(states)

    def _goes_out(self) -> bool:
        """Whether what is buffered is on its way, and so most likely need not be written."""
        oldest = self._buffer.oldest
        return oldest is not None and oldest.seq in self._on_way[Priority.TELEMETRY]

    def buffer(self, rows: Iterable[Row], now: Moment) -> None:
        """Telemetry to be written with the next `flush`. Raises, and takes none, when there is no room to gather."""
        if self._buffer.full:
            self.flush(now)
        for row in rows:
            self._buffer.add(self._tables.new_seq(), row)

    def flush(self, now: Moment) -> None:
        """Write what is buffered, delete what is acknowledged. Raises sqlite3.Error, OutboxFull; nothing is lost."""
        if self._buffer or any(self._acknowledged.values()):
            with self._writing(now, buffered=True):
                pass

    def load(self, key: str) -> tuple[bytes, bool] | None:
        return self._tables.load(key)

    def keys(self, prefix: str) -> dict[str, int]:
        return self._tables.keys(prefix)

    def lease(self, limit: int, now: Moment) -> tuple[list[Stored], bool]:
        """Rows that were not leased since `reset_cursor`: highest priority first, oldest first within one.

        And whether rows were dropped because they cannot be read.
        """
        newest = self._tables.counters.seq
        found: list[Stored] = []
        for priority in reversed(Priority):
            found += self._lease(priority, limit - len(found), now)
        self._evictor.stop_growing(self._leased[Priority.ALARM])
        found += self._lease_buffered(limit - len(found))
        for row in found:
            self._on_way[row.event.priority].add(row.seq)
        return found, self._tables.counters.seq > newest

    def reset_cursor(self) -> None:
        """Whatever was leased and not deleted is to be leased again."""
        self._leased.update(dict.fromkeys(Priority, 0))
        for seqs in self._on_way.values():
            seqs.clear()

    def release(self, rows: Iterable[Stored]) -> None:
        """They were leased and are not on their way: when the store is full they may go like any other."""
        for row in rows:
            self._on_way[row.event.priority].discard(row.seq)

    def delete(self, rows: Iterable[Stored], now: Moment) -> None:
        """The broker has acknowledged them. Raises when the disk refuses for so long that memory would run out.

        What is gone already may be deleted again, and counts once.
        """
        for row in rows:
            if not self._buffer.forget(row.seq) and self._is_in_file(row):
                self._acknowledged[row.event.priority].add(row.seq)
                self._acknowledged_since_s = self._acknowledged_since_s or time.monotonic()
            self._on_way[row.event.priority].discard(row.seq)
        if sum(map(len, self._acknowledged.values())) >= _MOST_ACKNOWLEDGED:
            self.flush(now)

    def _is_in_file(self, row: Stored) -> bool:
        """Without asking the file where it is known: what is on its way is neither deleted nor dropped."""
        priority = row.event.priority
        return row.seq in self._on_way[priority] or self._tables.holds(priority, row.seq)

    def correct_times(self, now: Moment) -> int:
        """Rows of `now.boot` written untrusted get the time that their monotonic time has by the trusted clock."""
        changed = 0
        with self._writing(now, buffered=True):
            for priority in Priority:
                after = 0
                while rows := self._tables.rows(priority, after, _CHUNK_ROWS, "boot = ?", now.boot):
                    after = rows[-1][0]
                    changed += sum(self._correct(priority, row, now) for row in rows)
        return changed

    def oldest(self) -> Moment | None:
        """When the event that waits longest happened."""
        heads = [self._head(priority) for priority in Priority]
        heads.append(self._buffer.oldest)
        return min(((head.seq, head.event.at) for head in heads if head is not None), default=(0, None))[1]

    def _head(self, priority: Priority) -> Stored | None:
        after = 0
        while rows := self._tables.rows(priority, after, _CHUNK_ROWS):
            after = rows[-1][0]
            for row in rows:
                stored = readable(priority, row)
                if stored is not None and stored.seq not in self._acknowledged[priority]:
                    return stored
        return None

    @contextmanager
    def _writing(self, now: Moment, *, buffered: bool) -> Iterator[None]:
        """One transaction, in which waits what no longer need wait."""
        with self._tables.transaction():
            for priority, seqs in self._acknowledged.items():
                for seq in seqs:
                    self._tables.remove(priority, seq)
            for row in self._buffer if buffered else ():
                self._tables.write(Priority.TELEMETRY, row)
            yield
            self._evictor.evict(now)
        for seqs in self._acknowledged.values():
            seqs.clear()
        self._acknowledged_since_s = None
        if buffered:
            self._buffer.clear()

    def _lease(self, priority: Priority, limit: int, now: Moment) -> list[Stored]:
        found: list[Stored] = []
        while len(found) < limit:
            rows = self._tables.rows(priority, self._leased[priority], limit - len(found))
            if not rows:
                break
            self._leased[priority] = rows[-1][0]
            rows = [row for row in rows if row[0] not in self._acknowledged[priority]]
            stored = [one for row in rows if (one := readable(priority, row)) is not None]
            if len(stored) < len(rows):
                seqs = {row[0] for row in rows} - {one.seq for one in stored}
                self._drop_unreadable(priority, seqs, now)
            found += stored
        return found

    def _drop_unreadable(self, priority: Priority, seqs: Collection[int], now: Moment) -> None:
        try:
            with self._writing(now, buffered=False):
                self._evictor.drop_unreadable(priority, seqs, now)
        except sqlite3.Error as error:
            if primary_code(error) in DAMAGED:
                raise
            # They stay where they are, and are told once the disk takes it; the others are sent meanwhile.

    def _lease_buffered(self, limit: int) -> list[Stored]:
        found = self._buffer.after(self._leased[Priority.TELEMETRY], limit)
        if found:
            self._leased[Priority.TELEMETRY] = found[-1].seq
        return found

    def _correct(self, priority: Priority, row: Row, now: Moment) -> int:
        stored = readable(priority, row)
        if stored is None:
            return 0
        event = structs.replace(stored.event, at=stored.event.at.corrected(now))
        self._tables.replace(priority, stored.seq, encode(event))
        return 1
