"""The write buffer: telemetry in memory until the broker acknowledges it or it is written in one transaction."""

import time
from collections import Counter
from collections.abc import Iterator

from agent.store.rows.numbers import slots_of
from agent.store.rows.rows import TAKERS, Row

# Memory is small: so many are written without waiting.
_MOST = 500
_MOST_BYTES = 256 * 1024


class WriteBuffer:
    """Sealed rows by their seq, oldest first.

    Attributes:
        waiting: rows that have not arrived, by the slot of the uplink.
    """

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._since_s: dict[int, float] = {}
        self._bytes = 0
        self.waiting: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    @property
    def full(self) -> bool:
        return len(self._rows) >= _MOST or self._bytes >= _MOST_BYTES

    @property
    def since_s(self) -> float | None:
        """Monotonic seconds: since when the oldest waits; None: nothing does."""
        return next(iter(self._since_s.values()), None)

    @property
    def oldest_row(self) -> Row | None:
        return next(iter(self._rows.values()), None)

    def row(self, seq: int) -> Row | None:
        return self._rows.get(seq)

    def holds(self, seq: int) -> bool:
        return seq in self._rows

    def add(self, sealed: Row) -> None:
        seq = sealed[0]
        self._rows[seq] = sealed
        self._since_s[seq] = time.monotonic()
        self._bytes += len(sealed[-2])
        self.waiting.update(slots_of(sealed[TAKERS]))

    def forget(self, seq: int) -> bool:
        """Whether it was there."""
        sealed = self._rows.pop(seq, None)
        if sealed is None:
            return False
        del self._since_s[seq]
        self._bytes -= len(sealed[-2])
        return True

    def after(self, seq: int) -> Iterator[Row]:
        return (row for number, row in self._rows.items() if number > seq)

    def clear(self) -> None:
        self._rows.clear()
        self._since_s.clear()
        self._bytes = 0
        self.waiting.clear()
