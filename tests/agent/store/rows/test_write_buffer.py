"""Telemetry in memory: in its order, counted in rows and bytes, and full at its bounds."""

import time

from agent.events import Priority
from agent.store.rows.rows import Row, seal
from agent.store.rows.write_buffer import WriteBuffer


def row(seq: int, bytes: int) -> Row:
    """Builds a sealed row with that many bytes of data."""
    return seal(Priority.TELEMETRY, seq, ("id", "t", "s", 0.0, None, None, b"x" * bytes), 1, seq)


def test_at_500_rows_it_is_full() -> None:
    buffer = WriteBuffer()
    for seq in range(499):
        buffer.add(row(seq, 1))
    assert not buffer.full
    buffer.add(row(499, 1))
    assert buffer.full and len(buffer) == 500


def test_at_256_kib_it_is_full_and_what_is_forgotten_makes_room() -> None:
    buffer = WriteBuffer()
    buffer.add(row(1, 200_000))
    buffer.add(row(2, 256 * 1024 - 200_001))
    assert not buffer.full
    buffer.add(row(3, 1))
    assert buffer.full
    assert buffer.forget(1) is True
    assert buffer.forget(1) is False, "it is gone"
    buffer.add(row(4, 199_999))
    assert not buffer.full
    buffer.add(row(5, 1))
    assert buffer.full
    buffer.clear()
    assert not buffer and not buffer.full
    buffer.add(row(5, 256 * 1024 - 1))
    assert not buffer.full
    buffer.add(row(6, 1))
    assert buffer.full


def test_rows_come_in_their_order_after_a_place() -> None:
    buffer = WriteBuffer()
    assert (buffer.oldest_row, list(buffer.after(0)), bool(buffer)) == (None, [], False)
    for seq in (3, 5, 8):
        buffer.add(row(seq, 1))
    assert [sealed[0] for sealed in buffer.after(0)] == [3, 5, 8]
    assert [sealed[0] for sealed in buffer.after(3)] == [5, 8]
    assert list(buffer.after(8)) == []
    assert buffer.oldest_row == row(3, 1)
    assert (buffer.holds(5), buffer.holds(4), buffer.row(5), buffer.row(4)) == (True, False, row(5, 1), None)
    assert [sealed[0] for sealed in buffer] == [3, 5, 8]


def test_it_waits_since_its_oldest_came() -> None:
    buffer = WriteBuffer()
    assert buffer.since_s is None
    before_s = time.monotonic()
    buffer.add(row(1, 1))
    first_s = buffer.since_s
    assert first_s is not None and before_s <= first_s <= time.monotonic()
    buffer.add(row(2, 1))
    assert buffer.since_s == first_s
    buffer.forget(1)
    assert buffer.since_s is not None and buffer.since_s >= first_s
    buffer.forget(2)
    assert buffer.since_s is None
    buffer.add(row(3, 1))
    buffer.clear()
    assert buffer.since_s is None
