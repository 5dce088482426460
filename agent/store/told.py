"""The events by which the store tells what became of its file, as rows."""

from collections.abc import Callable
from pathlib import Path

from agent.clock import Moment, rfc3339
from agent.events import Data, Priority
from agent.events.gaps import GapCorrupt, GapUnproven
from agent.events.memory_only import StoreMemoryOnly, StoreOnDisk
from agent.events.registry import event
from agent.store.anew import Damage
from agent.store.beside import damaged_path
from agent.store.file import Tells
from agent.store.outbox import Outbox
from agent.store.proof import Expected
from agent.store.rows import Row, encode


class Told:
    """
    Args:
        path: of the store.
        subject: of the events.
        now: when they happen.
    """

    def __init__(self, path: Path, subject: str, now: Callable[[], Moment]) -> None:
        self._path, self._subject, self._now = path, subject, now
        self.tells = Tells(damage=self._damage, unproven=self._unproven)

    def memory_only(self, detail: str, unreachable: int | None) -> tuple[Priority, Row]:
        return Priority.ALARM, self._row(StoreMemoryOnly(detail=detail, unreachable=unreachable))

    def on_disk(self, in_memory_s: float, memory: Outbox) -> Row:
        return self._row(StoreOnDisk(in_memory_s=round(in_memory_s, 1), events=sum(memory.waiting().values())))

    def _unproven(self, why: str, other: Expected | None) -> Row:
        held = other.contents[0] if other is not None else None
        since_s = held.spans[0].since_s if held is not None and held.spans else None
        return self._row(
            GapUnproven(
                detail=why,
                held=held.events() if held is not None else None,
                first=rfc3339(since_s) if since_s is not None else None,
            )
        )

    def _damage(self, damage: Damage) -> Row:
        lost = damage.missing
        times = sorted((lost.first_s, damage.last_s or lost.first_s)) if lost is not None and lost.first_s else ()
        return self._row(
            GapCorrupt(
                detail=damage.detail,
                moved_to=damaged_path(self._path).name,
                saved_events=damage.saved.events,
                saved_states=damage.saved.states,
                dropped=lost.events if lost is not None else None,
                first=rfc3339(times[0]) if times else None,
                last=rfc3339(times[1]) if times else None,
                times_trusted=lost is not None and lost.trusted,
                states_current=not lost.states if lost is not None else None,
            )
        )

    def _row(self, data: Data) -> Row:
        return encode(event(data, self._subject, self._now()))
