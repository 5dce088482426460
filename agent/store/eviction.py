"""Eviction: which rows the store drops when it holds too much or for too long, and what the city is told of it."""

import math
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct, json

from agent.clock import Moment
from agent.events import Priority
from agent.events.gaps import GapFull, GapUnreadable
from agent.events.registry import EVENT_TYPES, event
from agent.store import tables
from agent.store.counters import Growing
from agent.store.loss_report import Dropped, LossReport, Reason
from agent.store.outbox import Outbox
from agent.store.rows import Row, encode, readable
from drivers.translation import _

# Room is made in steps, so that a full store does not write its gap event anew at each commit.
_STEP_ROWS = 64
# What one commit gives up of what is too old at most: a pole that wakes after months works on meanwhile.
_MOST_OLD_ROWS = 1024
_LOOK_S = 60.0


class OutboxFull(Exception):
    """The file would be larger than allowed, and nothing more may be dropped."""


class Bounds(Struct, frozen=True):
    """How much the store holds, and for how long.

    Args:
        bytes: of the database file; the write-ahead log comes on top, and is itself bounded.
        age_s: events that happened longer ago are dropped.
    """

    bytes: int
    age_s: float = float("inf")


class Evictor:
    """Evicts the oldest rows of the lowest priority, within the transaction of the caller, and counts them.

    What is on its way to the broker is not dropped.

    Args:
        subject: of the `store.gap` events.
    """

    def __init__(self, bounds: Bounds, subject: str) -> None:
        self._bounds, self._subject = bounds, subject
        self._looked: Moment | None = None

    def evict(self, outbox: Outbox, now: Moment) -> None:
        """Raises OutboxFull."""
        self._drop_old(outbox, now)
        while self._is_full(outbox):
            self._drop(outbox, "full", *self._oldest_of_lowest(outbox), now)

    def drop_unreadable(self, outbox: Outbox, priority: Priority, seqs: Collection[int], now: Moment) -> None:
        for seq in seqs:
            outbox.remove(priority, seq)
        outbox.counters.dropped += len(seqs)
        told = event(GapUnreadable(dropped=len(seqs)), self._subject, now)
        outbox.insert(Priority.ALARM, encode(told))

    def stop_growing(self, outbox: Outbox, leased: int) -> None:
        """A gap event that was leased may already be with the consumer, so later losses need a new one."""
        growing = outbox.counters.growing
        outbox.counters.growing = {reason: one for reason, one in growing.items() if one.seq > leased}

    def _is_full(self, outbox: Outbox) -> bool:
        """Whether too much is in use; never where the whole file is small enough, as it is with nearly every commit."""
        file_bytes = tables.pages(outbox.database) * outbox.page_bytes
        return file_bytes > self._bounds.bytes and tables.used_bytes(outbox.database) > self._bounds.bytes

    def _oldest_of_lowest(self, outbox: Outbox) -> tuple[Priority, list[Row]]:
        growing = [one.seq for one in outbox.counters.growing.values()]
        for priority in Priority:
            kept = [*growing, *outbox.on_way[priority]]
            if rows := tables.rows(outbox.database, priority, 0, _STEP_ROWS, _none_of(kept), *kept):
                return priority, rows
        raise OutboxFull(_("{count} bytes do not even hold the states of the rules").format(count=self._bounds.bytes))

    def _drop_old(self, outbox: Outbox, now: Moment) -> None:
        """Drops what is too old. It looks at most once a minute while nothing is too old. Counts of gaps do not age."""
        if self._bounds.age_s == math.inf:
            return
        looked_s = now.elapsed_since(self._looked) if self._looked else None
        if looked_s is not None and 0 <= looked_s < _LOOK_S:
            return
        left = _MOST_OLD_ROWS
        for priority in Priority:
            while left > 0 and (rows := self._too_old(outbox, priority, now)):
                self._drop(outbox, "old", priority, rows, now)
                left -= len(rows)
        if left > 0:
            self._looked = now

    def _too_old(self, outbox: Outbox, priority: Priority, now: Moment) -> list[Row]:
        kept, lasting = outbox.on_way[priority], [kind.name for kind in EVENT_TYPES.values() if not kind.ages]
        aging = f"{_none_of(lasting, 'type')} AND {_none_of(kept)}"
        rows = tables.rows(outbox.database, priority, 0, _STEP_ROWS, aging, *lasting, *kept)
        return [row for row in rows if (_age_s(priority, row, now) or 0.0) > self._bounds.age_s]

    def _drop(self, outbox: Outbox, reason: Reason, priority: Priority, rows: Sequence[Row], now: Moment) -> None:
        for row in rows:
            outbox.remove(priority, row[0])
        dropped, gaps = _sort_out_gaps(priority, rows, now)
        counters = outbox.counters
        counters.dropped += len(dropped)
        growing = counters.growing.get(reason)
        gap = (growing.gap if growing else LossReport()).grown_by(dropped)
        for older in gaps:
            gap = gap.with_dropped_report(older)
        counters.growing[reason] = Growing(self._write(outbox, gap.as_data(reason), growing, now), gap)

    def _write(self, outbox: Outbox, data: GapFull, growing: Growing | None, now: Moment) -> int:
        """Writes the event of a gap and returns its seq; a gap that grows keeps its id."""
        if growing is None:
            return outbox.insert(Priority.ALARM, encode(event(data, self._subject, now)))
        (row,) = tables.rows(outbox.database, Priority.ALARM, growing.seq - 1, 1)
        outbox.replace(Priority.ALARM, growing.seq, (*row[1:-2], json.encode(data)))
        return growing.seq


def _none_of(values: Collection[object], column: str = "seq") -> str:
    return f"{column} NOT IN ({', '.join('?' * len(values))})"


def _ages(type: str) -> bool:
    kind = EVENT_TYPES.get(type)
    return kind is None or kind.ages


def _age_s(priority: Priority, row: Row, now: Moment) -> float | None:
    """Returns the age of a row; None where no clock can tell."""
    stored = readable(priority, row)
    return None if stored is None else now.elapsed_since(stored.at)


def _sort_out_gaps(priority: Priority, rows: Iterable[Row], now: Moment) -> tuple[list[Dropped], list[LossReport]]:
    """Events proper, and the older `store.gap` events among the rows, whose counts must not be lost with them."""
    dropped, gaps = [], []
    for row in rows:
        stored = readable(priority, row)
        if stored is None:
            dropped.append(Dropped("unreadable", now.unix_s, False))
            continue
        gap = None if _ages(stored.type) else LossReport.of_data(stored.data)
        if gap is None:
            dropped.append(Dropped(stored.type, stored.at.unix_s, stored.at.trusted))
        else:
            gaps.append(gap)
    return dropped, gaps
