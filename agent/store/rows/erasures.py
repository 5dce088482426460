"""The record of erasures, in the file: what went, and of whom nothing."""

import sqlite3
from collections.abc import Iterator, Sequence

from msgspec import MsgspecError, Raw, Struct, json
from msgspec.structs import replace

from agent.clock import Moment
from agent.events import Priority
from agent.store.rows import tables
from agent.store.rows.rows import PUT, seal_state
from agent.store.rows.schema import OUTBOXES
from agent.store.rows.scope import Scope, TaleOf, joined, plain

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


def is_of_before(database: sqlite3.Connection, erased: Sequence[Scope]) -> bool:
    """Whether the file does not know of an erasure, or holds a row that was erased. Raises sqlite3.Error."""
    return bool(_unknown(database, erased)) or any(True for _ in _rows_erased(database, erased))


class Gone(Struct, frozen=True):
    """How much was removed again."""

    events: int
    states: int


def remove_again(database: sqlite3.Connection, erased: Sequence[Scope], tale_of: TaleOf) -> Gone:
    """Removes what was erased out of a file that is not in use yet, and writes down again what that does not know of.

    Raises sqlite3.Error.
    """
    database.execute("PRAGMA secure_delete = ON")
    database.execute("BEGIN IMMEDIATE")
    rows, unknown = list(_rows_erased(database, erased)), _unknown(database, erased)
    for priority, seq in rows:
        database.execute(f"DELETE FROM {OUTBOXES[priority]} WHERE seq = ?", (seq,))
    keys = list(_states_erased(database, unknown, tale_of))
    database.executemany("DELETE FROM state WHERE key = ?", [(key,) for key in keys])
    if unknown:
        database.execute(PUT, seal_state(KEY, json.encode(_completed(record(database), unknown))))
    database.execute("COMMIT")
    database.execute("PRAGMA secure_delete = OFF")
    return Gone(len(rows), len(keys))


def _unknown(database: sqlite3.Connection, erased: Sequence[Scope]) -> list[Scope]:
    """The erasures that the file says nothing of: it is of before them."""
    known = {_bare(each.scope) for each in record(database).entries} if erased else set()
    return [each for each in erased if _bare(each) not in known]


def _bare(scope: Scope) -> Scope:
    """The same without what was said, for which a mark may have no room."""
    return replace(plain(scope), said="")


def _completed(found: Record, unknown: Sequence[Scope]) -> Record:
    """The record with those, of which some the mark alone knows."""
    more = [Entry(Moment(each.at_s, 0.0, "", True), Raw(each.said.encode() or b"null"), each) for each in unknown]
    return Record(tuple(sorted((*found.entries, *more), key=lambda each: each.at.unix_s))[-_MOST:])


def _rows_erased(database: sqlite3.Connection, erased: Sequence[Scope]) -> Iterator[tuple[Priority, int]]:
    for priority in Priority if erased else ():
        for seq, type, subject, unix_s, trusted in tables.outlines(database, priority):
            if any(each.covers(seq, type, subject, unix_s, trusted=bool(trusted)) for each in erased):
                yield priority, seq


def _states_erased(database: sqlite3.Connection, unknown: Sequence[Scope], tale_of: TaleOf) -> Iterator[str]:
    """Yields keys of states that tell of what was erased after they were written."""
    for key, body in database.execute("SELECT key, body FROM state") if unknown else ():
        tale = tale_of(key, body)
        if tale is not None and any(each.covers_tale(tale) for each in unknown):
            yield key
