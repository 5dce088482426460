"""The outbox: events that go into the log at once or by way of memory, and states with them.

Everything here runs on the one thread that owns the connection.
"""

from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec import Struct

from agent.clock import Moment
from agent.events import Priority
from agent.store.log.log import Log
from agent.store.rows import tables
from agent.store.rows.numbers import slots_of
from agent.store.rows.positions import Positions, Wants, only
from agent.store.rows.progress import Progress
from agent.store.rows.rows import PUT, TAKERS, Row, Stored, seal_state, stored_id


class Whom(Struct, frozen=True):
    """The uplinks that get an event.

    Args:
        only: the name of the only one; None: all that get events of its type.
        without: names of those that do not get it all the same.
    """

    only: str | None = None
    without: frozenset[str] = frozenset()

    def among(self, positions: Positions, type: str) -> int:
        """Returns their bits."""
        return only(positions, self.only) if self.only is not None else positions.without(type, self.without)


ALL = Whom()
Addressed = tuple[Priority, Row, Whom]
"""A row with its priority, and who gets it."""


class Outbox(Log):
    """Events of the log and states of rules.

    Telemetry is buffered in memory and written in one transaction (`flush`), or with one that is needed anyway, after
    all telemetry of the file; what has arrived everywhere before that is never written.

    Attributes:
        first_seq: where it began, of one that stands in the place of another.
        first_number: what its uplinks were given by that is not known, and is not more than this; 0: it is known.
    """

    first_seq = first_number = 0

    def configure(self, wants: Mapping[str, Wants], now: Moment) -> None:
        """These are the uplinks, and what each gets from now on. Raises TooManyUplinks."""
        self.positions.configure(wants, self.counters.seq, now)
        for each in self.positions:
            if each.slot not in self.counters.numbers:
                number = max(each.reserved, self.first_number)
                self.counters.add_uplink(each.slot, number, dict.fromkeys(Priority, 0))

    def take_over(self, priority: Priority, sealed: Row) -> None:
        """Inserts a row that another log has sealed for uplinks of this one, which wait for it."""
        for slot in slots_of(sealed[TAKERS]):
            self.counters.waiting[slot][priority] += 1
            self.positions.by_slot[slot].lanes[priority].leave(sealed[0])
            self.positions.by_slot[slot].unwritten = True
        self._write(priority, sealed)

    def raise_numbers(self, progress: Progress, upto: int, given: int = 0) -> None:
        """Goes on with higher numbers at one uplink.

        Args:
            upto: of those up to here that this file has not given, no event comes: the uplink is told.
            given: so many were given elsewhere, and come.
        """
        newest = self.counters.numbers[progress.slot]
        if upto > newest:
            progress.skip(newest + 1, upto)
        self.counters.numbers[progress.slot] = max(newest, upto, given)
        progress.unwritten = True

    def holds_event(self, row: Stored) -> bool:
        """Whether that event is in memory or in the file, and not another one in its place."""
        buffered = self.buffered.row(row.seq)
        found = [buffered] if buffered is not None else tables.chosen(self.database, row.priority, (row.seq,))
        return bool(found) and stored_id(found[0]) == row.id

    def rows(self, priority: Priority, after: int, limit: int) -> list[Row]:
        """Returns at most `limit` rows after `after`, in the file and in memory, in order of commit."""
        rows = tables.rows(self.database, priority, after, limit)
        if priority is Priority.TELEMETRY and len(rows) < limit:
            # Whatever is in memory is newer than what is in the file.
            rows += islice(self.buffered.after(after), limit - len(rows))
        return rows

    def commit(self, rows: Sequence[Addressed], states: Mapping[str, bytes | None], now: Moment) -> None:
        """All of it or nothing; what is buffered goes along. A state of None is deleted.

        Raises sqlite3.Error, OutboxFull.
        """
        # Telemetry stands in the file in the order of its seq, and what is buffered is older than this.
        first = any(priority is Priority.TELEMETRY for priority, *_ in rows)
        with self.writing(now, buffered=first or not self._buffer_on_way()):
            for priority, row, whom in rows:
                self.insert(priority, row, whom.among(self.positions, row[1]))
            self.put(states)

    def tell(self, priority: Priority, row: Row, now: Moment) -> None:
        """An event of the store itself, for every uplink. Raises sqlite3.Error, OutboxFull."""
        with self.writing(now, buffered=False):
            self.insert(priority, row, self.positions.everyone)

    def close(self, states: Mapping[str, bytes | None], now: Moment) -> None:
        """The last transaction: no number stays reserved."""
        with self.writing(now, buffered=True, to_come=None):
            self.put(states)

    def put(self, states: Mapping[str, bytes | None]) -> None:
        """Writes states in the transaction that is under way; None: it is deleted."""
        for key, body in states.items():
            if body is None:
                self.database.execute("DELETE FROM state WHERE key = ?", (key,))
            else:
                self.database.execute(PUT, seal_state(key, body))

    def _buffer_on_way(self) -> bool:
        """Whether what is buffered is on its way to all who wait for it, and so most likely need not be written."""
        oldest = self.buffered.oldest_row
        if oldest is None:
            return False
        waiters = self.positions.waiters(Priority.TELEMETRY, oldest[0], oldest[TAKERS])
        lanes = (self.positions.by_slot[slot].lanes[Priority.TELEMETRY] for slot in slots_of(waiters))
        return all(oldest[0] in lane.on_way for lane in lanes)

    def buffer(self, rows: Sequence[tuple[Row, Whom]], now: Moment) -> None:
        """Telemetry to be written with the next `flush`. Raises, and takes none, when there is no room for it."""
        if self.buffered.full:
            self.flush(now)
        if self.positions.is_short_of_numbers(self.counters.numbers, len(rows)):
            with self.writing(now, buffered=False, to_come=len(rows)):
                pass
        for row, whom in rows:
            if takers := whom.among(self.positions, row[1]):
                self.buffered.add(self.sealed(Priority.TELEMETRY, row, takers))

    def forget_buffered(self, seq: int, progress: Progress) -> bool:
        """Whether the row was in memory, which forgets it once nobody waits for it."""
        sealed = self.buffered.row(seq)
        if sealed is None:
            return False
        self.buffered.waiting[progress.slot] -= 1
        if self.positions.waiters(Priority.TELEMETRY, seq, sealed[TAKERS]):
            progress.stale = True
        else:
            self.buffered.forget(seq)
        return True

    def flush(self, now: Moment) -> None:
        """Write what is buffered and what has arrived. Raises sqlite3.Error, OutboxFull; nothing is lost."""
        if self.buffered or self.positions.arrived_since_s is not None:
            with self.writing(now, buffered=True):
                pass

    def begin(self, now: Moment) -> None:
        """Reserves numbers, and tells which are skipped. Raises sqlite3.Error, OutboxFull: it is done later."""
        if any(each.unwritten for each in self.positions) or self.positions.is_short_of_numbers(
            self.counters.numbers, 1
        ):
            with self.writing(now, buffered=False):
                pass
