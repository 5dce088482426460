"""The log: events in the file and in memory, their numbers and positions, and the transactions that change all that.

Everything here runs on the one thread that owns the connection.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from agent.clock import Moment
from agent.events import Priority
from agent.store.file.marking import Marking
from agent.store.log.counters import Counters
from agent.store.rows import position_table, tables
from agent.store.rows.content import MOST_REACHED, Reached
from agent.store.rows.numbers import number_of, pack, slots_of
from agent.store.rows.positions import Positions, reserve
from agent.store.rows.progress import Progress, Record, drop
from agent.store.rows.rows import INSERT, TAKERS, Row, resealed, seal
from agent.store.rows.schema import OUTBOXES
from agent.store.rows.scope import name_sum
from agent.store.rows.write_buffer import WriteBuffer

_INSERT = {priority: INSERT.format(name=name) for priority, name in OUTBOXES.items()}
_DELETE = {priority: f"DELETE FROM {name} WHERE seq = ?" for priority, name in OUTBOXES.items()}


class Log:
    """Rows, which stay when they have arrived: that is written as a position, with the next transaction.

    Args:
        upkeep: what the store does by itself at the end of each transaction; raises OutboxFull.
        before: the log of a file that was damaged: what it held in memory goes on.
        marking: what each transaction goes through; None: no mark is written.

    Attributes:
        counters: belong to the last committed transaction, or to the one that is under way.
        page_bytes: of one page of the file.
        gone: rows that are dropped in the transaction that is under way.
        doubtful: counters of the last transaction, where the disk refused the commit itself: it may have it all the
            same; None: it took it, or was not asked.
    """

    def __init__(
        self,
        database: sqlite3.Connection,
        upkeep: Callable[["Log", Moment], None],
        before: "Log | None" = None,
        marking: Marking | None = None,
    ) -> None:
        self.marking = marking or Marking()
        self.database, self._upkeep, self.page_bytes = database, upkeep, tables.page_bytes(database)
        self.buffered: WriteBuffer = WriteBuffer() if before is None else before.buffered
        self._anew = before is not None
        self.positions: Positions = Positions(position_table.read(database)) if before is None else before.positions
        self.counters = self._counted(before)
        self.gone: dict[Priority, set[int]] = {priority: set() for priority in Priority}
        self._reached: dict[int, Reached] = {}
        self.doubtful: Counters | None = None

    def _counted(self, before: "Log | None") -> Counters:
        """The counters of a file that was opened now."""
        newest = max((lane.upto for each in self.positions for lane in each.lanes.values()), default=0)
        rows = sum(tables.count(self.database, priority) for priority in Priority)
        counters = Counters(max(newest, tables.newest(self.database), self.marking.newest), rows)
        for each in self.positions if before is None else ():
            counters.add_uplink(each.slot, each.reserved, _waiting(self, each))
        return counters if before is None else self._counted_on(counters, before.counters)

    def _counted_on(self, counters: Counters, before: Counters) -> Counters:
        """The counters go on in a file that stands in the place of a damaged one."""
        counters.seq = max(counters.seq, before.seq)

        def holds(priority: Priority, seq: int) -> bool:
            return self.buffered.holds(seq) or tables.holds(self.database, priority, seq)

        for each in self.positions:
            each.begin_anew(holds)
            counters.add_uplink(each.slot, before.numbers[each.slot], _waiting(self, each))
            counters.dropped[each.slot] = before.dropped[each.slot]
        return counters

    @contextmanager
    def writing(self, now: Moment, *, buffered: bool, to_come: int | None = 0) -> Iterator[None]:
        """One transaction, in which goes what no longer need wait: all of it or nothing, the counters included.

        Args:
            to_come: events for which numbers are reserved beside the usual; None: it is the last transaction, and no
                number stays reserved.
        """
        with self._all_or_nothing(now):
            for sealed in self.buffered if buffered else ():
                self._write(Priority.TELEMETRY, sealed)
            yield
            self._upkeep(self, now)
            records = self._write_positions(buffered, to_come)
            self._reached = self.reached(records, buffered=buffered)
        self._committed(records)
        if buffered:
            self.buffered.clear()

    @contextmanager
    def _all_or_nothing(self, now: Moment) -> Iterator[None]:
        before, taken = self.counters, False
        self.counters = before.copy()
        self.marking.begin()
        try:
            self.database.execute("BEGIN IMMEDIATE")
            yield
            self.doubtful = self.counters
            self.marking.commit(self.database, now.unix_s, self._reached)
            taken, self.doubtful = True, None
        finally:
            if not taken:
                self._roll_back(before)

    def _roll_back(self, before: Counters) -> None:
        self.counters = before
        self.marking.roll_back()
        for seqs in self.gone.values():
            seqs.clear()
        for each in self.positions:
            each.giving_up = None
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")

    def _committed(self, records: Mapping[int, Record]) -> None:
        for slot, record in records.items():
            self.positions.by_slot[slot].written(record)
        for priority, seqs in self.gone.items():
            for each in self.positions if seqs else ():
                for seq in seqs:
                    drop(each, priority, seq)
            seqs.clear()
        self._anew = False

    def _write_positions(self, buffered: bool, to_come: int | None) -> dict[int, Record]:
        """Writes those that have to be, in the transaction that is under way."""
        records = {}
        for each in self.positions:
            given = self.counters.numbers[each.slot]
            reserved = given if to_come is None else reserve(each, given + to_come)
            left = any(not each.lanes[priority].left.isdisjoint(seqs) for priority, seqs in self.gone.items())
            if each.unwritten or left or reserved != each.reserved or (buffered and each.stale) or self._anew:
                record = each.record(reserved, self._settled(each, buffered), self.gone)
                position_table.write(self.database, each, record, self.gone, anew=self._anew)
                records[each.slot] = record
        return records

    def reached(self, records: Mapping[int, Record], *, buffered: bool) -> dict[int, Reached]:
        """How far each uplink is in the file, by `name_sum` of its name.

        Args:
            records: that are written in the transaction that is under way, by slot.
            buffered: whether what is in memory is written too.
        """
        found = {}
        for each in islice(self.positions, MOST_REACHED):
            record, memory = records.get(each.slot), 0 if buffered else self.buffered.waiting[each.slot]
            upto, left = (record.upto, record.left) if record is not None else each.figures(self.gone)
            waiting = sum(self.counters.waiting[each.slot].values()) - memory
            found[name_sum(each.name)] = Reached(upto, left, max(0, waiting))
        return found

    def _settled(self, progress: Progress, buffered: bool) -> int:
        """The number up to which nothing is in memory alone."""
        memory = () if buffered else self.buffered
        in_memory = (number_of(row[TAKERS], row[TAKERS + 1], progress.slot) for row in memory)
        first = next((number for number in in_memory if number), None)
        return self.counters.numbers[progress.slot] if first is None else first - 1

    def insert(self, priority: Priority, row: Row, takers: int | None = None) -> int:
        """Inserts the newest row of all, in a transaction that is under way, and returns its seq; 0: nobody gets it.

        Args:
            takers: whom it is for; None: all who get events of its type.
        """
        takers = self.positions.takers(row[1]) if takers is None else takers
        if not takers:
            return 0
        sealed = self.sealed(priority, row, takers)
        self._write(priority, sealed)
        return int(sealed[0])

    def sealed(self, priority: Priority, row: Row, takers: int) -> Row:
        """The row with the next seq and the next numbers; those who get it wait for it."""
        counters, numbers = self.counters, []
        for slot in slots_of(takers):
            numbers.append(counters.number(slot))
            counters.waiting[slot][priority] += 1
        return seal(priority, counters.new_seq(), row, takers, pack(numbers))

    def replace_data(self, priority: Priority, seq: int, data: bytes) -> None:
        """Gives a row that nobody was sent yet other data."""
        for row in tables.chosen(self.database, priority, (seq,)):
            self.database.execute(_DELETE[priority], (seq,))
            self.database.execute(_INSERT[priority], resealed(priority, row, data))

    def remove(self, priority: Priority, seq: int, takers: int) -> int:
        """Removes a row from the file, in a transaction that is under way; those who waited for it."""
        removed = self.database.execute(_DELETE[priority], (seq,)).rowcount
        waiters = self.positions.waiters(priority, seq, takers) if removed else 0
        for slot in slots_of(waiters):
            self.counters.waiting[slot][priority] -= 1
        if waiters:
            self.gone[priority].add(seq)
        self.counters.rows -= removed
        return waiters

    def _write(self, priority: Priority, sealed: Row) -> None:
        self.database.execute(_INSERT[priority], sealed)
        self.counters.rows += 1


def _waiting(log: Log, progress: Progress) -> dict[Priority, int]:
    """How many rows of each priority wait for that uplink."""
    waiting = position_table.waiting(log.database, progress)
    waiting[Priority.TELEMETRY] += sum(
        bool(row[TAKERS] & progress.bit) and progress.waits(Priority.TELEMETRY, row[0]) for row in log.buffered
    )
    return waiting


def chosen(log: Log, priority: Priority, seqs: Collection[int]) -> list[Row]:
    """Returns those of the rows that there are, in memory and in the file."""
    buffered = [row for seq in seqs if (row := log.buffered.row(seq)) is not None]
    written = [seq for seq in seqs if not log.buffered.holds(seq)]
    return [*buffered, *(tables.chosen(log.database, priority, written) if written else ())]


def arrived_upto(log: Log) -> int:
    """The row up to which nobody waits for any."""
    waiting = log.counters.waiting
    oldest = [each.oldest_waiting(waiting[each.slot]) for each in log.positions if each.slot in waiting]
    return min((seq - 1 for seq in oldest if seq is not None), default=log.counters.seq)


def rows_of(log: Log, bit: int, after: int, limit: int) -> list[tuple[int, Priority, int]]:
    """seq, priority and number of at most `limit` rows of one uplink, in the file and in memory, in order of commit."""
    slot = bit.bit_length() - 1
    found = tables.numbered(log.database, bit, after, limit)
    buffered = (row for row in log.buffered if row[0] > after and row[TAKERS] & bit)
    found += [(row[0], Priority.TELEMETRY, row[TAKERS], row[TAKERS + 1]) for row in buffered]
    return [
        (seq, priority, number_of(takers, numbers, slot)) for seq, priority, takers, numbers in sorted(found)[:limit]
    ]
