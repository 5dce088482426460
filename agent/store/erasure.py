"""Erasure: events that may be kept and sent no longer are removed, which is no loss."""

from collections.abc import Callable

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store import tables
from agent.store.numbers import Numbers, number_of, ranges, slots_of
from agent.store.outbox import TAKERS, Outbox
from agent.store.rows import Stored, encode, readable
from agent.store.upkeep import skipped, tell_skipped

_CHUNK_ROWS = 500


def erase(
    outbox: Outbox, matches: Callable[[Stored], bool], tell: Callable[[int], Event], subject: str, now: Moment
) -> int:
    """Removes what matches, in one transaction with what tells of it; how many these were, 0: nothing is told.

    Each uplink is told which numbers come no more. Raises sqlite3.Error, OutboxFull.
    """
    numbers: dict[int, list[int]] = {}
    erased = 0
    # What is in memory is written first: a transaction takes all of it back, or nothing.
    outbox.flush(now)
    with outbox.writing(now, buffered=False):
        for priority in Priority:
            for seq, takers, of_row in _matching(outbox, priority, matches):
                outbox.remove(priority, seq, takers)
                erased += 1
                for slot in slots_of(takers):
                    numbers.setdefault(slot, []).append(number_of(takers, of_row, slot))
        if erased:
            told = tell(erased)
            outbox.insert(told.priority, encode(told))
        for slot, of_one in numbers.items():
            if slot in outbox.positions.by_slot:
                told_of = skipped("erased", ranges(sorted(of_one)))
                tell_skipped(outbox, outbox.positions.by_slot[slot], told_of, subject, now)
    return erased


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
