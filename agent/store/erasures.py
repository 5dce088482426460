"""The record of erasures, in the file: what went, and of whom nothing."""

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec import MsgspecError, Raw, Struct, json

from agent.clock import Moment
from agent.events import Priority
from agent.store import tables
from agent.store.schema import OUTBOXES
from agent.store.scope import Scope, joined

KEY = tables.OWN + "erased"
_MOST = 100


class Entry(Struct, frozen=True):
    """One erasure.

    Args:
        at: when.
        said: the data of the event that told of it.
        scope: by which a copy that is put back is judged.
    """

    at: Moment
    said: Raw
    scope: Scope


class Record(Struct, frozen=True):
    """The state that is kept of them, the oldest first."""

    entries: tuple[Entry, ...] = ()

    def with_entry(self, entry: Entry) -> "Record":
        """The newest are kept."""
        return Record((*self.entries, entry)[-_MOST:])


def record(database: sqlite3.Connection) -> Record:
    """What a file says of its erasures. Raises sqlite3.Error."""
    found = tables.state(database, KEY)
    try:
        return json.decode(found[0], type=Record) if found is not None and found[1] else Record()
    except MsgspecError:
        return Record()


def scopes(database: sqlite3.Connection) -> list[Scope]:
    """The same, as a mark keeps it. Raises sqlite3.Error."""
    return joined([each.scope for each in record(database).entries], ())


def holds_erased(database: sqlite3.Connection, erased: Sequence[Scope]) -> bool:
    """Whether the file holds a row that was erased. Raises sqlite3.Error."""
    return any(True for _ in _rows_erased(database, erased))


def remove_again(database: sqlite3.Connection, erased: Sequence[Scope]) -> int:
    """Removes such rows out of a file that is not in use yet; how many. Raises sqlite3.Error."""
    database.execute("PRAGMA secure_delete = ON")
    database.execute("BEGIN IMMEDIATE")
    found = list(_rows_erased(database, erased))
    for priority, seq in found:
        database.execute(f"DELETE FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,))
    database.execute("COMMIT")
    database.execute("PRAGMA secure_delete = OFF")
    return len(found)


def _rows_erased(database: sqlite3.Connection, erased: Sequence[Scope]) -> Iterator[tuple[Priority, int]]:
    for priority in Priority if erased else ():
        for seq, type, subject, unix_s, trusted in tables.outlines(database, priority):
            if any(each.covers(seq, type, subject, unix_s, trusted=bool(trusted)) for each in erased):
                yield priority, seq
