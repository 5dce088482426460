"""The platform's own word that events have come: the highest number up to which nothing is missing, and ranges."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from agent.events import Priority
from agent.store.log.again import NeverSent, row_before
from agent.store.log.leases import Leases
from agent.store.log.outbox import Outbox
from agent.store.rows import tables
from agent.store.rows.numbers import Range, united
from agent.store.rows.rows import TAKERS

_CHUNK_ROWS = 500

_Rows = tuple[int, int]
"""A row, and the last of those after it that are confirmed."""


class Confirmed(Struct, frozen=True):
    """What a confirmation has brought.

    Args:
        events: that were confirmed by it.
        newest: the highest number that was given.
    """

    events: int
    newest: int


def confirm(outbox: Outbox, leases: Leases, highest: int, ranges: Sequence[Range]) -> Confirmed:
    """Every number up to `highest` has come, and those of the ranges. Raises NeverSent, ValueError; nothing is
    confirmed then.

    Each row is looked at once at most, however the ranges overlap, and none that has arrived long ago.
    """
    slot = leases.progress.slot
    newest = outbox.counters.numbers[slot]
    if highest < 0 or any(not 1 <= first <= last for first, last in ranges):
        raise ValueError(highest, ranges)
    last_of_all = max((highest, *(last for _, last in ranges)))
    if last_of_all > newest:
        raise NeverSent(last_of_all)
    waiting = sum(outbox.counters.waiting[slot].values())
    _settle(outbox, leases, united([(1, highest), *ranges] if highest else ranges))
    return Confirmed(waiting - sum(outbox.counters.waiting[slot].values()), newest)


def _settle(outbox: Outbox, leases: Leases, ranges: Sequence[Range]) -> None:
    lanes, after = leases.progress.lanes, 0
    left = {priority: sorted(lane.left) for priority, lane in lanes.items()}
    for first, last in ranges:
        after = row_before(outbox, leases.progress.bit, first, after)
        rows = after, row_before(outbox, leases.progress.bit, last + 1, after)
        for priority, seq in [*_behind(left, rows), *_beyond(outbox, leases, rows), *_in_memory(outbox, leases, rows)]:
            leases.settle(priority, seq)
        after = rows[1]
        if first == 1:
            for lane in lanes.values():
                lane.settle_to(after)


def _behind(left: Mapping[Priority, Sequence[int]], rows: _Rows) -> Iterator[tuple[Priority, int]]:
    """Yields those that are left behind."""
    after, upto = rows
    for priority, seqs in left.items():
        for seq in seqs[bisect_right(seqs, after) : bisect_right(seqs, upto)]:
            yield priority, seq


def _beyond(outbox: Outbox, leases: Leases, rows: _Rows) -> Iterator[tuple[Priority, int]]:
    """Yields those of the file beyond the position of their lane."""
    progress = leases.progress
    for priority, lane in progress.lanes.items():
        after, upto = max(rows[0], lane.upto), rows[1]
        while after < upto and (found := _takers(outbox, priority, after, upto)):
            after = found[-1][0]
            yield from ((priority, seq) for seq, taken in found if taken & progress.bit and seq <= upto)


def _takers(outbox: Outbox, priority: Priority, after: int, upto: int) -> list[tuple[int, int]]:
    """seq and takers of the next rows after `after`; the last of them may be beyond `upto`."""
    found = tables.takers(outbox.database, priority, after, min(_CHUNK_ROWS, upto - after))
    return [(seq, taken) for seq, _, taken in found]


def _in_memory(outbox: Outbox, leases: Leases, rows: _Rows) -> Iterator[tuple[Priority, int]]:
    after, upto = rows
    for row in outbox.buffered:
        if after < row[0] <= upto and row[TAKERS] & leases.progress.bit:
            yield Priority.TELEMETRY, row[0]
