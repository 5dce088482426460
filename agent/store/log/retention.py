"""Retention: what every uplink has stays in the log for a while, to be sent again where it is asked for.

When an event has arrived stands nowhere in its row, which would be written twice. Marks are kept instead: at that time
nobody waited for anything up to that row.
"""

import sqlite3

from msgspec import MsgspecError, Struct, json

from agent.clock import Moment
from agent.events import Priority
from agent.store.log.log import Log, arrived_upto
from agent.store.rows import tables
from agent.store.rows.rows import PUT, seal_state

KEY = "store.arrived"
_MARKS = 16
_MOST_ROWS = 1024
_LOOK_S = 60.0


class Mark(Struct, frozen=True):
    """A time at which every row up to `seq` had arrived everywhere."""

    at: Moment
    seq: int


class Marks(Struct, frozen=True):
    """The state that is kept of it, the oldest first."""

    marks: tuple[Mark, ...] = ()


class Retention:
    """Removes from the log what has been with every uplink for long enough.

    Args:
        keep_s: so long.
        database: whose marks are read.
    """

    def __init__(self, keep_s: float, database: sqlite3.Connection) -> None:
        self._keep_s, self._marks = keep_s, _read(database)
        self._looked: Moment | None = None

    def drop(self, log: Log, now: Moment) -> None:
        """Looks at most once a minute, within the transaction of the caller."""
        looked_s = now.elapsed_since(self._looked) if self._looked else None
        if looked_s is not None and 0 <= looked_s < _LOOK_S:
            return
        self._marks = [Mark(mark.at.corrected(now), mark.seq) for mark in self._marks]
        self._mark(log, now)
        over = max((mark.seq for mark in self._marks if (_age_s(mark, now)) >= self._keep_s), default=0)
        if not self._remove(log, over):
            self._marks = [mark for mark in self._marks if mark.seq > over]
            self._looked = now

    def _mark(self, log: Log, now: Moment) -> None:
        seq = arrived_upto(log)
        last = self._marks[-1] if self._marks else None
        if last is not None and (seq <= last.seq or 0 <= _age_s(last, now) < self._keep_s / _MARKS):
            return
        self._marks = [*self._marks, Mark(now, seq)][-2 * _MARKS :]
        body = json.encode(Marks(tuple(self._marks)))
        log.database.execute(PUT, seal_state(KEY, body))

    def _remove(self, log: Log, upto: int) -> bool:
        """Removes rows up to this one, as many as one transaction may; whether there are more."""
        left = _MOST_ROWS
        for priority in Priority if upto else ():
            for seq, _type, takers in tables.takers(log.database, priority, 0, left):
                if seq > upto:
                    break
                log.remove(priority, seq, takers)
                left -= 1
        return left <= 0


def _read(database: sqlite3.Connection) -> list[Mark]:
    found = tables.state(database, KEY)
    try:
        return list(json.decode(found[0], type=Marks).marks) if found and found[1] else []
    except MsgspecError:
        return []


def _age_s(mark: Mark, now: Moment) -> float:
    """How long ago it was; minus infinity where no clock tells."""
    age_s = now.elapsed_since(mark.at)
    return float("-inf") if age_s is None else age_s
