"""Leases: which rows of the outbox the uplink has been given, which are on their way, and which the broker has."""

import sqlite3
from collections.abc import Collection, Iterable

from agent.clock import Moment
from agent.events import Priority
from agent.store import tables
from agent.store.errors import DAMAGED, primary_code
from agent.store.eviction import Evictor
from agent.store.outbox import Outbox
from agent.store.rows import Stored, readable

# With a disk that refuses, acknowledgements are kept in memory; beyond so many sending stops.
_MOST_ACKNOWLEDGED = 20_000
_CHUNK_ROWS = 100


class Leases:
    """Rows are leased once, until they are deleted or all are to be leased again."""

    def __init__(self, outbox: Outbox, evictor: Evictor) -> None:
        self._outbox, self._evictor = outbox, evictor
        # Newest row of each priority that was leased.
        self._leased = dict.fromkeys(Priority, 0)

    def lease(self, limit: int, now: Moment) -> tuple[list[Stored], bool]:
        """Rows that were not leased since `reset_cursor`: highest priority first, oldest first within one.

        And whether rows were dropped because they cannot be read.
        """
        newest = self._outbox.counters.seq
        found: list[Stored] = []
        for priority in reversed(Priority):
            found += self._lease(priority, limit - len(found), now)
        self._evictor.stop_growing(self._outbox, self._leased[Priority.ALARM])
        found += self._lease_buffered(limit - len(found))
        for row in found:
            self._outbox.on_way[row.priority].add(row.seq)
        return found, self._outbox.counters.seq > newest

    def reset_cursor(self) -> None:
        """Whatever was leased and not deleted is to be leased again."""
        self._leased.update(dict.fromkeys(Priority, 0))
        for seqs in self._outbox.on_way.values():
            seqs.clear()

    def release(self, rows: Iterable[Stored]) -> None:
        """Notes that leased rows are not on their way any more: when the store is full they may be dropped like any
        other."""
        for row in rows:
            self._outbox.on_way[row.priority].discard(row.seq)

    def delete(self, rows: Iterable[Stored], now: Moment) -> None:
        """The broker has acknowledged them. Raises when the disk refuses for so long that memory would run out.

        What is gone already may be deleted again, and counts once.
        """
        acknowledged = self._outbox.acknowledged
        for row in rows:
            if not self._outbox.buffered.forget(row.seq) and self._is_in_file(row):
                acknowledged.add(row.priority, row.seq)
            self._outbox.on_way[row.priority].discard(row.seq)
        if len(acknowledged) >= _MOST_ACKNOWLEDGED:
            self._outbox.flush(now)

    def _is_in_file(self, row: Stored) -> bool:
        """Tells whether the row is in the file, without asking the file where it is known: rows that are leased are
        neither deleted nor dropped."""
        if row.seq in self._outbox.on_way[row.priority]:
            return True
        # What is not on its way any more may have been leased of another file, in which the place was another row's.
        return self._outbox.holds_event(row)

    def oldest(self) -> Moment | None:
        """Returns when the event that waits longest happened; None: none waits."""
        heads = [self._head(priority) for priority in Priority]
        heads.append(self._outbox.buffered.oldest)
        return min(((head.seq, head.at) for head in heads if head is not None), default=(0, None))[1]

    def _head(self, priority: Priority) -> Stored | None:
        after = 0
        while rows := tables.rows(self._outbox.database, priority, after, _CHUNK_ROWS):
            after = rows[-1][0]
            for row in rows:
                stored = readable(priority, row)
                if stored is not None and stored.seq not in self._outbox.acknowledged.seqs[priority]:
                    return stored
        return None

    def _lease(self, priority: Priority, limit: int, now: Moment) -> list[Stored]:
        found: list[Stored] = []
        while len(found) < limit:
            rows = tables.rows(self._outbox.database, priority, self._leased[priority], limit - len(found))
            if not rows:
                break
            self._leased[priority] = rows[-1][0]
            rows = [row for row in rows if row[0] not in self._outbox.acknowledged.seqs[priority]]
            stored = [one for row in rows if (one := readable(priority, row)) is not None]
            if len(stored) < len(rows):
                seqs = {row[0] for row in rows} - {one.seq for one in stored}
                self._drop_unreadable(priority, seqs, now)
            found += stored
        return found

    def _drop_unreadable(self, priority: Priority, seqs: Collection[int], now: Moment) -> None:
        try:
            with self._outbox.writing(now, buffered=False):
                self._evictor.drop_unreadable(self._outbox, priority, seqs, now)
        except sqlite3.Error as error:
            if primary_code(error) in DAMAGED:
                raise
            # They stay where they are, and are told once the disk takes it; the others are sent meanwhile.

    def _lease_buffered(self, limit: int) -> list[Stored]:
        found = self._outbox.buffered.after(self._leased[Priority.TELEMETRY], limit)
        if found:
            self._leased[Priority.TELEMETRY] = found[-1].seq
        return found
