"""The rows and states of a file, and the book that is kept of them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from agent.events import Event, Priority
from agent.store import schema
from agent.store.rows import Row, decode, encode
from agent.store.tables import Tables

_OPENED = ExitStack()


def connect(*where: Any, **options: Any) -> sqlite3.Connection:
    """A database that is closed after the test; Python 3.13 warns of one that is not."""
    return _OPENED.enter_context(closing(sqlite3.connect(*where, **options)))


@pytest.fixture(autouse=True)
def _all_closed() -> Iterator[None]:
    with _OPENED:
        yield


MakeEvent = Callable[..., Event]


@pytest.fixture
def ledger() -> Iterator[Tables]:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    yield Tables(database)
    database.close()


def filled(tables: Tables, event: MakeEvent, *priorities: Priority) -> list[int]:
    """One row of each priority; their seqs."""
    return [tables.insert(priority, encode(event(n, priority))) for n, priority in enumerate(priorities)]


def numbers(rows: list[Row], priority: Priority = Priority.EVENT) -> list[int]:
    return [decode(priority, row).event.data["n"] for row in rows]


def test_rows_are_counted_by_priority_and_numbered_over_all_of_them(ledger: Tables, event: MakeEvent) -> None:
    seqs = filled(ledger, event, Priority.EVENT, Priority.ALARM, Priority.EVENT, Priority.TELEMETRY)
    assert seqs == [1, 2, 3, 4]
    assert ledger.counters.seq == 4
    assert ledger.counters.waiting == {Priority.TELEMETRY: 1, Priority.EVENT: 2, Priority.ALARM: 1}


def test_a_row_that_is_removed_is_counted_off_once_and_one_that_is_gone_not_at_all(
    ledger: Tables, event: MakeEvent
) -> None:
    first, second = filled(ledger, event, Priority.EVENT, Priority.EVENT)
    ledger.remove(Priority.EVENT, first)
    assert ledger.counters.waiting[Priority.EVENT] == 1
    ledger.remove(Priority.EVENT, first)
    assert ledger.counters.waiting[Priority.EVENT] == 1, "it was not there"
    ledger.remove(Priority.ALARM, second)
    assert (ledger.counters.waiting[Priority.EVENT], ledger.counters.waiting[Priority.ALARM]) == (1, 0), (
        "it is no alarm"
    )
    assert not ledger.holds(Priority.EVENT, first) and ledger.holds(Priority.EVENT, second)
    assert not ledger.holds(Priority.ALARM, second)


def test_a_row_that_is_replaced_keeps_its_place_and_counts_once(ledger: Tables, event: MakeEvent) -> None:
    first, _ = filled(ledger, event, Priority.EVENT, Priority.EVENT)
    ledger.replace(Priority.EVENT, first, encode(event(7)))
    assert numbers(ledger.rows(Priority.EVENT, 0, 9)) == [7, 1]
    assert ledger.counters.waiting[Priority.EVENT] == 2
    assert ledger.counters.seq == 2


def test_rows_are_those_after_a_place_in_their_order_and_no_more_than_are_wanted(
    ledger: Tables, event: MakeEvent
) -> None:
    seqs = filled(ledger, event, *[Priority.EVENT] * 4)
    assert numbers(ledger.rows(Priority.EVENT, 0, 9)) == [0, 1, 2, 3]
    assert numbers(ledger.rows(Priority.EVENT, seqs[0], 2)) == [1, 2]
    assert numbers(ledger.rows(Priority.EVENT, 0, 9, "subject <> ?", "bay-2")) == [0, 1, 3]
    assert ledger.rows(Priority.EVENT, seqs[3], 9) == [] == ledger.rows(Priority.EVENT, 0, 0)


def test_a_transaction_that_fails_leaves_rows_states_and_book_as_they_were(ledger: Tables, event: MakeEvent) -> None:
    filled(ledger, event, Priority.EVENT)
    before = ledger.counters.copy()
    with pytest.raises(RuntimeError), ledger.transaction():
        filled(ledger, event, Priority.EVENT, Priority.ALARM)
        ledger.counters.dropped += 3
        ledger.put({"k": b"1"})
        raise RuntimeError
    assert ledger.counters == before
    assert numbers(ledger.rows(Priority.EVENT, 0, 9)) == [0]
    assert ledger.load("k") is None
    with ledger.transaction():
        assert filled(ledger, event, Priority.EVENT) == [2], "the place is given to the next one"
    assert ledger.counters.waiting[Priority.EVENT] == 2


def test_a_transaction_that_cannot_begin_says_why_and_leaves_the_book(path: Path, event: MakeEvent) -> None:
    database, other = (connect(path, isolation_level=None, timeout=0.0) for _ in range(2))
    schema.create(database)
    tables = Tables(database)
    other.execute("BEGIN IMMEDIATE")
    before = tables.counters
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        tables.tell(encode(event()))
    assert tables.counters is before
    other.execute("ROLLBACK")
    tables.tell(encode(event()))
    assert tables.counters.waiting[Priority.ALARM] == 1
    other.close()
    database.close()


def test_an_alarm_that_is_told_is_written_in_a_transaction_of_its_own(ledger: Tables, event: MakeEvent) -> None:
    ledger.tell(encode(event(5, Priority.ALARM)))
    assert numbers(ledger.rows(Priority.ALARM, 0, 9), Priority.ALARM) == [5]
    with ledger.transaction():
        pass


def test_a_file_is_known_again_by_its_rows(event: MakeEvent) -> None:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    filled(Tables(database), event, Priority.ALARM, Priority.EVENT, Priority.EVENT)
    again = Tables(database)
    assert (again.counters.seq, again.counters.dropped) == (3, 0)
    assert again.counters.waiting == {Priority.TELEMETRY: 0, Priority.EVENT: 2, Priority.ALARM: 1}
    assert Tables(database).insert(Priority.TELEMETRY, encode(event())) == 4
    database.close()


def test_changes_are_rows_and_states_written_and_deleted(ledger: Tables, event: MakeEvent) -> None:
    before = ledger.changes
    (seq,) = filled(ledger, event, Priority.EVENT)
    ledger.put({"k": b"1"})
    ledger.remove(Priority.EVENT, seq)
    ledger.put({"k": None})
    assert ledger.changes - before == 4
    ledger.remove(Priority.EVENT, seq)
    assert ledger.changes - before == 4, "nothing was there"


def test_states_are_put_loaded_and_deleted(ledger: Tables) -> None:
    ledger.put({"bay/a": b"1", "bay/b": b"22", "lamp/a": b"3"})
    assert ledger.load("bay/a") == (b"1", True)
    assert ledger.keys("bay/") == {"bay/a": 6, "bay/b": 7}
    ledger.put({"bay/a": None, "bay/b": b"4"})
    assert ledger.load("bay/a") is None
    assert ledger.load("bay/b") == (b"4", True)
    assert list(ledger.keys("")) == ["bay/b", "lamp/a"]


def test_the_keys_that_begin_so_are_all_of_them_and_no_others(ledger: Tables) -> None:
    ledger.put({key: b"" for key in ("day", "day/", "day/é", "day/\uffff", "day0", "da", "dbz")})
    assert list(ledger.keys("day/")) == ["day/", "day/é", "day/\uffff"]
    assert ledger.keys("day/é") == {"day/é": 6}, "in bytes"
    assert list(ledger.keys("day")) == ["day", "day/", "day/é", "day/\uffff", "day0"]


def test_a_state_that_the_disk_has_changed_is_told_from_one_that_is_not_there() -> None:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    tables = Tables(database)
    tables.put({"k": b"body"})
    database.execute("UPDATE state SET body = ?", (b"bodY",))
    assert tables.load("k") == (b"", False)
    database.close()


def test_pages_that_were_freed_are_not_in_use(ledger: Tables) -> None:
    empty = ledger.used_bytes()
    assert empty > 0
    ledger.put({"k": bytes(100_000)})
    assert ledger.used_bytes() >= empty + 100_000
    ledger.put({"k": None})
    assert ledger.used_bytes() == empty
