"""Eviction: which rows the store drops when it holds too much or for too long, and what the city is told of it."""

import math
import time
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct, json

from agent.clock import Moment
from agent.events import Priority
from agent.events.gaps import GapFull, GapUnreadable
from agent.events.registry import EVENT_TYPES, event
from agent.store.log.candidates import Candidates
from agent.store.log.counters import Growing
from agent.store.log.log import Log
from agent.store.log.loss_report import Dropped, LossReport, Reason
from agent.store.rows import tables
from agent.store.rows.numbers import slots_of
from agent.store.rows.rows import TAKERS, Row, Stored, encode, readable
from drivers.translation import _

# Room is made in steps, so that a full store does not write its gap event anew at each commit.
_STEP_ROWS = 64
# What one commit gives up of what is too old at most: a pole that wakes after months works on meanwhile.
_MOST_OLD_ROWS = 1024
_LOOK_S = 60.0
DEAD_S = 600.0
"""An uplink at which nothing has arrived for so long holds up no other: what waits for it alone goes first."""


class OutboxFull(Exception):
    """The file would be larger than allowed, and nothing more may be dropped."""


class Bounds(Struct, frozen=True):
    """How much the store holds, and for how long.

    Args:
        bytes: of the database file; the write-ahead log comes on top, and is itself bounded.
        age_s: events that happened longer ago are dropped.
        keep_s: what every uplink has goes when it has been there so long.
    """

    bytes: int
    age_s: float = float("inf")
    keep_s: float = float("inf")


class Evictor:
    """Evicts rows within the transaction of the caller, and counts for each uplink what it never got.

    First goes what nobody waits for, then what waits for dead uplinks alone, then anything; of these the lowest
    priority first, and the oldest of it. What is on its way to a broker is not dropped.

    Args:
        subject: of the `store.gap` events.
    """

    def __init__(self, bounds: Bounds, subject: str) -> None:
        self._bounds, self._subject = bounds, subject
        self._looked: Moment | None = None
        self._candidates = Candidates(_STEP_ROWS)

    def evict(self, log: Log, now: Moment) -> None:
        """Raises OutboxFull."""
        self._drop_old(log, now)
        while self._is_full(log):
            self.drop(log, "full", *self._first_to_go(log), now)

    def drop_unreadable(self, log: Log, priority: Priority, rows: Collection[Row], now: Moment) -> None:
        """Drops rows that the disk has changed; whom they were for is told, and everyone where that is not known."""
        of_whom: dict[int, int] = {}
        for row in rows:
            takers = row[TAKERS] if isinstance(row[TAKERS], int) else 0
            log.remove(priority, row[0], takers)
            known = [slot for slot in slots_of(takers & log.positions.everyone)]
            for slot in known or slots_of(log.positions.everyone):
                of_whom[slot] = of_whom.get(slot, 0) + 1
        for slot, dropped in of_whom.items():
            log.counters.dropped[slot] += dropped
            told = event(GapUnreadable(dropped=dropped), self._subject, now)
            log.insert(Priority.ALARM, encode(told), 1 << slot)

    def stop_growing(self, log: Log, slot: int, leased: int) -> None:
        """A gap event that was leased may already be with the consumer, so later losses need a new one."""
        growing = log.counters.growing
        if growing:
            log.counters.growing = {of: one for of, one in growing.items() if of[0] != slot or one.seq > leased}

    def _is_full(self, log: Log) -> bool:
        """Whether too much is in use; never where the whole file is small enough, as it is with nearly every commit."""
        file_bytes = tables.pages(log.database) * log.page_bytes
        return file_bytes > self._bounds.bytes and tables.used_bytes(log.database) > self._bounds.bytes

    def _first_to_go(self, log: Log) -> tuple[Priority, list[Row]]:
        growing = {one.seq for one in log.counters.growing.values()}
        for spare in (0, _dead(log), -1):
            for priority in Priority:
                if rows := self._candidates.find(log, priority, spare, growing):
                    return priority, rows
        raise OutboxFull(_("{count} bytes do not even hold the states of the rules").format(count=self._bounds.bytes))

    def _drop_old(self, log: Log, now: Moment) -> None:
        """Drops what is too old. It looks at most once a minute while nothing is too old. Counts of gaps do not age."""
        if self._bounds.age_s == math.inf:
            return
        looked_s = now.elapsed_since(self._looked) if self._looked else None
        if looked_s is not None and 0 <= looked_s < _LOOK_S:
            return
        left = _MOST_OLD_ROWS
        for priority in Priority:
            while left > 0 and (rows := self._too_old(log, priority, now)):
                self.drop(log, "old", priority, rows, now)
                left -= len(rows)
        if left > 0:
            self._looked = now

    def _too_old(self, log: Log, priority: Priority, now: Moment) -> list[Row]:
        """Returns those of the oldest that may go."""
        lasting = {kind.name for kind in EVENT_TYPES.values() if not kind.ages}
        rows = self._candidates.oldest(log, priority, lasting)
        return [row for row in rows if (_age_s(priority, row, now) or 0.0) > self._bounds.age_s]

    def drop(self, log: Log, reason: Reason, priority: Priority, rows: Sequence[Row], now: Moment) -> None:
        """Drops rows, and tells each uplink of those for which it waited."""
        lost: dict[int, list[Row]] = {}
        for row in rows:
            for slot in slots_of(log.remove(priority, row[0], row[TAKERS])):
                lost.setdefault(slot, []).append(row)
        for slot, of_one in lost.items():
            self._tell(log, reason, slot, _sort_out_gaps(priority, of_one, slot, now), now)

    def _tell(self, log: Log, reason: Reason, slot: int, lost: "_Lost", now: Moment) -> None:
        dropped, gaps = lost
        counters = log.counters
        counters.dropped[slot] += len(dropped)
        growing = counters.growing.get((slot, reason))
        gap = (growing.gap if growing else LossReport()).grown_by(dropped)
        for older in gaps:
            gap = gap.with_dropped_report(older)
        seq = self._write(log, gap.as_data(reason), growing, slot, now)
        counters.growing[slot, reason] = Growing(seq, gap)

    def _write(self, log: Log, data: GapFull, growing: Growing | None, slot: int, now: Moment) -> int:
        """Writes the event of a gap and returns its seq; a gap that grows keeps its id and its number."""
        if growing is None:
            return log.insert(Priority.ALARM, encode(event(data, self._subject, now)), 1 << slot)
        log.replace_data(Priority.ALARM, growing.seq, json.encode(data))
        return growing.seq


def _dead(log: Log) -> int:
    """The uplinks at which nothing arrives any more."""
    since_s = time.monotonic() - DEAD_S
    return sum(each.bit for each in log.positions if each.retired is not None or each.arrived_s < since_s)


def _ages(type: str) -> bool:
    kind = EVENT_TYPES.get(type)
    return kind is None or kind.ages


def _age_s(priority: Priority, row: Row, now: Moment) -> float | None:
    """Returns the age of a row; None where no clock can tell."""
    stored = readable(priority, row)
    return None if stored is None else now.elapsed_since(stored.at)


_Lost = tuple[list[Dropped], list[LossReport]]


def _sort_out_gaps(priority: Priority, rows: Iterable[Row], slot: int, now: Moment) -> _Lost:
    """Events proper, and the older `store.gap` events among the rows, whose counts must not be lost with them."""
    dropped, gaps = [], []
    for row in rows:
        stored = readable(priority, row, slot)
        if stored is None:
            dropped.append(Dropped("unreadable", now.unix_s, False))
            continue
        gap = None if _ages(stored.type) else LossReport.of_data(stored.data)
        if gap is None:
            dropped.append(_dropped(stored))
        else:
            gaps.append(gap)
    return dropped, gaps


def _dropped(stored: Stored) -> Dropped:
    return Dropped(stored.type, stored.at.unix_s, stored.at.trusted, stored.sequence)
