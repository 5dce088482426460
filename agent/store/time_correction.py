"""Times that were written before the clock was set are corrected once it is."""

from agent.clock import Moment
from agent.events import Priority
from agent.store import tables
from agent.store.outbox import Outbox
from agent.store.rows import Row, readable, redated

_CHUNK_ROWS = 100


def correct_times(outbox: Outbox, now: Moment) -> int:
    """Rows of `now.boot` written untrusted get the time that their monotonic time has by the trusted clock; how many.

    Raises sqlite3.Error, OutboxFull.
    """
    changed = 0
    with outbox.writing(now, buffered=True):
        for priority in Priority:
            after = 0
            while rows := tables.rows(outbox.database, priority, after, _CHUNK_ROWS, "boot = ?", now.boot):
                after = rows[-1][0]
                changed += sum(_correct(outbox, priority, row, now) for row in rows)
    return changed


def _correct(outbox: Outbox, priority: Priority, row: Row, now: Moment) -> int:
    stored = readable(priority, row)
    if stored is None:
        return 0
    outbox.replace(priority, stored.seq, redated(row, stored.at.corrected(now)))
    return 1
