"""The tables, and how a file of an older lamppost comes to have them."""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from agent.clock import Moment
from agent.events import Data, Event, Priority
from agent.store.errors import StoreError
from agent.store.rows.progress import Record, key_of
from agent.store.rows.rows import INSERT, NO_CRC, PUT, REPLACED, Row, checksum, encode, seal, seal_state
from drivers.files import sync
from drivers.translation import _

log = logging.getLogger(__name__)

VERSION = 3
# "lmpp": tells a store from a database of another program (https://www.sqlite.org/pragma.html#pragma_application_id).
APPLICATION_ID = 0x6C6D7070
# A commit writes whole pages: with small ones a single event costs the card 5.4 kB, with those of 4096 bytes 8.6 kB.
PAGE_BYTES = 1024

OUTBOXES = {priority: f"outbox_{priority.name.lower()}" for priority in Priority}
"""One table for each priority: a row is then always appended at the end of a tree, which SQLite does in one page."""

# seq is the order of commit over all priorities. mono_s and boot are of a time that is not trusted. takers and numbers:
# see agent.store.rows.numbers.
_OUTBOX = """CREATE TABLE {name} (
    seq INTEGER NOT NULL PRIMARY KEY,
    id ANY NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    unix_s REAL NOT NULL,
    mono_s REAL,
    boot TEXT,
    takers INTEGER NOT NULL,
    numbers ANY NOT NULL,
    data BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT"""
# What has not arrived at an uplink of what lies before its position (agent.store.rows.positions).
_LEFT_BEHIND = """CREATE TABLE left_behind (
    slot INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (slot, priority, seq)
) STRICT, WITHOUT ROWID"""
_STATE = """CREATE TABLE state (
    key TEXT NOT NULL PRIMARY KEY,
    body BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT, WITHOUT ROWID"""

# A person who looks into the file may use it; lamppost itself does not.
_VIEW = "CREATE VIEW outbox AS " + " UNION ALL ".join(
    f"SELECT {int(priority)} AS priority, seq, id, type, subject, unix_s, boot IS NULL AS trusted, data FROM {name}"
    for priority, name in OUTBOXES.items()
)

TABLES = (*(_OUTBOX.format(name=name) for name in OUTBOXES.values()), _LEFT_BEHIND, _STATE, _VIEW)

_OUTBOX_2 = """CREATE TABLE {name} (
    seq INTEGER NOT NULL PRIMARY KEY,
    id ANY NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    unix_s REAL NOT NULL,
    mono_s REAL,
    boot TEXT,
    data BLOB NOT NULL,
    crc INTEGER NOT NULL
) STRICT"""

# The tables that the file of each older version must name, or else it is damaged.
OLDER = {
    2: {*(_OUTBOX_2.format(name=name) for name in OUTBOXES.values()), _STATE, _VIEW},
    1: {
        """CREATE TABLE outbox (
    priority INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    unix_s REAL NOT NULL,
    mono_s REAL NOT NULL,
    boot TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (priority, seq)
) STRICT, WITHOUT ROWID""",
        "CREATE INDEX outbox_untrusted ON outbox (boot) WHERE trusted = 0",
        "CREATE TABLE state (key TEXT NOT NULL PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
    },
}


def create(database: sqlite3.Connection) -> None:
    """All of it or nothing: a power cut in between leaves an empty file."""
    database.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def modernise(path: Path, database: sqlite3.Connection, version: int) -> None:
    """Bring an older file to this version; a copy of before stays beside it. Raises StoreError, sqlite3.Error."""
    if version == VERSION:
        return
    backup = path.with_name(f"{path.name}.schema-{version}")
    try:
        backup.unlink(missing_ok=True)
        database.execute("VACUUM INTO ?", (str(backup),))
        sync(backup)
        sync(backup.parent)
    except (OSError, sqlite3.OperationalError) as error:
        what = _("is of schema {version}, and {name} cannot be written: {reason}")
        what = what.format(version=version, name=backup.name, reason=error)
        raise StoreError(path, what, _("free space on the disk")) from error
    _migrate(database, version)
    _repack(database, version)
    log.warning("store %s was brought from schema %d to %d; %s is as before", path, version, VERSION, backup)


def _repack(database: sqlite3.Connection, version: int) -> None:
    """Give the pages of schema 1 their new size, which SQLite changes outside of the write-ahead log only."""
    if version > 1:
        return
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    try:
        database.execute("VACUUM")
    except sqlite3.OperationalError as error:
        # The old size works as well, and wears the card more.
        log.warning("the store keeps pages of the old size: %s", error)
    database.execute("PRAGMA journal_mode = WAL")


def _migrate(database: sqlite3.Connection, version: int) -> None:
    """Bring an older schema to this one: all of it or nothing.

    Whatever waits is numbered, in the order of commit, for the one uplink there was. A row that cannot be read is
    dropped as when it is leased.
    """
    database.execute("BEGIN IMMEDIATE")
    # The states of schema 2 are as they should be.
    older = ("outbox", "state") if version == 1 else (*OUTBOXES.values(),)
    if version > 1:
        database.execute("DROP VIEW outbox")
    for name in older:
        database.execute(f"ALTER TABLE {name} RENAME TO {name}_older")
    for statement in TABLES:
        if version == 1 or statement != _STATE:
            database.execute(statement)
    rows = _rows_of_1(database) if version == 1 else _rows_of_2(database)
    number = 0
    for number, (priority, row, sound) in enumerate(rows, 1):
        sealed = seal(priority, row[0], row[1:], 1, number)
        # A row that is not what was committed stays so.
        database.execute(INSERT.format(name=OUTBOXES[priority]), sealed if sound else (*sealed[:-1], NO_CRC))
    _put_first_record(database, number)
    if version == 1:
        for key, body in database.execute("SELECT key, body FROM state_older").fetchall():
            database.execute(PUT, seal_state(key, body))
    for name in older:
        database.execute(f"DROP TABLE {name}_older")
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def number_anew(database: sqlite3.Connection) -> None:
    """Number the rows of an older file that were saved, in the order of commit, for the one uplink there was.

    Raises sqlite3.Error.
    """
    selects = (f"SELECT {int(each)} AS priority, * FROM {name}" for each, name in OUTBOXES.items())
    rows = database.execute(" UNION ALL ".join(selects) + " ORDER BY seq").fetchall()
    database.execute("BEGIN IMMEDIATE")
    for number, (priority, *row) in enumerate(rows, 1):
        sealed = seal(Priority(priority), row[0], (*row[1:7], row[9]), 1, number)
        name = OUTBOXES[Priority(priority)]
        database.execute(
            f"UPDATE {name} SET takers = 1, numbers = ?, crc = ? WHERE seq = ?", (number, sealed[-1], row[0])
        )
    _put_first_record(database, len(rows))
    database.execute("COMMIT")


def _put_first_record(database: sqlite3.Connection, number: int) -> None:
    nothing = (0, 0)
    record = Record(number, number, (0, 0, 0), (nothing, nothing, nothing))
    database.execute(PUT, seal_state(key_of(0, ""), msgspec.json.encode(record)))


def _rows_of_1(database: sqlite3.Connection) -> Iterator[tuple[Priority, Row, bool]]:
    """Rows with their seq, in the order of commit, and whether each is as it was committed."""
    rows = database.execute(
        "SELECT priority, seq, id, type, subject, unix_s, mono_s, boot, trusted, data FROM outbox_older ORDER BY seq"
    )
    for priority, seq, id, type, subject, unix_s, mono_s, boot, trusted, data in rows:
        at = Moment(unix_s, mono_s, boot, bool(trusted))
        event = Event(type=type, subject=subject, at=at, data=Data(), priority=Priority(priority), id=id)
        sound = _is_object(data) and REPLACED not in f"{id}{type}{subject}{boot}"
        yield event.priority, (seq, *encode(event)[:-1], data), sound


def _rows_of_2(database: sqlite3.Connection) -> Iterator[tuple[Priority, Row, bool]]:
    """The same of schema 2, whose rows have a checksum."""
    selects = (f"SELECT {int(each)} AS priority, * FROM {name}_older" for each, name in OUTBOXES.items())
    for priority, *row, crc in database.execute(" UNION ALL ".join(selects) + " ORDER BY seq"):
        yield Priority(priority), tuple(row), crc == checksum(priority, *row)


def _is_object(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError):
        return False
    return True
