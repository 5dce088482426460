"""Erasure: events that may be kept and sent no longer are removed, which is no loss, and their bytes with them."""

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from math import inf

from msgspec import Raw, Struct, json
from msgspec.structs import replace

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store.log.outbox import Outbox
from agent.store.log.upkeep import skipped, tell_skipped
from agent.store.rows import erasures, tables
from agent.store.rows.erasures import Entry
from agent.store.rows.numbers import Numbers, number_of, ranges
from agent.store.rows.rows import encode
from agent.store.rows.scope import Scope, What

log = logging.getLogger(__name__)

MOST_REWRITTEN_BYTES = 16 << 20
"""The largest file that is written anew beside a daemon: the store answers nobody meanwhile."""

States = Mapping[str, bytes | None]


class Erased(Struct, frozen=True):
    """What became of it.

    Args:
        events, states: how many went.
        overwritten: whether no byte of them is left in the file and its log.
    """

    events: int
    states: int
    overwritten: bool


class Order(Struct, frozen=True):
    """What is to be done.

    Args:
        whats: each of these goes.
        tell: the event that tells of it, given how many events went.
        states: that go with them.
        subject: of what else is told.
        most_bytes: a larger file is not written anew.
    """

    whats: Sequence[What]
    tell: Callable[[int], Event]
    states: Sequence[str]
    subject: str
    most_bytes: int = MOST_REWRITTEN_BYTES


def erase(outbox: Outbox, order: Order, now: Moment) -> Erased:
    """Removes what matches, in one transaction with what tells of it and with its record.

    Raises sqlite3.Error, OutboxFull: nothing is removed.
    """
    # What is in memory is written first: a transaction takes all of it back, or nothing.
    outbox.flush(now)
    database = outbox.database
    scopes = [_scope(outbox, what) for what in order.whats]
    database.execute("PRAGMA secure_delete = ON")
    try:
        with outbox.writing(now, buffered=False):
            events = _erased(outbox, order, scopes, now)
    finally:
        database.execute("PRAGMA secure_delete = OFF")
    outbox.marking.flush()
    return Erased(events, len(order.states), _overwritten(outbox, order.most_bytes))


def _scope(outbox: Outbox, what: What) -> Scope:
    upto, before_s = outbox.counters.seq, what.before_s
    return Scope.of(what, upto, upto if before_s == inf else tables.newest_before(outbox.database, before_s))


def _found(outbox: Outbox, whats: Sequence[What], scopes: Sequence[Scope]) -> list[tuple[Priority, int, int, Numbers]]:
    """Priority, seq, takers and numbers of every row that is to go, each once."""
    rows = {
        (priority, row[0]): row
        for what, scope in zip(whats, scopes, strict=True)
        for priority in Priority
        for row in tables.erasable(outbox.database, priority, what, scope.undated_upto)
    }
    return [(priority, *rows[priority, seq]) for priority, seq in sorted(rows)]


def _erased(outbox: Outbox, order: Order, scopes: Sequence[Scope], now: Moment) -> int:
    found = _found(outbox, order.whats, scopes)
    if not (found or order.states):
        return 0
    for priority, seq, takers, _ in found:
        outbox.remove(priority, seq, takers)
    told = order.tell(len(found))
    outbox.insert(told.priority, encode(told))
    _tell_numbers(outbox, [(takers, numbers) for *_, takers, numbers in found], order.subject, now)
    outbox.put(dict.fromkeys(order.states))
    _note(outbox, told, [scope for what, scope in zip(order.whats, scopes, strict=True) if not what.saying], now)
    return len(found)


def _note(outbox: Outbox, told: Event, scopes: Sequence[Scope], now: Moment) -> None:
    """Notes what no older copy may bring back; what went for what it says is known by no row's outline."""
    record, said = erasures.record(outbox.database), json.encode(told.data)
    for each in scopes:
        scope = replace(each, at_s=round(now.unix_s, 3), said=said.decode())
        record = record.with_entry(Entry(now, Raw(said), scope))
        outbox.marking.erase(scope)
    outbox.put({erasures.KEY: json.encode(record)})


def _tell_numbers(outbox: Outbox, rows: list[tuple[int, Numbers]], subject: str, now: Moment) -> None:
    """Tells each uplink which numbers come no more."""
    for each in outbox.positions:
        numbers = sorted(number_of(takers, of_row, each.slot) for takers, of_row in rows if takers & each.bit)
        tell_skipped(outbox, each, skipped("erased", ranges(numbers)), subject, now)


def _overwritten(outbox: Outbox, most_bytes: int) -> bool:
    """Whether the file was written anew without what earlier rows have left in it; its log is emptied in any case."""
    database = outbox.database
    anew = tables.pages(database) * outbox.page_bytes <= most_bytes
    try:
        if anew:
            database.execute("VACUUM")
        busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        log.warning("what was erased is gone, and bytes of it may still stand in unused parts of the file: %s", error)
        return False
    return anew and not busy
