"""Erasure: events that may be kept and sent no longer are removed, which is no loss."""

from collections.abc import Callable

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import tables
from agent.store.numbers import Numbers, number_of, ranges
from agent.store.outbox import Outbox
from agent.store.rows import TAKERS, Stored, encode, readable
from agent.store.upkeep import skipped, tell_skipped

_CHUNK_ROWS = 500


def erase(
    outbox: Outbox, matches: Callable[[Stored], bool], tell: Callable[[int], Event], subject: str, now: Moment
) -> int:
    """Removes what matches, in one transaction with what tells of it; how many these were, 0: nothing is told.

    Each uplink is told which numbers come no more. Raises sqlite3.Error, OutboxFull.
    """
    # What is in memory is written first: a transaction takes all of it back, or nothing.
    outbox.flush(now)
    with outbox.writing(now, buffered=False):
        found = [(priority, *row) for priority in Priority for row in _matching(outbox, priority, matches)]
        for priority, seq, takers, _ in found:
            outbox.remove(priority, seq, takers)
        if found:
            told = tell(len(found))
            outbox.insert(told.priority, encode(told))
        for each in outbox.positions:
            numbers = sorted(number_of(takers, of_row, each.slot) for *_, takers, of_row in found if takers & each.bit)
            tell_skipped(outbox, each, skipped("erased", ranges(numbers)), subject, now)
    return len(found)


def _matching(outbox: Outbox, priority: Priority, matches: Callable[[Stored], bool]) -> list[tuple[int, int, Numbers]]:
    """seq, takers and numbers of the rows that match."""
    found, after = [], 0
    while rows := tables.rows(outbox.database, priority, after, _CHUNK_ROWS):
        after = rows[-1][0]
        for row in rows:
            stored = readable(priority, row)
            if stored is not None and matches(stored):
                found.append((row[0], row[TAKERS], row[TAKERS + 1]))
    return found
