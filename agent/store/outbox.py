"""The outbox: what waits to be sent, in the file and in memory, and the transactions that change it with the states.

Everything here runs on the one thread that owns the connection.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from agent.clock import Moment
from agent.events import Priority
from agent.store import tables
from agent.store.acknowledgements import Acknowledgements
from agent.store.counters import Counters
from agent.store.marking import Marking
from agent.store.rows import INSERT, PUT, Row, Stored, seal, seal_state, stored_id
from agent.store.schema import OUTBOXES
from agent.store.write_buffer import WriteBuffer

_INSERT = {priority: INSERT.format(name=name) for priority, name in OUTBOXES.items()}
_DELETE = {priority: f"DELETE FROM {name} WHERE seq = ?" for priority, name in OUTBOXES.items()}


class Outbox:
    """Rows of the outbox and states of rules.

    Telemetry is buffered in memory and written in one transaction (`flush`), or with one that is needed anyway, after
    all telemetry of the file; what the broker acknowledges before that is never written. Acknowledged rows of the file
    are deleted with the next transaction, whatever it is for.

    Args:
        evict: makes room at the end of each transaction; raises OutboxFull.
        before: the outbox of a file that was damaged: what it held in memory goes on.
        marking: what each transaction goes through.
        counters: belong to the last committed transaction, or to the one that is under way.
        page_bytes: of one page of the file.
        on_way: rows of each priority that are on their way to the broker.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        evict: Callable[["Outbox", Moment], None],
        before: "Outbox | None" = None,
        marking: Marking | None = None,
    ) -> None:
        self.database, self._evict, self.page_bytes = database, evict, tables.page_bytes(database)
        self.marking = marking or Marking()
        waiting = {priority: tables.count(database, priority) for priority in Priority}
        self.counters = Counters(max(tables.newest(database), self.marking.newest), waiting)
        self.on_way: dict[Priority, set[int]] = {priority: set() for priority in Priority}
        self.buffered, self.acknowledged = WriteBuffer(), Acknowledgements()
        if before is not None:
            self.buffered, self.acknowledged = before.buffered, before.acknowledged.where(self.holds)
            self.counters.seq = max(self.counters.seq, before.counters.seq)

    def waiting(self) -> dict[Priority, int]:
        """Events that are not acknowledged."""
        written = self.counters.waiting
        counts = {priority: max(0, written[priority] - len(gone)) for priority, gone in self.acknowledged.seqs.items()}
        counts[Priority.TELEMETRY] += len(self.buffered)
        return counts

    def holds(self, priority: Priority, seq: int) -> bool:
        """Whether that row is in the file."""
        return tables.holds(self.database, priority, seq)

    def holds_event(self, row: Stored) -> bool:
        """Whether that event is in the file, and not another one in its place."""
        found = tables.rows(self.database, row.priority, row.seq - 1, 1, "seq = ?", row.seq)
        return bool(found) and stored_id(found[0]) == row.id

    def commit(self, rows: Sequence[tuple[Priority, Row]], states: Mapping[str, bytes | None], now: Moment) -> None:
        """All of it or nothing; what is buffered goes along. A state of None is deleted.

        Raises sqlite3.Error, OutboxFull.
        """
        # Telemetry stands in the file in the order of its seq, and what is buffered is older than this.
        first = any(priority is Priority.TELEMETRY for priority, _ in rows)
        with self.writing(now, buffered=first or not self._buffer_on_way()):
            for priority, row in rows:
                self.insert(priority, row)
            for key, body in states.items():
                if body is None:
                    self.database.execute("DELETE FROM state WHERE key = ?", (key,))
                else:
                    self.database.execute(PUT, seal_state(key, body))

    def _buffer_on_way(self) -> bool:
        """Whether what is buffered is on its way, and so most likely need not be written."""
        return self.buffered.oldest_seq in self.on_way[Priority.TELEMETRY]

    def buffer(self, rows: Iterable[Row], now: Moment) -> None:
        """Telemetry to be written with the next `flush`. Raises, and takes none, when there is no room for it."""
        if self.buffered.full:
            self.flush(now)
        for row in rows:
            self.buffered.add(self.counters.new_seq(), row)

    def flush(self, now: Moment) -> None:
        """Write what is buffered, delete what is acknowledged. Raises sqlite3.Error, OutboxFull; nothing is lost."""
        if self.buffered or self.acknowledged:
            with self.writing(now, buffered=True):
                pass

    @contextmanager
    def writing(self, now: Moment, *, buffered: bool) -> Iterator[None]:
        """One transaction, in which goes what no longer need wait: all of it or nothing, the counters included."""
        before, taken = self.counters, False
        self.counters = before.copy()
        self.marking.begin()
        try:
            self.database.execute("BEGIN IMMEDIATE")
            for priority, seqs in self.acknowledged.seqs.items():
                for seq in seqs:
                    self.remove(priority, seq)
            for sealed in self.buffered if buffered else ():
                self._write(Priority.TELEMETRY, sealed)
            yield
            self._evict(self, now)
            self.marking.commit(self.database, now.unix_s)
            taken = True
        finally:
            if not taken:
                self._roll_back(before)
        self.acknowledged.clear()
        if buffered:
            self.buffered.clear()

    def _roll_back(self, before: Counters) -> None:
        self.counters = before
        self.marking.roll_back()
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")

    def insert(self, priority: Priority, row: Row) -> int:
        """Inserts the newest row of all, in a transaction that is under way, and returns its seq."""
        seq = self.counters.new_seq()
        self._write(priority, seal(priority, seq, row))
        return seq

    def take_over(self, priority: Priority, row: Row, newest: int) -> None:
        """Inserts a sealed row of another store under its own seq where that is beyond `newest`, else as the newest."""
        if row[0] > newest:
            self._write(priority, row)
            self.counters.seq = max(self.counters.seq, row[0])
        else:
            self.insert(priority, row[1:-1])

    def replace(self, priority: Priority, seq: int, row: Row) -> None:
        self.remove(priority, seq)
        self._write(priority, seal(priority, seq, row))

    def remove(self, priority: Priority, seq: int) -> None:
        gone = self.database.execute(_DELETE[priority], (seq,))
        self.counters.waiting[priority] -= gone.rowcount

    def _write(self, priority: Priority, sealed: Row) -> None:
        self.database.execute(_INSERT[priority], sealed)
        self.counters.waiting[priority] += 1
