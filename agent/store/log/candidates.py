"""Candidates: the rows that go first when the store is full, without reading it from the start each time."""

from collections.abc import Collection

from agent.events import Priority
from agent.store.log.log import Log
from agent.store.rows import tables
from agent.store.rows.rows import Row

_CHUNK_ROWS = 256
_NOT_TOUCHED = 1 << 62


class Candidates:
    """Remembers up to where there is none.

    Args:
        most: rows to find at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._passed: dict[tuple[Priority, int], int] = {}

    def find(self, log: Log, priority: Priority, spare: int, kept: Collection[int]) -> list[Row]:
        """The oldest rows, at most `most`, that are not on their way, and for which nobody waits but these uplinks.

        Args:
            spare: bits of their slots; 0: nobody waits at all.
            kept: seqs of rows that stay.
        """
        self._look_back(log, priority, spare)
        after = self._passed.get((priority, spare), 0)
        while rows := tables.takers(log.database, priority, after, _CHUNK_ROWS):
            found = [seq for seq, _, takers in rows if _may_go(log, priority, seq, takers, spare) and seq not in kept]
            if found:
                self._passed[priority, spare] = found[0] - 1
                return tables.chosen(log.database, priority, found[: self._most])
            after = rows[-1][0]
        self._passed[priority, spare] = after
        return []

    def oldest(self, log: Log, priority: Priority, lasting: Collection[str]) -> list[Row]:
        """The oldest rows, at most `most`, that are not on their way, but for those of types that last."""
        after = 0
        while rows := tables.takers(log.database, priority, after, _CHUNK_ROWS):
            found = [
                seq for seq, type, _ in rows if type not in lasting and not log.positions.is_on_way(priority, seq)
            ][: self._most]
            if found:
                return tables.chosen(log.database, priority, found)
            after = rows[-1][0]
        return []

    def _look_back(self, log: Log, priority: Priority, spare: int) -> None:
        """Rows that may go since some have arrived, or are no longer on their way; other uplinks may be dead now."""
        touched = log.positions.touched[priority]
        for of, passed in list(self._passed.items()):
            if of[0] is not priority:
                continue
            if of[1] not in (0, spare, -1):
                del self._passed[of]
            else:
                self._passed[of] = min(passed, max(0, touched - 1))
        log.positions.touched[priority] = _NOT_TOUCHED


def _may_go(log: Log, priority: Priority, seq: int, takers: int, spare: int) -> bool:
    waiters = log.positions.waiters(priority, seq, takers)
    return not waiters & ~spare and not log.positions.is_on_way(priority, seq)
