"""What one uplink asks for again, of what the log still has."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from agent.events import Priority
from agent.store.log.log import chosen as chosen_rows
from agent.store.log.log import rows_of
from agent.store.log.outbox import Outbox
from agent.store.rows import tables
from agent.store.rows.numbers import Range, missing
from agent.store.rows.progress import Progress
from agent.store.rows.rows import Stored, readable

MOST = 10_000
"""Events that are sent again at once; more must be asked for."""

MOST_MISSING = 1000
"""Ranges that the pole no longer has, of which one answer tells: it must fit into a message."""


class NeverSent(ValueError):
    """A number that no event of this uplink ever had."""


class Resend(Struct, frozen=True):
    """What is sent again.

    Args:
        events: how many; what waits comes by itself, and is not counted.
        first, last: the lowest and the highest number of what the log has there; None: it has nothing.
        missing: numbers from the one that was asked for up to `last`, or up to the newest where nothing follows, that
            the pole no longer has.
        oldest: the lowest number that the log still has; None: it has none.
        more: whether events follow for which the limit, or so many ranges of `missing`, left no room: ask again from
            `last` + 1.
    """

    events: int
    first: int | None
    last: int | None
    missing: tuple[Range, ...]
    oldest: int | None
    more: bool


class Again:
    """The rows that are still to be sent again to one uplink.

    Args:
        outbox, progress: of this uplink.
    """

    def __init__(self, outbox: Outbox, progress: Progress) -> None:
        self._outbox, self._progress = outbox, progress
        self._rows: list[tuple[int, Priority]] = []

    @property
    def of(self) -> tuple[Outbox, Progress]:
        return self._outbox, self._progress

    def __len__(self) -> int:
        return len(self._rows)

    def ask(self, first: int, limit: int) -> Resend:
        """Asks from that number on, in the place of what was asked for before. Raises NeverSent."""
        newest = self._outbox.counters.numbers[self._progress.slot]
        if not 1 <= first <= newest:
            raise NeverSent(first)
        limit = max(1, min(limit, MOST))
        found = rows_of(
            self._outbox, self._progress.bit, row_before(self._outbox, self._progress.bit, first), limit + 1
        )
        chosen = found[: _tellable([number for *_, number in found[:limit]], first)]
        more, numbers = len(found) > len(chosen), [number for *_, number in chosen]
        self._rows = [(seq, priority) for seq, priority, _ in chosen if self._was_given(priority, seq)]
        gaps = tuple(missing(numbers, first, numbers[-1] if more else newest))
        lowest, highest = (numbers[0], numbers[-1]) if numbers else (None, None)
        return Resend(len(self._rows), lowest, highest, gaps, self.oldest(), more)

    def oldest(self) -> int | None:
        """The lowest number that the log still has; None: it has none."""
        return next((number for *_, number in rows_of(self._outbox, self._progress.bit, 0, 1)), None)

    def _was_given(self, priority: Priority, seq: int) -> bool:
        """Whether it does not come by itself: what was never given out, or is on its way, does."""
        lane = self._progress.lanes[priority]
        return not lane.waits(seq) or (seq <= lane.leased and seq not in lane.on_way)

    def lease(self, limit: int) -> list[Stored]:
        """The next of them; what was dropped meanwhile is left out, and what comes by itself."""
        found: list[Stored] = []
        while self._rows and len(found) < limit:
            chosen = self._rows[: limit - len(found)]
            del self._rows[: len(chosen)]
            found += self._read([(seq, priority) for seq, priority in chosen if self._was_given(priority, seq)])
        return found

    def _read(self, chosen: list[tuple[int, Priority]]) -> Iterator[Stored]:
        for seq, priority in chosen:
            for each in chosen_rows(self._outbox, priority, (seq,)):
                stored = readable(priority, each, self._progress.slot)
                if stored is not None:
                    yield structs.replace(stored, resent=True)


def _tellable(numbers: Sequence[int], first: int) -> int:
    """How many of these ascending numbers have no more than MOST_MISSING ranges before and between them."""
    ranges, expected = 0, first
    for count, number in enumerate(numbers):
        ranges += number > expected
        if ranges > MOST_MISSING:
            return count
        expected = number + 1
    return len(numbers)


def row_before(outbox: Outbox, bit: int, number: int, after: int = 0) -> int:
    """The last row of an uplink with a lower number: numbers grow with rows. `after`: there is none.

    Steps that double, then halving: what is near `after` is found soon.

    Args:
        after: a row with a lower number, or 0.
    """
    low, high, step = after, outbox.counters.seq, 1
    while low < high:
        middle = min(low + step, (low + high) // 2)
        found = rows_of(outbox, bit, middle, 1)
        if not found or found[0][2] >= number:
            high = middle
        else:
            low, step = found[0][0], 2 * step
    return low


class SearchByTime:
    """Finds the first event of an uplink that happened at a time or later, a piece of the log at a time.

    Times that are not trusted are passed over.
    """

    def __init__(self, unix_s: float) -> None:
        self._unix_s = unix_s
        self._after = dict.fromkeys(Priority, 0)
        self._found: int | None = None

    def step(self, again: Again) -> bool:
        """Looks at the next piece; whether there are more."""
        outbox, progress = again.of
        for priority in list(self._after):
            seq, last = tables.first_since(outbox.database, priority, progress.bit, self._unix_s, self._after[priority])
            if seq is not None:
                self._found = seq if self._found is None else min(seq, self._found)
            if seq is not None or last is None:
                del self._after[priority]
            else:
                self._after[priority] = last
        return bool(self._after)

    def number(self, again: Again) -> int | None:
        """The number of that event; None: there is none."""
        outbox, progress = again.of
        in_memory = (row[0] for row in outbox.buffered if row[4] >= self._unix_s and row[6] is None)
        found = min((*in_memory, *(() if self._found is None else (self._found,))), default=None)
        rows = [] if found is None else rows_of(outbox, progress.bit, found - 1, 1)
        return rows[0][2] if rows else None
