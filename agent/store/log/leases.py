"""Leases: which rows of the log one uplink has been given, and which have arrived at it."""

import sqlite3
from collections.abc import Collection, Iterable

from msgspec import structs

from agent.clock import Moment
from agent.events import Priority
from agent.store.errors import is_damage
from agent.store.log.eviction import Evictor
from agent.store.log.log import chosen
from agent.store.log.outbox import Outbox
from agent.store.rows.lane import Lane
from agent.store.rows.progress import Progress
from agent.store.rows.rows import Row, Stored, decode, readable
from agent.store.status import PositionStatus

_CHUNK_ROWS = 100
_MOST_UNCONFIRMED = 20_000
"""The events that may be with the broker and unconfirmed; beyond that sending stops."""


class Leases:
    """Rows are leased once, until all that have not arrived are to be leased again."""

    def __init__(self, outbox: Outbox, evictor: Evictor, progress: Progress) -> None:
        self._outbox, self._evictor, self.progress = outbox, evictor, progress

    def lease(self, limit: int, now: Moment) -> tuple[list[Stored], bool]:
        """Rows that were not leased since `reset_cursor`: highest priority first, oldest first within one.

        And whether rows were dropped because they cannot be read.
        """
        newest, progress = self._outbox.counters.seq, self.progress
        found: list[Stored] = []
        for priority in reversed(Priority):
            if len(progress.unconfirmed) < _MOST_UNCONFIRMED:
                found += self._lease(priority, limit - len(found), now)
        self._evictor.stop_growing(self._outbox, progress.slot, progress.lanes[Priority.ALARM].leased)
        for row in found:
            progress.lanes[row.priority].on_way.add(row.seq)
        found = [structs.replace(row, resent=True) if row.seq in progress.resent else row for row in found]
        return found, self._outbox.counters.seq > newest

    def reset_cursor(self, *, unconfirmed: bool = True) -> int:
        """Whatever was leased and has not arrived is to be leased again; the row that was committed last.

        Args:
            unconfirmed: what was sent and is not confirmed as well.
        """
        self.progress.reset(unconfirmed=unconfirmed)
        for priority in Priority:
            self._outbox.positions.touch(priority, 0)
        return self._outbox.counters.seq

    def release(self, rows: Iterable[Stored]) -> None:
        """Notes that leased rows are not on their way any more: when the store is full they may be dropped like any
        other."""
        for row in rows:
            self.progress.lanes[row.priority].on_way.discard(row.seq)
            self._outbox.positions.touch(row.priority, row.seq)

    def sent(self, rows: Collection[Stored]) -> list[Stored]:
        """The broker has them; they are not on their way any more. Returns those that wait to be confirmed."""
        self.release(rows)
        waiting = [row for row in rows if self.progress.waits(row.priority, row.seq)]
        self.progress.unconfirmed.update((row.seq, row.priority) for row in waiting)
        return waiting

    def arrived(self, rows: Iterable[Stored]) -> None:
        """They have arrived. What has arrived already may do so again, and counts once."""
        for row in rows:
            lane = self.progress.lanes[row.priority]
            # Rows on their way are neither dropped nor settled: the file need not be asked. Others may have been leased
            # of another file, in which the place was another row's.
            if row.seq in lane.on_way or (lane.waits(row.seq) and self._outbox.holds_event(row)):
                self.settle(row.priority, row.seq)

    def settle(self, priority: Priority, seq: int) -> None:
        """A row for which this uplink waits has arrived."""
        outbox, lane = self._outbox, self.progress.lanes[priority]
        if not lane.waits(seq):
            lane.on_way.discard(seq)
            return
        self.progress.settle(priority, seq)
        outbox.counters.waiting[self.progress.slot][priority] -= 1
        if not outbox.forget_buffered(seq, self.progress):
            self.progress.must_be_written()
            outbox.positions.touch(priority, seq)

    def status(self, resending: int) -> PositionStatus:
        """Returns how far the uplink is.

        Args:
            resending: events that are still to be sent again.
        """
        counters, slot = self._outbox.counters, self.progress.slot
        waiting = {priority.name.lower(): count for priority, count in counters.waiting[slot].items()}
        given, unconfirmed = counters.numbers[slot], len(self.progress.unconfirmed)
        return PositionStatus(waiting, self.oldest(), counters.dropped[slot], given, unconfirmed, resending)

    def oldest(self) -> Moment | None:
        """Returns when the event that waits longest happened; None: none waits."""
        heads = [head for priority in Priority if (head := self._head(priority)) is not None]
        return min(((head.seq, head.at) for head in heads), default=(0, None))[1]

    def _head(self, priority: Priority) -> Stored | None:
        lane = self.progress.lanes[priority]
        if not self._outbox.counters.waiting[self.progress.slot][priority]:
            return None
        after = lane.oldest_waiting() - 1
        while rows := self._outbox.rows(priority, after, _CHUNK_ROWS):
            after = rows[-1][0]
            for row in rows:
                stored = readable(priority, row, self.progress.slot)
                if stored is not None and stored.sequence and lane.waits(stored.seq):
                    return stored
        return None

    def _lease(self, priority: Priority, limit: int, now: Moment) -> list[Stored]:
        lane = self.progress.lanes[priority]
        found = self._left_behind(lane, priority, limit, now)
        chunk = limit
        while len(found) < limit:
            rows = self._outbox.rows(priority, lane.leased, max(chunk, limit - len(found)))
            taken = self._take(lane, priority, rows, limit - len(found), now)
            found += taken
            if not rows:
                lane.lease((), max(lane.leased, self._outbox.counters.seq))
                break
            # Others get what this uplink does not: more is looked through at once.
            chunk = _CHUNK_ROWS
        return found

    def _left_behind(self, lane: Lane, priority: Priority, limit: int, now: Moment) -> list[Stored]:
        found: list[Stored] = []
        while limit > len(found) and (seqs := lane.again(limit - len(found))):
            rows = chosen(self._outbox, priority, [seq for seq in seqs if seq not in self.progress.unconfirmed])
            decoded = self._decoded(priority, rows, now)
            lane.on_way.update(row.seq for row in decoded)
            found += decoded
        return found

    def _take(self, lane: Lane, priority: Priority, rows: list[Row], limit: int, now: Moment) -> list[Stored]:
        """The first of these rows that are for this uplink and wait, at most so many; the position goes beyond them."""
        sent = {row[0] for row in rows if row[0] in self.progress.unconfirmed}
        stored = self._decoded(priority, [row for row in rows if row[0] not in sent], now)
        ours = [one for one in stored if one.sequence]
        waiting = [one for one in ours if lane.waits(one.seq)][:limit]
        if not rows:
            return []
        upto = waiting[-1].seq if len(waiting) == limit else rows[-1][0]
        lane.lease(sorted(seq for seq in (*sent, *(one.seq for one in ours)) if seq <= upto), upto)
        return waiting

    def _decoded(self, priority: Priority, rows: list[Row], now: Moment) -> list[Stored]:
        """What can be read of them; the others are dropped."""
        slot = self.progress.slot
        try:
            return [decode(priority, row, slot) for row in rows]
        except (TypeError, ValueError):
            stored = {row[0]: readable(priority, row, slot) for row in rows}
        self._drop_unreadable(priority, [row for row in rows if stored[row[0]] is None], now)
        return [one for one in stored.values() if one is not None]

    def _drop_unreadable(self, priority: Priority, rows: Collection[Row], now: Moment) -> None:
        try:
            with self._outbox.writing(now, buffered=False):
                self._evictor.drop_unreadable(self._outbox, priority, rows, now)
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            # They stay where they are, and are told once the disk takes it; the others are sent meanwhile.
