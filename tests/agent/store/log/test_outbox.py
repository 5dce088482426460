"""What waits to be sent, on a database in memory: leased, acknowledged, buffered and written."""

import sqlite3
import time
from collections.abc import Callable, Sequence

import pytest
from stored import event_of

from agent.clock import Moment
from agent.events import STORE_GAP, Event, Priority
from agent.store.log.eviction import Bounds, Evictor
from agent.store.log.leases import Leases
from agent.store.log.outbox import ALL, Outbox
from agent.store.log.retention import Retention
from agent.store.log.upkeep import Upkeep
from agent.store.rows import schema, tables
from agent.store.rows.rows import INSERT, Row, Stored, encode

Connect = Callable[..., sqlite3.Connection]
MakeEvent = Callable[..., Event]
NOW = Moment(1_770_000_000.0, 100.0, "boot-1", True)
TELEMETRY, EVENT, ALARM = Priority


def opened(
    database: sqlite3.Connection,
    age_s: float = float("inf"),
    before: Outbox | None = None,
    kind: type[Outbox] = Outbox,
) -> tuple[Outbox, Leases]:
    """The outbox of a database, and the leases of the one uplink."""
    evictor = Evictor(Bounds(1 << 26, age_s), "p1")
    outbox = kind(database, Upkeep(evictor, Retention(float("inf"), database), "p1", 1e6), before)
    outbox.configure({"": lambda type: True}, NOW)
    (uplink,) = outbox.positions
    return outbox, Leases(outbox, evictor, uplink)


class Box:
    """An outbox in memory with its leases, and its database to look into."""

    def __init__(
        self, event: MakeEvent, connect: Connect, age_s: float = float("inf"), before: Outbox | None = None
    ) -> None:
        self._event, self._connect, self._age_s = event, connect, age_s
        self.database = connect(":memory:", isolation_level=None)
        schema.create(self.database)
        self.outbox, self.leases = opened(self.database, age_s, before)

    def anew(self) -> "Box":
        """Another file took the place of this one, which was damaged; what was in memory goes on."""
        return Box(self._event, self._connect, self._age_s, self.outbox)

    def commit(self, *priorities: Priority, first: int = 0, trusted: bool = True) -> None:
        events = [self._event(first + n, priority, trusted) for n, priority in enumerate(priorities)]
        self.outbox.commit([(each.priority, encode(each), ALL) for each in events], {}, NOW)

    def buffer(self, *numbers: int) -> None:
        self.outbox.buffer([(encode(self._event(n, TELEMETRY)), ALL) for n in numbers], NOW)

    def next(self, limit: int) -> list[Stored]:
        return self.leases.lease(limit, NOW)[0]

    def arrive(self, rows: Sequence[Stored]) -> None:
        self.leases.arrived(rows)

    def waiting(self) -> dict[Priority, int]:
        return self.outbox.counters.waiting[0]

    @property
    def arrived_since_s(self) -> float | None:
        return self.outbox.positions.arrived_since_s

    def rows(self, priority: Priority) -> list[Row]:
        return tables.rows(self.database, priority, 0, 99_999)

    def written(self) -> list[int]:
        """seqs in the file."""
        return sorted(row[0] for priority in Priority for row in self.rows(priority))


@pytest.fixture
def make_box(event: MakeEvent, connect: Connect) -> Callable[..., Box]:
    return lambda **more: Box(event, connect, **more)


@pytest.fixture
def box(make_box: Callable[..., Box]) -> Box:
    return make_box()


def numbers(rows: Sequence[Stored]) -> list[int]:
    return [event_of(row).data["n"] for row in rows]


def test_an_empty_outbox_has_nothing(box: Box) -> None:
    assert box.leases.lease(9, NOW) == ([], False)
    assert (box.outbox.counters.seq, box.outbox.counters.dropped[0], len(box.outbox.buffered)) == (0, 0, 0)
    assert box.waiting() == {TELEMETRY: 0, EVENT: 0, ALARM: 0}
    assert (box.leases.oldest(), box.arrived_since_s, box.outbox.buffered.since_s) == (None, None, None)
    assert tables.used_bytes(box.database) > 0


def test_rows_are_handed_out_once_by_priority_and_no_more_than_are_wanted(box: Box) -> None:
    box.commit(TELEMETRY, EVENT, ALARM, EVENT)
    assert numbers(box.next(2)) == [2, 1]
    assert numbers(box.next(1)) == [3]
    assert numbers(box.next(9)) == [0]
    assert box.next(9) == []
    box.leases.reset_cursor()
    assert numbers(box.next(3)) == [2, 1, 3]
    assert box.next(0) == []


def test_telemetry_in_memory_is_handed_out_after_that_of_the_file_within_what_is_wanted(box: Box) -> None:
    box.commit(TELEMETRY, ALARM)
    box.buffer(2, 3)
    assert numbers(box.next(1)) == [1]
    assert numbers(box.next(2)) == [0, 2]
    assert numbers(box.next(9)) == [3]
    assert box.outbox.counters.seq == 4


def test_what_has_arrived_waits_no_longer_and_stays_in_the_log(box: Box) -> None:
    box.commit(EVENT, EVENT, EVENT)
    rows = box.next(2)
    assert box.arrived_since_s is None
    before_s = time.monotonic()
    box.arrive(rows[:1])
    since_s = box.arrived_since_s
    assert since_s is not None and before_s <= since_s <= time.monotonic()
    box.arrive(rows)
    assert box.arrived_since_s == since_s, "since the first"
    assert (box.waiting()[EVENT], box.written()) == (1, [1, 2, 3])
    box.outbox.flush(NOW)
    assert (box.waiting()[EVENT], box.written()) == (1, [1, 2, 3])
    assert box.arrived_since_s is None
    box.arrive(rows)
    assert (box.waiting()[EVENT], box.arrived_since_s) == (1, None), "they have arrived already"
    _, leases = opened(box.database)
    assert numbers(leases.lease(9, NOW)[0]) == [2], "the file knows what has arrived"


def test_where_there_is_nothing_to_write_nothing_is_written(box: Box) -> None:
    box.commit(EVENT)
    before = box.database.total_changes
    box.outbox.flush(NOW)
    assert box.database.total_changes == before
    box.buffer(1)
    box.outbox.flush(NOW)
    assert box.database.total_changes == before + 1


def test_acknowledged_rows_are_passed_over_whole_portions_of_them(box: Box) -> None:
    box.commit(*[EVENT] * 7)
    box.arrive(box.next(5))
    box.leases.reset_cursor()
    assert numbers(box.next(1)) == [5]
    assert numbers(box.next(9)) == [6]


def test_no_more_are_handed_out_than_are_wanted_where_some_were_passed_over(box: Box) -> None:
    box.commit(*[EVENT] * 7)
    box.arrive(box.next(2)[1:])
    box.leases.reset_cursor()
    assert numbers(box.next(2)) == [0, 2]
    assert numbers(box.next(2)) == [3, 4]


def test_acknowledgements_wait_since_the_first_after_the_last_that_was_written(box: Box) -> None:
    box.commit(EVENT, EVENT)
    first, second = box.next(2)
    box.arrive([first])
    box.outbox.flush(NOW)
    flushed_s = time.monotonic()
    box.arrive([second])
    assert box.arrived_since_s is not None and box.arrived_since_s >= flushed_s


def test_what_was_leased_and_released_can_be_told_from_what_is_on_its_way(box: Box) -> None:
    """Telemetry that is on its way is not written with a commit that is needed anyway."""
    box.buffer(0)
    rows = box.next(1)
    box.commit(EVENT, first=1)
    assert box.written() == [2]
    box.leases.release(rows)
    box.commit(EVENT, first=2)
    assert box.written() == [1, 2, 3]


def test_telemetry_that_is_committed_stands_after_what_was_buffered_before_it(box: Box) -> None:
    box.buffer(0)
    box.next(1)
    box.commit(TELEMETRY, first=1)
    assert box.written() == [1, 2]
    assert len(box.outbox.buffered) == 0


def test_when_memory_is_full_it_is_written_before_more_is_taken(box: Box) -> None:
    box.buffer(*range(500))
    assert (len(box.outbox.buffered), box.written()) == (500, [])
    box.buffer(500)
    assert (len(box.outbox.buffered), len(box.written())) == (1, 500)
    assert box.waiting()[TELEMETRY] == 501


def test_a_row_in_memory_that_is_acknowledged_is_never_written_and_is_no_row_of_the_file(box: Box) -> None:
    box.buffer(0, 1)
    rows = box.next(1)
    box.arrive(rows)
    assert (len(box.outbox.buffered), box.arrived_since_s) == (1, None)
    box.outbox.flush(NOW)
    assert box.written() == [2]


def test_a_refusal_of_the_disk_loses_nothing(box: Box) -> None:
    box.commit(EVENT, EVENT)
    box.arrive(box.next(1))
    box.buffer(2)
    box.database.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        box.outbox.flush(NOW)
    assert box.waiting() == {TELEMETRY: 1, EVENT: 1, ALARM: 0}
    assert box.arrived_since_s is not None and len(box.outbox.buffered) == 1
    box.database.execute("PRAGMA query_only = OFF")
    box.outbox.flush(NOW)
    assert box.waiting() == {TELEMETRY: 1, EVENT: 1, ALARM: 0}
    assert box.written() == [1, 2, 3]


def spoil(box: Box, seq: int) -> None:
    box.database.execute("UPDATE outbox_event SET subject = 'other' WHERE seq = ?", (seq,))


def test_rows_that_cannot_be_read_are_given_up_counted_and_told_in_one_event(box: Box) -> None:
    box.commit(*[EVENT] * 4)
    spoil(box, 1)
    spoil(box, 3)
    found, gave_up = box.leases.lease(9, NOW)
    assert (numbers(found), gave_up) == ([1, 3], True)
    assert (box.outbox.counters.dropped[0], box.waiting()) == (2, {TELEMETRY: 0, EVENT: 2, ALARM: 1})
    found, gave_up = box.leases.lease(9, NOW)
    assert gave_up is False
    ((kind, data),) = [(row.type, event_of(row).data) for row in found]
    assert (kind, data) == (STORE_GAP, {"reason": "unreadable", "dropped": 2})


def test_rows_that_cannot_be_read_stay_while_the_disk_refuses_and_the_others_are_sent(box: Box) -> None:
    box.commit(EVENT, EVENT)
    spoil(box, 1)
    box.database.execute("PRAGMA query_only = ON")
    found, gave_up = box.leases.lease(9, NOW)
    assert (numbers(found), gave_up, box.outbox.counters.dropped[0]) == ([1], False, 0)
    box.database.execute("PRAGMA query_only = OFF")
    box.leases.reset_cursor()
    assert box.leases.lease(9, NOW)[1] is True


def test_rows_that_cannot_be_read_make_nothing_else_be_written(box: Box) -> None:
    box.commit(EVENT, EVENT)
    box.buffer(2)
    spoil(box, 1)
    assert numbers(box.next(9)) == [1, 2]
    assert len(box.outbox.buffered) == 1
    assert box.written() == [2, 4], "the second event, and the one that tells of the first"


class Torn(Outbox):
    """A file that turns out damaged when something is removed from it."""

    def remove(self, priority: Priority, seq: int, takers: int) -> int:
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def test_a_file_that_turns_out_damaged_meanwhile_is_told(box: Box) -> None:
    box.commit(EVENT)
    spoil(box, 1)
    _, torn = opened(box.database, kind=Torn)
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        torn.lease(9, NOW)


def test_a_portion_of_rows_that_cannot_be_read_does_not_hide_those_behind_it(box: Box) -> None:
    box.commit(*[EVENT] * 5)
    for seq in (1, 2, 3):
        spoil(box, seq)
    assert numbers(box.next(2)) == [3, 4]


def test_the_oldest_is_that_of_the_lowest_place_that_is_not_acknowledged(box: Box, event: MakeEvent) -> None:
    box.commit(ALARM, EVENT, TELEMETRY)
    box.buffer(3)
    assert box.leases.oldest() == event(0).at
    box.arrive(box.next(1))
    assert box.leases.oldest() == event(1).at
    box.arrive(box.next(2))
    assert box.leases.oldest() == event(3).at
    box.arrive(box.next(1))
    assert box.leases.oldest() is None


def test_the_oldest_is_found_behind_many_that_are_acknowledged_or_cannot_be_read(box: Box, event: MakeEvent) -> None:
    box.commit(*[EVENT] * 250)
    box.arrive(box.next(240))
    for seq in range(241, 246):
        spoil(box, seq)
    assert box.leases.oldest() == event(245).at


def test_what_was_in_memory_goes_on_with_a_new_file(box: Box, make_box: Callable[..., Box]) -> None:
    """The acknowledgements go on whose rows were saved."""
    box.commit(EVENT, EVENT, EVENT)
    box.arrive(box.next(2))
    box.buffer(3)
    other = box.anew()
    assert (len(other.outbox.buffered), other.outbox.counters.seq) == (1, 4)
    saved = make_box()
    for row in box.rows(EVENT):
        saved.database.execute(INSERT.format(name=schema.OUTBOXES[EVENT]), row)
    outbox, leases = opened(saved.database, before=box.outbox)
    assert outbox.counters.waiting[0] == {TELEMETRY: 1, EVENT: 1, ALARM: 0}
    assert numbers(leases.lease(9, NOW)[0]) == [2, 3]


def test_the_places_of_a_new_file_go_on_where_they_are_highest(box: Box) -> None:
    box.commit(EVENT)
    other = box.anew()
    other.commit(*[EVENT] * 3)
    assert other.written() == [2, 3, 4]
    assert Outbox(other.database, lambda *_: None, before=box.outbox).counters.seq == 4


def test_an_age_is_looked_at_when_something_is_written(event: MakeEvent, make_box: Callable[..., Box]) -> None:
    box = make_box(age_s=50.0)
    box.commit(EVENT)
    late = event(60)
    box.outbox.commit([(EVENT, encode(late), ALL)], {}, NOW.shifted_to(NOW.mono_s + 61.0))
    assert (box.outbox.counters.dropped[0], box.waiting()) == (1, {TELEMETRY: 0, EVENT: 1, ALARM: 1})
    rows = box.next(9)
    assert [row.type for row in rows] == [STORE_GAP, "bay.occupied"]


def test_a_gap_event_that_was_handed_out_grows_no_more(event: MakeEvent, make_box: Callable[..., Box]) -> None:
    box = make_box(age_s=50.0)
    box.commit(EVENT)
    for at_s in (120.0, 240.0):
        now = NOW.shifted_to(NOW.mono_s + at_s)
        box.outbox.commit([(EVENT, encode(event(int(at_s))), ALL)], {}, now)
    assert box.waiting()[ALARM] == 1, "it grows while nobody has seen it"
    assert [event_of(row).data["dropped"] for row in box.next(1)] == [2]
    box.outbox.commit([(EVENT, encode(event(360)), ALL)], {}, NOW.shifted_to(NOW.mono_s + 360.0))
    assert box.waiting()[ALARM] == 2
