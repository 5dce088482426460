"""The store in memory, while its disk cannot be read; and how what it held goes back to the disk."""

import sqlite3
import time
from collections.abc import Iterator

from msgspec import Struct

from agent.clock import Moment
from agent.events import Priority
from agent.store.file.mark import Found
from agent.store.file.marking import Marking
from agent.store.file.proof import expected_of
from agent.store.log.outbox import Outbox
from agent.store.rows import schema, tables
from agent.store.rows.content import Content, Tally
from agent.store.rows.numbers import slots_of
from agent.store.rows.progress import of_no_row
from agent.store.rows.rows import PUT, TAKERS, Row, readdressed

_CHUNK_ROWS = 500


class Absence(Struct, frozen=True):
    """Why, and since when, the store is in memory.

    Args:
        since_s: on the monotonic clock.
        blind: nothing could be read of the file since the start.
    """

    because: str
    since_s: float
    blind: bool


def open_in_memory() -> tuple[sqlite3.Connection, Marking]:
    """An empty store, which nothing outlives."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    schema.create(database)
    tally = Tally(database, Content(""))
    tally.gone = set()
    return database, Marking(None, tally)


def first_seq() -> int:
    """A place in the order of commit behind any of a file that cannot be read: nobody commits a thousand events in a
    second for long."""
    return int(time.time() * 1000)


def first_number(found: Found, boot: str) -> int:
    """A number beyond any that was given out of a file that cannot be read; what lies between is told as skipped when
    it can be."""
    expected = expected_of(found)
    return max(expected.numbers.values(), default=0) if expected is not None and found.proves(boot) else first_seq()


def go_on_from(outbox: Outbox, before: Outbox) -> None:
    """An empty log stands in the place of one that cannot be read: it has its uplinks, places and numbers.

    What was about to be written when the disk failed may be on it: its places and numbers are nobody else's.
    """
    counters, given = outbox.counters, before.counters
    doubtful = before.doubtful or given
    counters.seq = max(given.seq, doubtful.seq)
    for each in before.positions:
        outbox.positions.by_slot[each.slot] = of_no_row(each)
        counters.add_uplink(each.slot, given.numbers[each.slot], dict.fromkeys(Priority, 0))
        outbox.raise_numbers(each, doubtful.numbers.get(each.slot, 0))
        counters.dropped[each.slot] = given.dropped[each.slot]


def take_buffered(outbox: Outbox, before: Outbox, now: Moment) -> None:
    """It takes what that held in memory. Raises sqlite3.Error, OutboxFull: nothing was taken."""
    with outbox.writing(now, buffered=False):
        for row in before.buffered:
            waiters = before.positions.waiters(Priority.TELEMETRY, row[0], row[TAKERS])
            slots = {slot: slot for slot in slots_of(waiters)}
            outbox.take_over(Priority.TELEMETRY, readdressed(Priority.TELEMETRY, row, slots))
    before.buffered.clear()


def go_beyond(outbox: Outbox, memory: Outbox) -> bool:
    """Whatever comes next is newer than what memory has, and has higher numbers.

    Returns whether all that memory has is newer than what the file had.
    """
    beyond = outbox.counters.seq <= memory.first_seq
    outbox.counters.seq = max(outbox.counters.seq, memory.counters.seq)
    for each in outbox.positions:
        theirs = memory.positions.named(each.name)
        if theirs is not None:
            beyond = beyond and (not memory.first_number or outbox.counters.numbers[each.slot] <= memory.first_number)
            outbox.raise_numbers(each, memory.first_number, memory.counters.numbers[theirs.slot])
    return beyond


def take_back(memory: Outbox, outbox: Outbox, told: Row, now: Moment, *, beyond: bool) -> int:
    """Put what was in memory into the file, in one transaction with the event that tells of it; how many events.

    Raises sqlite3.Error, OutboxFull: nothing was taken.

    Args:
        beyond: they keep their places and numbers, which lie beyond those of the file; else they get new ones.
    """
    _make_known(memory, outbox, now)
    taken, slots = 0, _slots(memory, outbox)
    with outbox.writing(now, buffered=False):
        for priority, row in _waiting(memory):
            theirs = {slot: slots[slot] for slot in slots_of(row[TAKERS]) if slot in slots}
            _take(outbox, priority, readdressed(priority, row, theirs), keep=beyond)
            taken += 1
        _take_states(memory, outbox)
        outbox.insert(Priority.ALARM, told, outbox.positions.everyone)
    return taken


def _take(outbox: Outbox, priority: Priority, row: Row, *, keep: bool) -> None:
    if keep:
        outbox.take_over(priority, row)
    else:
        outbox.insert(priority, (*row[1:TAKERS], row[-2]), row[TAKERS])


def _make_known(memory: Outbox, outbox: Outbox, now: Moment) -> None:
    """An uplink that was taken out again before the file knew of it is one that the file has known."""
    for each in memory.positions:
        if outbox.positions.named(each.name) is None and any(memory.counters.waiting[each.slot].values()):
            known = outbox.positions.add(each.name, outbox.counters.seq)
            known.retire(each.retired or now)
            outbox.counters.add_uplink(known.slot, memory.counters.numbers[each.slot], dict.fromkeys(Priority, 0))


def _slots(memory: Outbox, outbox: Outbox) -> dict[int, int]:
    """The slots of the file by those that memory has given to the same names."""
    named = {each.slot: outbox.positions.named(each.name) for each in memory.positions}
    return {slot: progress.slot for slot, progress in named.items() if progress is not None}


def _waiting(memory: Outbox) -> Iterator[tuple[Priority, Row]]:
    """Rows with those of their takers at whom they have not arrived, by their priority in the order of commit."""
    for priority in Priority:
        after = 0
        while rows := memory.rows(priority, after, _CHUNK_ROWS):
            after = rows[-1][0]
            for row in rows:
                waiters = memory.positions.waiters(priority, row[0], row[TAKERS])
                if waiters:
                    yield priority, readdressed(priority, row, {slot: slot for slot in slots_of(waiters)})


def _take_states(memory: Outbox, outbox: Outbox) -> None:
    """Takes those of the rules; what the store keeps of itself is of another log."""
    tally = memory.marking.tally
    for key in (tally.gone if tally is not None else None) or ():
        outbox.database.execute("DELETE FROM state WHERE key = ?", (key,))
    states = memory.database.execute("SELECT key, body, crc FROM state WHERE key NOT GLOB ?", (f"{tables.OWN}*",))
    for state in states.fetchall():
        outbox.database.execute(PUT, state)
