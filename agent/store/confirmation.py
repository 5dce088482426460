"""The platform's own word that events have come: the highest number up to which nothing is missing, and ranges."""

from collections.abc import Sequence

from msgspec import Struct

from agent.events import Priority
from agent.store import tables
from agent.store.again import NeverSent, row_before
from agent.store.leases import Leases
from agent.store.log import rows_of
from agent.store.numbers import Range
from agent.store.outbox import Outbox
from agent.store.rows import TAKERS

_CHUNK_ROWS = 500


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
    confirmed then."""
    slot = leases.progress.slot
    newest = outbox.counters.numbers[slot]
    if highest < 0 or any(not 1 <= first <= last for first, last in ranges):
        raise ValueError(highest, ranges)
    last_of_all = max((highest, *(last for _, last in ranges)))
    if last_of_all > newest:
        raise NeverSent(last_of_all)
    waiting = sum(outbox.counters.waiting[slot].values())
    _confirm_upto(outbox, leases, row_before(outbox, leases.progress.bit, highest + 1))
    for first, last in ranges:
        if last > highest:
            _confirm_range(outbox, leases, first, last)
    return Confirmed(waiting - sum(outbox.counters.waiting[slot].values()), newest)


def _confirm_upto(outbox: Outbox, leases: Leases, seq: int) -> None:
    progress = leases.progress
    for priority, lane in progress.lanes.items():
        confirmed = [each for each in lane.left if each <= seq]
        after = lane.upto
        while after < seq and (rows := tables.takers(outbox.database, priority, after, _CHUNK_ROWS)):
            after = rows[-1][0]
            confirmed += [each for each, _, takers in rows if takers & progress.bit and each <= seq]
        if priority is Priority.TELEMETRY:
            confirmed += [row[0] for row in list(outbox.buffered) if row[TAKERS] & progress.bit and row[0] <= seq]
        for each in confirmed:
            leases.settle(priority, each)
        lane.settle_to(seq)


def _confirm_range(outbox: Outbox, leases: Leases, first: int, last: int) -> None:
    bit = leases.progress.bit
    after = row_before(outbox, bit, first)
    while rows := rows_of(outbox, bit, after, _CHUNK_ROWS):
        after = rows[-1][0]
        for seq, priority, number in rows:
            if number > last:
                return
            leases.settle(priority, seq)
