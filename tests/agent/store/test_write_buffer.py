"""Telemetry in memory: in its order, counted in rows and bytes, and full at its bounds."""

import time
from collections.abc import Callable

from stored import event_of

from agent.events import Event, Priority
from agent.store.rows import Row, encode
from agent.store.write_buffer import WriteBuffer

MakeEvent = Callable[..., Event]


def row(bytes: int) -> Row:
    """Builds a row with that many bytes of data."""
    return ("id", "t", "s", 0.0, None, None, b"x" * bytes)


def test_at_500_rows_it_is_full() -> None:
    buffer = WriteBuffer()
    for seq in range(499):
        buffer.add(seq, row(1))
    assert not buffer.full
    buffer.add(499, row(1))
    assert buffer.full and len(buffer) == 500


def test_at_256_kib_it_is_full_and_what_is_forgotten_makes_room() -> None:
    buffer = WriteBuffer()
    buffer.add(1, row(200_000))
    buffer.add(2, row(256 * 1024 - 200_001))
    assert not buffer.full
    buffer.add(3, row(1))
    assert buffer.full
    assert buffer.forget(1) is True
    assert buffer.forget(1) is False, "it is gone"
    buffer.add(4, row(199_999))
    assert not buffer.full
    buffer.add(5, row(1))
    assert buffer.full
    buffer.clear()
    assert not buffer and not buffer.full
    buffer.add(5, row(256 * 1024 - 1))
    assert not buffer.full
    buffer.add(6, row(1))
    assert buffer.full


def test_rows_come_in_their_order_after_a_place_and_no_more_than_are_wanted(event: MakeEvent) -> None:
    buffer = WriteBuffer()
    assert (buffer.oldest, buffer.after(0, 9), bool(buffer)) == (None, [], False)
    for seq in (3, 5, 8):
        buffer.add(seq, encode(event(seq, Priority.TELEMETRY)))
    assert [stored.seq for stored in buffer.after(0, 9)] == [3, 5, 8]
    assert [stored.seq for stored in buffer.after(3, 9)] == [5, 8]
    assert [stored.seq for stored in buffer.after(3, 1)] == [5]
    assert buffer.after(8, 9) == []
    assert buffer.oldest == buffer.after(0, 1)[0]
    assert buffer.oldest is not None and event_of(buffer.oldest).data == {"n": 3}
    assert [sealed[0] for sealed in buffer] == [3, 5, 8]


def test_it_waits_since_its_oldest_came() -> None:
    buffer = WriteBuffer()
    assert buffer.since_s is None
    before_s = time.monotonic()
    buffer.add(1, row(1))
    first_s = buffer.since_s
    assert first_s is not None and before_s <= first_s <= time.monotonic()
    buffer.add(2, row(1))
    assert buffer.since_s == first_s
    buffer.forget(1)
    assert buffer.since_s is not None and buffer.since_s >= first_s
    buffer.forget(2)
    assert buffer.since_s is None
    buffer.add(3, row(1))
    buffer.clear()
    assert buffer.since_s is None
