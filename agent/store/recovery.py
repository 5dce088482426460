"""Recovery of a damaged file: every row with the right checksum is taken over, and nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from agent.store.rows import COLUMNS, INSERT, PUT, Row, readable, seal_state
from agent.store.schema import OUTBOXES

_CHUNK_ROWS = 100
_LAST_SEQ = (1 << 63) - 1


def recover(damaged: Path, into: sqlite3.Connection) -> tuple[int, int]:
    """Copy events under their old seq, and states; how many of each.

    Args:
        damaged: opened like any other: what its write-ahead log holds is read as well.
        into: an empty store. Raises sqlite3.Error when its disk refuses.
    """
    events = states = 0
    with closing(sqlite3.connect(damaged, isolation_level=None)) as source:
        source.text_factory = lambda text: text.decode("utf-8", "replace")
        for priority, name in OUTBOXES.items():
            for rows in _from_both_ends(source, f"SELECT {COLUMNS} FROM {name}", "seq", 0, _LAST_SEQ):
                sound = [row for row in rows if readable(priority, row) is not None]
                # The same row twice is one: a damaged tree may lead to it by two ways.
                events += _save(into, INSERT.format(name=name).replace("INSERT", "INSERT OR IGNORE"), sound)
        for rows in _from_both_ends(source, "SELECT key, body, crc FROM state", "key", "", "\U0010ffff"):
            states += _save(into, PUT, [row for row in rows if tuple(row) == seal_state(row[0], row[1])])
        # What the disk has changed of these shows by the record of the uplink.
        _save(into, "INSERT OR IGNORE INTO left_behind VALUES (?, ?, ?)", _read(source, "SELECT * FROM left_behind"))
    return events, states


def _from_both_ends(source: sqlite3.Connection, select: str, key: str, first: Any, last: Any) -> Iterator[list[Row]]:
    """Rows from the begin as far as they can be read, and from the end back to there, in portions."""
    low, high = first, last
    query = f"{select} WHERE {key} > ? AND {key} < ? ORDER BY {key} {{}} LIMIT {_CHUNK_ROWS}"
    while rows := _read(source, query.format("ASC"), low, high):
        yield rows
        if not _between(low, rows[-1][0], high):
            break
        low = rows[-1][0]
    while rows := _read(source, query.format("DESC"), low, high):
        yield rows
        if not _between(low, rows[-1][0], high):
            break
        high = rows[-1][0]


def _between(low: Any, key: Any, high: Any) -> bool:
    """A damaged tree may lead back, for ever."""
    return isinstance(key, type(low)) and bool(low < key < high)


def _read(source: sqlite3.Connection, query: str, *limits: object) -> list[Row]:
    """Reads rows up to the first that cannot be read; none when that is the first."""
    rows: list[Row] = []
    try:
        for row in source.execute(query, limits):
            rows.append(row)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        pass
    return rows


def _save(into: sqlite3.Connection, insert: str, rows: list[Row]) -> int:
    into.execute("BEGIN IMMEDIATE")
    saved = into.executemany(insert, rows).rowcount
    into.execute("COMMIT")
    return max(0, saved)
