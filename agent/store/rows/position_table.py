"""The positions as they stand in the file: states by the name of each uplink, and the rows that are left behind."""

import logging
import sqlite3
from collections.abc import Iterator

from msgspec import MsgspecError, json

from agent.events import Priority
from agent.store.rows import tables
from agent.store.rows.content import Reached
from agent.store.rows.numbers import Range, missing, number_of, slots_of
from agent.store.rows.progress import PREFIX, UNKNOWN, Gone, Progress, Record, table_of
from agent.store.rows.rows import PUT, seal_state
from agent.store.rows.schema import OUTBOXES

log = logging.getLogger(__name__)

_JUMP = 1 << 20
"""The distance beyond every known number at which counting goes on where the disk has changed how many were given."""


def read(database: sqlite3.Connection) -> dict[int, Progress]:
    """Every uplink that the file knows, by its slot.

    Numbers that may have been given to what was in memory alone when the power went are `skipped`.
    """
    found = {}
    for key, body, crc in database.execute(_RECORDS, (PREFIX, PREFIX + "\U0010ffff")).fetchall():
        slot, _, name = key.removeprefix(PREFIX).partition("/")
        record = _record(body) if seal_state(key, body)[-1] == crc else None
        found[int(slot)] = _progress(database, int(slot), name, record)
    for slot in slots_of(tables.all_takers(database)):
        if slot not in found:
            found[slot] = _progress(database, slot, f"{UNKNOWN}{slot}", None)
    return found


def _record(body: bytes) -> Record | None:
    try:
        return json.decode(body, type=Record)
    except MsgspecError:
        return None


def _progress(database: sqlite3.Connection, slot: int, name: str, record: Record | None) -> Progress:
    if record is None:
        log.error("how far %s is cannot be read; all that the store has is sent again", table_of(name))
        highest = next(_numbers(database, slot), 0)
        record = Record(highest + _JUMP, highest, (0, 0, 0), ((0, 0), (0, 0), (0, 0)))
    left: dict[Priority, list[int]] = {priority: [] for priority in Priority}
    for priority, seq in database.execute("SELECT priority, seq FROM left_behind WHERE slot = ?", (slot,)).fetchall():
        if priority in left:
            left[priority].append(seq)
    progress = Progress.of(slot, name, record, left)
    progress.skipped = _skipped(database, slot, record)
    progress.unwritten = bool(progress.skipped)
    return progress


def _skipped(database: sqlite3.Connection, slot: int, record: Record) -> list[Range]:
    """Reserved numbers beyond the settled ones that no event of the file has."""
    if record.settled >= record.reserved:
        return []
    present = []
    for number in _numbers(database, slot):
        if number <= record.settled:
            break
        present.append(number)
    return missing(present[::-1], record.settled + 1, record.reserved)


def _numbers(database: sqlite3.Connection, slot: int) -> Iterator[int]:
    """The numbers of that uplink in the file, the newest first; of rows that cannot be read none."""
    for row in tables.newest_first(database, 1 << slot):
        try:
            yield number_of(*row, slot)
        except (TypeError, ValueError, IndexError):
            continue


def write(database: sqlite3.Connection, progress: Progress, record: Record, gone: Gone, *, anew: bool) -> None:
    """Writes one uplink in the transaction that is under way.

    Args:
        gone: rows that are dropped in it.
        anew: nothing of what the file has left behind counts.
    """
    if anew or progress.giving_up is not None:
        database.execute("DELETE FROM left_behind WHERE slot = ?", (progress.slot,))
    if progress.giving_up is None:
        _write_left(database, progress, gone, anew)
    database.execute(PUT, seal_state(progress.key, json.encode(record)))
    for key in progress.old_keys:
        database.execute("DELETE FROM state WHERE key = ?", (key,))


def _write_left(database: sqlite3.Connection, progress: Progress, gone: Gone, anew: bool) -> None:
    for priority, lane in progress.lanes.items():
        changes = dict.fromkeys(lane.left, True) if anew else dict(lane.changes)
        changes.update((seq, False) for seq in gone[priority] if seq in lane.left)
        for seq, is_left in changes.items():
            database.execute(_LEAVE if is_left else _TAKE_UP, (progress.slot, priority, seq))


_FIGURES = "SELECT count(*), sum(seq) FROM left_behind WHERE slot = ? AND priority = ? AND seq <= ?"
_LEFT = (
    "SELECT count(*) FROM left_behind JOIN {name} USING (seq) WHERE slot = ? AND left_behind.priority = ? AND seq <= ?"
)
_RECORDS = "SELECT key, body, crc FROM state WHERE key >= ? AND key < ?"
_LEAVE = "INSERT OR IGNORE INTO left_behind VALUES (?, ?, ?)"
_TAKE_UP = "DELETE FROM left_behind WHERE slot = ? AND priority = ? AND seq = ?"


def waiting_of(database: sqlite3.Connection, progress: Progress, reached: Reached) -> int:
    """Events of a file that had not arrived at an uplink when it was so far.

    Of what is left behind none counts where the file says something else of it.
    """
    found = 0
    for priority, upto, figures in zip(Priority, reached.upto, reached.left, strict=True):
        found += tables.count(database, priority, upto, progress.bit)
        left = (progress.slot, priority, upto)
        if figures[0] and database.execute(_FIGURES, left).fetchone() == figures:
            found += database.execute(_LEFT.format(name=OUTBOXES[priority]), left).fetchone()[0]
    return found


def waiting(database: sqlite3.Connection, progress: Progress) -> dict[Priority, int]:
    """Events of the file by their priority that have not arrived at an uplink."""
    return {
        priority: tables.count(database, priority, lane.upto, progress.bit) + len(lane.left)
        for priority, lane in progress.lanes.items()
    }
