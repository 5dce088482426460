"""Acknowledgements: rows of the file that the broker has, and that the next transaction deletes."""

import time
from collections.abc import Callable

from agent.events import Priority


class Acknowledgements:
    """The seqs of each priority that wait to be deleted."""

    def __init__(self) -> None:
        self.seqs: dict[Priority, set[int]] = {priority: set() for priority in Priority}
        self._since_s = 0.0

    def __bool__(self) -> bool:
        return any(self.seqs.values())

    def __len__(self) -> int:
        return sum(map(len, self.seqs.values()))

    @property
    def since_s(self) -> float | None:
        """The time since when the oldest waits, monotonic seconds; None: none waits."""
        return self._since_s if self else None

    def add(self, priority: Priority, seq: int) -> None:
        if not self:
            self._since_s = time.monotonic()
        self.seqs[priority].add(seq)

    def where(self, holds: Callable[[Priority, int], bool]) -> "Acknowledgements":
        """Returns the acknowledgements whose rows `holds` knows, as in a file that was begun anew."""
        left = Acknowledgements()
        left._since_s = self._since_s
        for priority, seqs in self.seqs.items():
            left.seqs[priority] = {seq for seq in seqs if holds(priority, seq)}
        return left

    def clear(self) -> None:
        for seqs in self.seqs.values():
            seqs.clear()
