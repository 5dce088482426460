"""The lane of one priority at one uplink: which rows it was given, and which of them have arrived.

A row is settled when it has arrived, or was dropped. All rows up to a position are, but for those that are left behind.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable


class Lane:
    """Rows by their seq, which grows in the order of commit.

    Args:
        upto: every row up to this one is settled, but for those of `left`.
        left: rows up to it that are not.

    Attributes:
        leased: the newest row that was given out.
        on_way: rows that were given out and are neither settled nor released: they must not be dropped.
        changes: rows that have come to `left` (True) or have gone from it (False) since it was written.
    """

    def __init__(self, upto: int = 0, left: Iterable[int] = ()) -> None:
        self.upto, self.left = upto, set(left)
        self.on_way: set[int] = set()
        self.changes: dict[int, bool] = {}
        # Settled beyond the position; given out beyond it, in their order; left behind and to be given out again.
        self._ahead: set[int] = set()
        self._pending: deque[int] = deque()
        self._again: deque[int] = deque()
        self.leased = upto
        self.reset()

    def reset(self) -> None:
        """Whatever was given out and is not settled is to be given out again."""
        self.compact()
        self.leased = self.upto
        self._pending.clear()
        self._again = deque(sorted(self.left))
        self.on_way.clear()

    def waits(self, seq: int) -> bool:
        """Whether a row that this uplink gets is not settled."""
        return (seq > self.upto and seq not in self._ahead) or seq in self.left

    def again(self, limit: int) -> list[int]:
        """Rows that were left behind, or are sent again, and are to be given out now, at most so many."""
        found: list[int] = []
        while self._again and len(found) < limit:
            seq = self._again.popleft()
            if self.waits(seq) and seq not in self.on_way and seq not in found:
                found.append(seq)
        return found

    def lease(self, seqs: Collection[int], upto: int) -> None:
        """These were given out, in their order; up to `upto` there were no others for this uplink."""
        self._pending.extend(seqs)
        self.leased = upto
        self._advance()

    def settle(self, seq: int) -> None:
        self.on_way.discard(seq)
        if seq in self.left:
            self._leave(seq, False)
        elif seq > self.upto:
            self._ahead.add(seq)
            self._advance()

    def leave(self, seq: int) -> None:
        """A row that comes late waits, also where the position is beyond it; one that was given out comes once more."""
        if not self.waits(seq):
            self._leave(seq, True)
            self._again.append(seq)
        elif seq <= self.leased:
            self._again.append(seq)

    def drop(self, seq: int) -> None:
        """The row is no longer in the store, nor what was written of it as left behind."""
        if seq in self.left:
            self.left.remove(seq)
            self.changes.pop(seq, None)
        elif self.upto < seq <= self.leased:
            self.settle(seq)
        else:
            self._ahead.discard(seq)
        self.on_way.discard(seq)

    def settle_to(self, seq: int) -> None:
        """Every row up to this one is settled."""
        for each in [each for each in self.left if each <= seq]:
            self._leave(each, False)
        self.on_way = {each for each in self.on_way if each > seq}
        if seq > self.upto:
            self._ahead = {each for each in self._ahead if each > seq}
            while self._pending and self._pending[0] <= seq:
                self._pending.popleft()
            self.upto, self.leased = seq, max(seq, self.leased)
            self._advance()

    def compact(self) -> None:
        """What is stuck behind others that are settled is left behind, so that a position says nearly everything."""
        settled = [seq for seq in self._ahead if seq <= self.leased]
        if not settled:
            return
        last = max(settled)
        while self._pending and self._pending[0] <= last:
            self.upto = self._pending.popleft()
            if self.upto in self._ahead:
                self._ahead.discard(self.upto)
            else:
                self._leave(self.upto, True)
        self.upto = max(self.upto, last)
        self._ahead = {seq for seq in self._ahead if seq > self.upto}

    def oldest_waiting(self) -> int:
        """A row before which none waits; it need not be there itself."""
        return min((self.upto + 1, *self.left))

    def figures(self, without: Collection[int] = ()) -> tuple[int, int]:
        """How many are left behind, and the sum of them: by it one sees whether the disk has changed them."""
        return len(self.left.difference(without)), sum(self.left.difference(without))

    def _leave(self, seq: int, left: bool) -> None:
        if left:
            self.left.add(seq)
        else:
            self.left.remove(seq)
        if self.changes.get(seq) is (not left):
            del self.changes[seq]
        else:
            self.changes[seq] = left

    def _advance(self) -> None:
        while self._pending and self._pending[0] in self._ahead:
            self.upto = self._pending.popleft()
            self._ahead.discard(self.upto)

    def where(self, holds: Callable[[int], bool]) -> None:
        """Forgets of what is left behind the rows that a file begun anew does not hold."""
        for seq in [each for each in self.left if not holds(each)]:
            self.left.remove(seq)
