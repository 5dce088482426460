"""How far one uplink is in the log, and how that is written."""

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial

from msgspec import Struct

from agent.clock import Moment
from agent.events import Priority
from agent.store.rows.lane import Lane
from agent.store.rows.numbers import Range
from drivers.translation import _

PREFIX = "store.position/"
"""The begin of the keys of states that hold positions; the slot and the name of the uplink follow."""

UNKNOWN = "?"
"""Begins the name of an uplink of which the disk has left nothing but its events."""

BLOCK = 1024
"""Numbers that are reserved at once: whatever a crash takes out of memory, none is given to another event."""

Gone = Mapping[Priority, Collection[int]]
"""Rows that are dropped in the transaction that is under way."""


Upto = tuple[int, int, int]
Left = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
"""How many are left behind of each priority, the lowest first, and the sum of their places."""


def table_of(name: str) -> str:
    """How the file of the configuration has an uplink, for the log."""
    if name.startswith(UNKNOWN):
        return _("an uplink whose name is lost")
    return f"[{'.'.join(filter(None, ('uplink', name)))}]"


def key_of(slot: int, name: str) -> str:
    """The key of the state of one uplink."""
    return f"{PREFIX}{slot:02}/{name}"


class Record(Struct, frozen=True):
    """What is written of one uplink.

    Args:
        reserved: no event has a higher number.
        settled: what has a number up to this one is in the file, or has left it in good order.
        upto, left: position and number and sum of what is left behind of each lane, the lowest priority first.
        retired: when the configuration ceased to have it; None: it has it.
    """

    reserved: int
    settled: int
    upto: Upto
    left: Left
    retired: Moment | None = None


class Progress:
    """One uplink; belongs to the thread of the store.

    Args:
        slot: its bit in `takers`.
        lanes: by priority.

    Attributes:
        reserved: no event was given a higher number.
        retired: when the configuration ceased to have it; None: it has it.
        arrived_s: monotonic seconds when something arrived last; minus infinity: nothing did since the start.
        since_s: monotonic seconds since when it is to be written that something of the file arrived; None: it is.
        unwritten: the record must be written with the next transaction.
        stale: something of memory has arrived that the record does not know of.
        skipped: numbers that no event will come with any more, and that nobody was told of yet.
        giving_up: the row up to which, in the transaction that is under way, it ceases to wait; None: it does not.
        old_keys: those of its states under the names of before, until it is written.
        unconfirmed: rows that the broker has, and the platform has yet to confirm.
        resent: rows that were among these, and are given out once more; until they are settled.
    """

    def __init__(self, slot: int, name: str, lanes: Mapping[Priority, Lane], reserved: int) -> None:
        self.slot, self.bit, self.name, self.lanes, self.reserved = slot, 1 << slot, name, lanes, reserved
        self.retired: Moment | None = None
        self.arrived_s = float("-inf")
        self.since_s: float | None = None
        self.unwritten = self.stale = False
        self.skipped: list[Range] = []
        self.giving_up: int | None = None
        self.unconfirmed: dict[int, Priority] = {}
        self.resent: set[int] = set()
        self.old_keys: list[str] = []

    @property
    def key(self) -> str:
        return key_of(self.slot, self.name)

    def rename(self, name: str) -> None:
        """It goes on under another name."""
        self.old_keys.append(self.key)
        self.name, self.unwritten = name, True

    def waits(self, priority: Priority, seq: int) -> bool:
        return self.lanes[priority].waits(seq)

    def settle(self, priority: Priority, seq: int) -> None:
        """A row has arrived."""
        self.lanes[priority].settle(seq)
        _forget(self, seq)
        self.arrived_s = time.monotonic()

    def must_be_written(self) -> None:
        """Something of the file has arrived."""
        self.unwritten = True
        if self.since_s is None:
            self.since_s = time.monotonic()

    def retire(self, now: Moment | None) -> None:
        """The configuration has it no longer; None: it has it."""
        if (now is None) != (self.retired is None):
            self.retired, self.unwritten = now, True

    def reset(self, *, unconfirmed: bool = True) -> None:
        """Whatever was given out and has not arrived is to be given out again.

        Args:
            unconfirmed: what the broker has as well.
        """
        if unconfirmed:
            self.unconfirmed.clear()
            self.resent.clear()
        for lane in self.lanes.values():
            lane.reset()

    def skip(self, first: int, last: int) -> None:
        """Notes that no event comes with these numbers, which follow all that are known."""
        if self.skipped and self.skipped[-1][1] + 1 == first:
            first = self.skipped.pop()[0]
        self.skipped.append((first, last))

    def oldest_waiting(self, waiting: Mapping[Priority, int]) -> int | None:
        """A row before which none waits; None: none waits at all."""
        return min((lane.oldest_waiting() for priority, lane in self.lanes.items() if waiting[priority]), default=None)

    def begin_anew(self, holds: Callable[[Priority, int], bool]) -> None:
        """Another file stands in the place of a damaged one: what it does not hold is not left behind."""
        self.unwritten = True
        for priority, lane in self.lanes.items():
            lane.where(partial(holds, priority))
            lane.reset()

    def record(self, reserved: int, settled: int, gone: Gone) -> Record:
        """What is to be written of it when these rows are dropped."""
        if (given_up := self.giving_up) is not None:
            return Record(reserved, settled, (given_up,) * 3, ((0, 0),) * 3, self.retired)
        for lane in self.lanes.values():
            lane.compact()
        return Record(reserved, settled, *self.figures(gone), self.retired)

    def figures(self, gone: Gone) -> tuple[Upto, Left]:
        """Position, and number and sum of what is left behind, of each lane, when these rows are dropped."""
        upto = [self.lanes[priority].upto for priority in Priority]
        left = [self.lanes[priority].figures(gone[priority]) for priority in Priority]
        return (upto[0], upto[1], upto[2]), (left[0], left[1], left[2])

    def written(self, record: Record) -> None:
        self.reserved, self.since_s = record.reserved, None
        self.unwritten = self.stale = False
        self.skipped, self.old_keys = [], []
        for lane in self.lanes.values():
            if self.giving_up is not None:
                lane.settle_to(self.giving_up)
            lane.changes.clear()
        self.giving_up = None

    @classmethod
    def of(cls, slot: int, name: str, record: Record, left: Mapping[Priority, Collection[int]]) -> "Progress":
        """Reads one as it was written.

        Where the disk has changed what is left behind, all of that priority is sent again.
        """
        lanes = {}
        for priority, upto, figures in zip(Priority, record.upto, record.left, strict=True):
            lane = Lane(upto, left[priority])
            lanes[priority] = lane if lane.figures() == figures else Lane()
        progress = cls(slot, name, lanes, record.reserved)
        progress.retired = record.retired
        return progress


def of_no_row(progress: Progress) -> Progress:
    """The same uplink in an empty log."""
    lanes = {priority: Lane() for priority in Priority}
    fresh = Progress(progress.slot, progress.name, lanes, progress.reserved)
    fresh.retired = progress.retired
    return fresh


def drop(progress: Progress, priority: Priority, seq: int) -> None:
    """Notes that a row is no longer in the store."""
    progress.lanes[priority].drop(seq)
    _forget(progress, seq)


def send_again(progress: Progress, seqs: Collection[int]) -> None:
    """Has those of the rows given out once more that are not confirmed."""
    for seq in seqs:
        priority = progress.unconfirmed.pop(seq, None)
        if priority is not None:
            progress.resent.add(seq)
            progress.lanes[priority].leave(seq)


def _forget(progress: Progress, seq: int) -> None:
    progress.unconfirmed.pop(seq, None)
    progress.resent.discard(seq)
