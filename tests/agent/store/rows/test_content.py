"""What a store holds in a few numbers: they follow every statement, and go back with a transaction."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.events import Priority
from agent.store.rows import schema
from agent.store.rows.content import Content, Tally, count_content
from agent.store.rows.rows import INSERT, PUT, seal_state

Connect = Callable[..., sqlite3.Connection]


def _insert(database: sqlite3.Connection, priority: Priority, seq: int) -> None:
    name = schema.OUTBOXES[priority]
    row = (seq, b"id", "t", "s", 1.77e9 + seq, None, None, 1, seq, b"{}", seq * 7919 % 100_003)
    database.execute(INSERT.format(name=name), row)


def _open(connect: Connect) -> tuple[sqlite3.Connection, Tally]:
    database = connect(":memory:", isolation_level=None)
    schema.create(database)
    return database, Tally(database, Content("x"))


_STEPS = st.lists(
    st.tuples(st.sampled_from(["row", "delete", "put", "forget", "move"]), st.integers(0, 2), st.integers(1, 40)),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_STEPS, st.booleans()), max_size=8))
def test_the_tally_is_what_a_count_finds(script: list[tuple[list[tuple[str, int, int]], bool]]) -> None:
    newest = 0
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        schema.create(database)
        tally = Tally(database, Content("x"))
        for steps, taken in script:
            tally.begin()
            database.execute("BEGIN")
            for what, priority, n in steps:
                newest += 1
                _do(database, what, Priority(priority), n, newest)
            tally.find_oldest(database)
            if taken:
                database.execute("COMMIT")
            else:
                database.execute("ROLLBACK")
                tally.roll_back()
            found = count_content(database, "x")
            assert tally.content.same_as(found)
            assert sum(span.count for span in tally.content.spans) == found.events()


def _do(database: sqlite3.Connection, what: str, priority: Priority, n: int, newest: int) -> None:
    name = schema.OUTBOXES[priority]
    if what == "row":
        _insert(database, priority, newest)
    elif what == "delete":
        database.execute(f"DELETE FROM {name} WHERE seq % 40 <= ?", (n,))
    elif what == "put":
        database.execute(PUT, seal_state(f"key/{n % 5}", str(newest).encode()))
    elif what == "forget":
        database.execute("DELETE FROM state WHERE key = ?", (f"key/{n % 5}",))
    else:
        database.execute(f"UPDATE {name} SET crc = crc + 1 WHERE seq % 40 = ?", (n,))


def test_spans_stay_few_and_say_from_when(connect: Connect) -> None:
    database, tally = _open(connect)
    tally.begin()
    for seq in range(1, 5001):
        _insert(database, Priority.EVENT, seq)
    spans = tally.content.spans
    assert len(spans) <= 24
    assert sum(span.count for span in spans) == 5000
    assert spans[-1].count <= 32, "the youngest are the finest"
    assert [span.since_s for span in spans] == [1.77e9 + span.first for span in spans]
    before = tally.content.copy()
    database.execute("DELETE FROM outbox_event WHERE seq > 4990")
    found = count_content(database, "", before)
    lacks = [span.first for span, left in zip(before.spans, found.spans, strict=True) if left.count < span.count]
    assert lacks and lacks[0] > 4900


def test_a_count_is_held_in_few_spans(connect: Connect) -> None:
    database, _ = _open(connect)
    for seq in range(1_000_000, 1_000_500):
        _insert(database, Priority.ALARM, seq)
    found = count_content(database, "x")
    assert len(found.spans) <= 24
    assert (found.newest, found.outboxes[Priority.ALARM].oldest) == (1_000_499, 1_000_000)
