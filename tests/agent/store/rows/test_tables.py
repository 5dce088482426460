"""Rows and states of a file, the counters that are kept of them, and what the tables are asked."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from stored import event_of

from agent.clock import Moment
from agent.events import Event, Priority
from agent.store.log.outbox import ALL, Outbox
from agent.store.rows import schema, tables
from agent.store.rows.rows import PUT, Row, decode, encode, seal_state

Connect = Callable[..., sqlite3.Connection]
MakeEvent = Callable[..., Event]
NOW = Moment(1_770_000_000.0, 100.0, "boot-1", True)


@pytest.fixture
def outbox(connect: Connect) -> Outbox:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    return on(database)


def on(database: sqlite3.Connection) -> Outbox:
    """Opens an outbox that evicts nothing."""
    outbox = Outbox(database, lambda *_: None)
    outbox.configure({"": lambda type: True}, NOW)
    outbox.begin(NOW)
    return outbox


def filled(outbox: Outbox, event: MakeEvent, *priorities: Priority) -> list[int]:
    """One row of each priority; their seqs."""
    return [outbox.insert(priority, encode(event(n, priority))) for n, priority in enumerate(priorities)]


def numbers(rows: list[Row], priority: Priority = Priority.EVENT) -> list[int]:
    return [event_of(decode(priority, row)).data["n"] for row in rows]


def test_rows_are_counted_by_priority_and_numbered_over_all_of_them(outbox: Outbox, event: MakeEvent) -> None:
    seqs = filled(outbox, event, Priority.EVENT, Priority.ALARM, Priority.EVENT, Priority.TELEMETRY)
    assert seqs == [1, 2, 3, 4]
    assert outbox.counters.seq == 4
    assert outbox.counters.waiting[0] == {Priority.TELEMETRY: 1, Priority.EVENT: 2, Priority.ALARM: 1}


def test_a_row_that_is_removed_is_counted_off_once_and_one_that_is_gone_not_at_all(
    outbox: Outbox, event: MakeEvent
) -> None:
    first, second = filled(outbox, event, Priority.EVENT, Priority.EVENT)
    outbox.remove(Priority.EVENT, first, 1)
    assert outbox.counters.waiting[0][Priority.EVENT] == 1
    outbox.remove(Priority.EVENT, first, 1)
    assert outbox.counters.waiting[0][Priority.EVENT] == 1, "it was not there"
    outbox.remove(Priority.ALARM, second, 1)
    assert (outbox.counters.waiting[0][Priority.EVENT], outbox.counters.waiting[0][Priority.ALARM]) == (1, 0), (
        "it is no alarm"
    )
    assert not tables.holds(outbox.database, Priority.EVENT, first)
    assert tables.holds(outbox.database, Priority.EVENT, second)
    assert not tables.holds(outbox.database, Priority.ALARM, second)


def test_a_row_that_is_given_other_data_keeps_its_place_and_counts_once(outbox: Outbox, event: MakeEvent) -> None:
    first, _ = filled(outbox, event, Priority.EVENT, Priority.EVENT)
    outbox.replace_data(Priority.EVENT, first, b'{"n":7}')
    assert numbers(tables.rows(outbox.database, Priority.EVENT, 0, 9)) == [7, 1]
    assert outbox.counters.waiting[0][Priority.EVENT] == 2
    assert outbox.counters.seq == 2


def test_rows_are_those_after_a_place_in_their_order_and_no_more_than_are_wanted(
    outbox: Outbox, event: MakeEvent
) -> None:
    seqs = filled(outbox, event, *[Priority.EVENT] * 4)
    assert numbers(tables.rows(outbox.database, Priority.EVENT, 0, 9)) == [0, 1, 2, 3]
    assert numbers(tables.rows(outbox.database, Priority.EVENT, seqs[0], 2)) == [1, 2]
    assert numbers(tables.chosen(outbox.database, Priority.EVENT, [seqs[3], seqs[0], 99])) == [0, 3]
    assert (
        tables.rows(outbox.database, Priority.EVENT, seqs[3], 9)
        == []
        == tables.rows(outbox.database, Priority.EVENT, 0, 0)
    )


def test_a_transaction_that_fails_leaves_rows_states_and_book_as_they_were(outbox: Outbox, event: MakeEvent) -> None:
    filled(outbox, event, Priority.EVENT)
    before = outbox.counters.copy()
    with pytest.raises(RuntimeError), outbox.writing(NOW, buffered=True):
        filled(outbox, event, Priority.EVENT, Priority.ALARM)
        outbox.counters.dropped[0] += 3
        outbox.database.execute(PUT, seal_state("k", b"1"))
        raise RuntimeError
    assert outbox.counters == before
    assert numbers(tables.rows(outbox.database, Priority.EVENT, 0, 9)) == [0]
    assert tables.state(outbox.database, "k") is None
    with outbox.writing(NOW, buffered=True):
        assert filled(outbox, event, Priority.EVENT) == [2], "the place is given to the next one"
    assert outbox.counters.waiting[0][Priority.EVENT] == 2


def test_a_transaction_that_cannot_begin_says_why_and_leaves_the_book(
    connect: Connect, path: Path, event: MakeEvent
) -> None:
    database, other = (connect(path, isolation_level=None, timeout=0.0) for _ in range(2))
    schema.create(database)
    outbox, row = on(database), (Priority.ALARM, encode(event(5, Priority.ALARM)), ALL)
    other.execute("BEGIN IMMEDIATE")
    before = outbox.counters
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        outbox.commit([row], {}, NOW)
    assert outbox.counters is before
    other.execute("ROLLBACK")
    outbox.commit([row], {}, NOW)
    assert outbox.counters.waiting[0][Priority.ALARM] == 1
    assert numbers(tables.rows(other, Priority.ALARM, 0, 9), Priority.ALARM) == [5]


def test_a_file_is_known_again_by_its_rows(connect: Connect, event: MakeEvent) -> None:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    assert tables.newest(database) == 0
    filled(on(database), event, Priority.ALARM, Priority.EVENT, Priority.EVENT)
    again = on(database)
    assert (again.counters.seq, again.counters.dropped[0]) == (tables.newest(database), 0) == (3, 0)
    assert again.counters.waiting[0] == {Priority.TELEMETRY: 0, Priority.EVENT: 2, Priority.ALARM: 1}
    assert on(database).insert(Priority.TELEMETRY, encode(event())) == 4


def test_changes_are_rows_and_states_written_and_deleted(outbox: Outbox, event: MakeEvent) -> None:
    before = outbox.database.total_changes
    (seq,) = filled(outbox, event, Priority.EVENT)
    outbox.commit((), {"k": b"1"}, NOW)
    outbox.remove(Priority.EVENT, seq, 1)
    outbox.commit((), {"k": None}, NOW)
    assert outbox.database.total_changes - before == 4
    outbox.remove(Priority.EVENT, seq, 1)
    assert outbox.database.total_changes - before == 4, "nothing was there"


def test_states_are_put_loaded_and_deleted(outbox: Outbox) -> None:
    outbox.commit((), {"bay/a": b"1", "bay/b": b"22", "lamp/a": b"3"}, NOW)
    assert tables.state(outbox.database, "bay/a") == (b"1", True)
    assert tables.keys(outbox.database, "bay/") == {"bay/a": 6, "bay/b": 7}
    outbox.commit((), {"bay/a": None, "bay/b": b"4"}, NOW)
    assert tables.state(outbox.database, "bay/a") is None
    assert tables.state(outbox.database, "bay/b") == (b"4", True)
    assert list(tables.keys(outbox.database, "")) == ["bay/b", "lamp/a"], "none of the store's own"


def test_the_keys_that_begin_so_are_all_of_them_and_no_others(outbox: Outbox) -> None:
    outbox.commit((), {key: b"" for key in ("day", "day/", "day/é", "day/\uffff", "day0", "da", "dbz")}, NOW)
    assert list(tables.keys(outbox.database, "day/")) == ["day/", "day/é", "day/\uffff"]
    assert tables.keys(outbox.database, "day/é") == {"day/é": 6}, "in bytes"
    assert list(tables.keys(outbox.database, "day")) == ["day", "day/", "day/é", "day/\uffff", "day0"]


def test_a_state_that_the_disk_has_changed_is_told_from_one_that_is_not_there(outbox: Outbox) -> None:
    outbox.commit((), {"k": b"body"}, NOW)
    outbox.database.execute("UPDATE state SET body = ?", (b"bodY",))
    assert tables.state(outbox.database, "k") == (b"", False)


def test_pages_that_were_freed_are_not_in_use(outbox: Outbox) -> None:
    empty = tables.used_bytes(outbox.database)
    assert empty > 0
    outbox.commit((), {"k": bytes(100_000)}, NOW)
    assert tables.used_bytes(outbox.database) >= empty + 100_000
    outbox.commit((), {"k": None}, NOW)
    assert tables.used_bytes(outbox.database) == empty
