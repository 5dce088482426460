"""Candidates: the rows that go first when the store is full, without reading it from the start each time."""

from collections.abc import Collection

from agent.events import Priority
from agent.store import tables
from agent.store.outbox import Outbox
from agent.store.rows import Row

_CHUNK_ROWS = 256


class Candidates:
    """Remembers up to where there is none.

    Args:
        most: rows to find at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._passed: dict[tuple[Priority, int], int] = {}

    def find(self, outbox: Outbox, priority: Priority, spare: int, kept: Collection[int]) -> list[Row]:
        """The oldest rows, at most `most`, that are not on their way, and for which nobody waits but these uplinks.

        Args:
            spare: bits of their slots; 0: nobody waits at all.
            kept: seqs of rows that stay.
        """
        self._look_back(outbox, priority)
        for passed in [of for of in self._passed if of[0] is priority and of[1] not in (0, spare, -1)]:
            del self._passed[passed]  # other uplinks are dead now
        positions, after = outbox.positions, self._passed.get((priority, spare), 0)
        while rows := tables.takers(outbox.database, priority, after, _CHUNK_ROWS):
            found = [
                seq
                for seq, _, takers in rows
                if not positions.waiters(priority, seq, takers) & ~spare
                and seq not in kept
                and not positions.is_on_way(priority, seq)
            ][: self._most]
            if found:
                self._passed[priority, spare] = found[0] - 1
                return tables.chosen(outbox.database, priority, found)
            after = rows[-1][0]
        self._passed[priority, spare] = after
        return []

    def oldest(self, outbox: Outbox, priority: Priority, lasting: Collection[str]) -> list[Row]:
        """The oldest rows, at most `most`, that are not on their way, but for those of types that last."""
        after = 0
        while rows := tables.takers(outbox.database, priority, after, _CHUNK_ROWS):
            found = [
                seq for seq, type, _ in rows if type not in lasting and not outbox.positions.is_on_way(priority, seq)
            ][: self._most]
            if found:
                return tables.chosen(outbox.database, priority, found)
            after = rows[-1][0]
        return []

    def _look_back(self, outbox: Outbox, priority: Priority) -> None:
        """Rows that may go since some have arrived, or are no longer on their way."""
        touched = outbox.positions.touched[priority]
        for of, passed in self._passed.items():
            if of[0] is priority and passed >= touched:
                self._passed[of] = max(0, touched - 1)
        outbox.positions.touched[priority] = 1 << 62
