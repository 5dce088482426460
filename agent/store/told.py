"""The events by which the store tells what became of its file, and how they come into one that was just opened."""

import sqlite3
from collections.abc import Callable, Mapping
from functools import partial

from agent.clock import Moment, rfc3339
from agent.events import Data, Priority
from agent.events.gaps import GapCorrupt, GapUnproven
from agent.events.memory_only import StoreMemoryOnly, StoreOnDisk
from agent.events.registry import event
from agent.store.file.anew import Damage, Tells
from agent.store.file.beside import damaged_path
from agent.store.file.proof import Expected
from agent.store.log.log import Log
from agent.store.log.outbox import Outbox
from agent.store.log.upkeep import tell_all_skipped
from agent.store.memory import go_beyond
from agent.store.open_file import Ground, configure
from agent.store.rows import position_table
from agent.store.rows.progress import Progress
from agent.store.rows.rows import Row, encode
from agent.store.rows.scope import name_sum


class Told:
    """
    Args:
        now: when they happen.
        instead: of what the opened file takes the place: the log of the file before, and memory; None: of none.

    Attributes:
        written: the log with which an event was written into a file last; another goes on from there.
        beyond: whether what memory has was newer than all that this file had.
    """

    def __init__(
        self, ground: Ground, now: Callable[[], Moment], instead: Callable[[], tuple[Outbox | None, Outbox | None]]
    ) -> None:
        self._ground, self._now, self._instead = ground, now, instead
        self.tells = Tells(self._damage, self._unproven, ground.tale_of)
        self.written: Outbox | None = None
        self.beyond = False

    def begin(self) -> None:
        """A file is about to be opened, into which nothing was written yet."""
        self.written, self.beyond = None, False

    def memory_only(self, detail: str, unreachable: int | None) -> tuple[Priority, Row]:
        return Priority.ALARM, self._row(StoreMemoryOnly(detail=detail, unreachable=unreachable))

    def on_disk(self, in_memory_s: float, events: int) -> Row:
        return self._row(StoreOnDisk(in_memory_s=round(in_memory_s, 1), events=events))

    def _unproven(self, database: sqlite3.Connection, why: str, other: Expected | None) -> None:
        held = other.contents[0] if other is not None else None
        since_s = held.spans[0].since_s if held is not None and held.spans else None
        told = GapUnproven(
            detail=why,
            held=held.events() if held is not None else None,
            first=rfc3339(since_s) if since_s is not None else None,
        )
        self._write(database, lambda _progress: told, other)

    def _damage(self, database: sqlite3.Connection, damage: Damage, marked: Expected | None) -> None:
        self._write(database, partial(self._gap, database, damage), marked)

    def _gap(self, database: sqlite3.Connection, damage: Damage, progress: Progress) -> Data:
        """What is missing, and how much of it one uplink had."""
        lost = damage.missing
        times = sorted((lost.first_s, damage.last_s or lost.first_s)) if lost is not None and lost.first_s else ()
        reached = lost.content.reached.get(name_sum(progress.name)) if lost is not None else None
        found = position_table.waiting_of(database, progress, reached) if reached is not None else 0
        not_arrived = max(0, reached.waiting - found) if reached is not None else None
        dropped = max(lost.events, not_arrived or 0) if lost is not None else None
        return GapCorrupt(
            detail=damage.detail,
            moved_to=damaged_path(self._ground.path).name,
            saved_events=damage.saved.events,
            saved_states=damage.saved.states,
            dropped=dropped,
            arrived=dropped - not_arrived if dropped is not None and not_arrived is not None else None,
            first=rfc3339(times[0]) if times else None,
            last=rfc3339(times[1]) if times else None,
            times_trusted=lost is not None and lost.trusted,
            states_current=not lost.states if lost is not None else None,
        )

    def _write(self, database: sqlite3.Connection, told: Callable[[Progress], Data], marked: Expected | None) -> None:
        """Writes what each uplink is told as the newest event of all. Raises sqlite3.Error, StoreError."""
        before, memory = self._instead()
        outbox, now = Outbox(database, self._tell_skipped, before), self._now()
        configure(self._ground, outbox, now)
        if marked is not None:
            outbox.counters.seq = max(outbox.counters.seq, marked.most.newest)
        numbers = marked.numbers if marked is not None and before is None else {}
        for each in outbox.positions:
            names = {each.name, self._ground.formerly.get(each.name, each.name)}
            outbox.raise_numbers(each, max(numbers.get(name_sum(name), 0) for name in names))
        if memory is not None:
            self.beyond = go_beyond(outbox, memory)
        # What is in memory stays there: this file may yet not come to stand in its place.
        with outbox.writing(now, buffered=False, to_come=None):
            for data, takers in _by_data(outbox, told).items():
                outbox.insert(Priority.ALARM, self._row(data), takers)
        self.written = outbox

    def _tell_skipped(self, log: Log, now: Moment) -> None:
        tell_all_skipped(log, self._ground.subject, now)

    def _row(self, data: Data) -> Row:
        return encode(event(data, self._ground.subject, self._now()))


def _by_data(outbox: Outbox, told: Callable[[Progress], Data]) -> Mapping[Data, int]:
    """The uplinks that are told the same, by what that is."""
    found: dict[Data, int] = {}
    for each in outbox.positions:
        if each.bit & outbox.positions.everyone:
            data = told(each)
            found[data] = found.get(data, 0) | each.bit
    return found
