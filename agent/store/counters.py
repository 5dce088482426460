"""Counters of the outbox, which save asking the file."""

from dataclasses import dataclass, field

from agent.events import Priority
from agent.store.loss_report import LossReport


@dataclass(frozen=True)
class Growing:
    """A gap event that still grows: no attempt was made to send it."""

    seq: int
    gap: LossReport


@dataclass
class Counters:
    """What is known of the rows; belongs to the last committed transaction.

    Args:
        seq: of the newest row ever written.
        waiting: rows in the file by priority.
        growing: gap events that still grow, by their reason.
        dropped: events dropped since the start.
    """

    seq: int
    waiting: dict[Priority, int]
    growing: dict[str, Growing] = field(default_factory=dict)
    dropped: int = 0

    def copy(self) -> "Counters":
        return Counters(self.seq, dict(self.waiting), dict(self.growing), self.dropped)

    def new_seq(self) -> int:
        self.seq += 1
        return self.seq
