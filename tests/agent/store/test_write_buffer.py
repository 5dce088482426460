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
    gathered = WriteBuffer()
    for seq in range(499):
        gathered.add(seq, row(1))
    assert not gathered.full
    gathered.add(499, row(1))
    assert gathered.full and len(gathered) == 500


def test_at_256_kib_it_is_full_and_what_is_forgotten_makes_room() -> None:
    gathered = WriteBuffer()
    gathered.add(1, row(200_000))
    gathered.add(2, row(256 * 1024 - 200_001))
    assert not gathered.full
    gathered.add(3, row(1))
    assert gathered.full
    assert gathered.forget(1) is True
    assert gathered.forget(1) is False, "it is gone"
    gathered.add(4, row(199_999))
    assert not gathered.full
    gathered.add(5, row(1))
    assert gathered.full
    gathered.clear()
    assert not gathered and not gathered.full
    gathered.add(5, row(256 * 1024 - 1))
    assert not gathered.full
    gathered.add(6, row(1))
    assert gathered.full


def test_rows_come_in_their_order_after_a_place_and_no_more_than_are_wanted(event: MakeEvent) -> None:
    gathered = WriteBuffer()
    assert (gathered.oldest, gathered.after(0, 9), bool(gathered)) == (None, [], False)
    for seq in (3, 5, 8):
        gathered.add(seq, encode(event(seq, Priority.TELEMETRY)))
    assert [stored.seq for stored in gathered.after(0, 9)] == [3, 5, 8]
    assert [stored.seq for stored in gathered.after(3, 9)] == [5, 8]
    assert [stored.seq for stored in gathered.after(3, 1)] == [5]
    assert gathered.after(8, 9) == []
    assert gathered.oldest == gathered.after(0, 1)[0]
    assert gathered.oldest is not None and event_of(gathered.oldest).data == {"n": 3}
    assert [sealed[0] for sealed in gathered] == [3, 5, 8]


def test_it_waits_since_its_oldest_came() -> None:
    gathered = WriteBuffer()
    assert gathered.since_s is None
    before_s = time.monotonic()
    gathered.add(1, row(1))
    first_s = gathered.since_s
    assert first_s is not None and before_s <= first_s <= time.monotonic()
    gathered.add(2, row(1))
    assert gathered.since_s == first_s
    gathered.forget(1)
    assert gathered.since_s is not None and gathered.since_s >= first_s
    gathered.forget(2)
    assert gathered.since_s is None
    gathered.add(3, row(1))
    gathered.clear()
    assert gathered.since_s is None
