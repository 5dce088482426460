"""Counters of the outbox, which save asking the file."""

from msgspec import Struct, field

from agent.events import Priority
from agent.store.log.loss_report import LossReport, Reason


class Growing(Struct, frozen=True):
    """A gap event that still grows: no attempt was made to send it."""

    seq: int
    gap: LossReport


Waiting = dict[Priority, int]


class Counters(Struct):
    """What is known of the rows; belongs to the last committed transaction.

    Args:
        seq: of the newest row ever written.
        rows: in the file.
        numbers: highest number that was given, by slot.
        waiting: events that have not arrived, in the file and in memory, by slot and priority.
        growing: gap events that still grow, by the slot of the uplink that they are for and their reason.
        dropped: events dropped since the start, by slot.
    """

    seq: int
    rows: int
    numbers: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, Waiting] = field(default_factory=dict)
    growing: dict[tuple[int, Reason], Growing] = field(default_factory=dict)
    dropped: dict[int, int] = field(default_factory=dict)

    def copy(self) -> "Counters":
        waiting = {slot: dict(counts) for slot, counts in self.waiting.items()}
        return Counters(self.seq, self.rows, dict(self.numbers), waiting, dict(self.growing), dict(self.dropped))

    def new_seq(self) -> int:
        self.seq += 1
        return self.seq

    def number(self, slot: int) -> int:
        """The next number of that uplink."""
        self.numbers[slot] += 1
        return self.numbers[slot]

    def add_uplink(self, slot: int, number: int, waiting: Waiting) -> None:
        """One that was given so many numbers before."""
        self.numbers[slot], self.waiting[slot], self.dropped[slot] = number, waiting, 0
