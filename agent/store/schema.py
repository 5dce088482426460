"""The tables, and how a file of an older lamppost comes to have them."""

import logging
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from agent.clock import Moment
from agent.events import Data, Event, Priority
from agent.store.errors import StoreError
from agent.store.rows import INSERT, NO_CRC, PUT, REPLACED, encode, seal, seal_state
from drivers.files import sync
from drivers.translation import _

log = logging.getLogger(__name__)

VERSION = 2
# "lmpp": tells a store from a database of another program (https://www.sqlite.org/pragma.html#pragma_application_id).
APPLICATION_ID = 0x6C6D7070
# A commit writes whole pages: with small ones a single event costs the card 5.4 kB, with those of 4096 bytes 8.6 kB.
PAGE_BYTES = 1024

OUTBOXES = {priority: f"outbox_{priority.name.lower()}" for priority in Priority}
"""One table for each priority: a row is then always appended at the end of a tree, which SQLite does in one page."""

# seq is the order of commit over all priorities. mono_s and boot are kept only while the time waits to be corrected.
_OUTBOX = """CREATE TABLE {name} (
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

TABLES = (*(_OUTBOX.format(name=name) for name in OUTBOXES.values()), _STATE, _VIEW)

# The tables that the file of each older version must name, or else it is damaged.
OLDER = {
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
    }
}
_CHUNK_ROWS = 500


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
    _migrate(database)
    _repack(database)
    log.warning("store %s was brought from schema %d to %d; %s is as before", path, version, VERSION, backup)


def _repack(database: sqlite3.Connection) -> None:
    """Give the pages their new size, which SQLite changes outside of the write-ahead log only."""
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    try:
        database.execute("VACUUM")
    except sqlite3.OperationalError as error:
        # The old size works as well, and wears the card more.
        log.warning("the store keeps pages of the old size: %s", error)
    database.execute("PRAGMA journal_mode = WAL")


def _migrate(database: sqlite3.Connection) -> None:
    """Bring schema 1 to schema 2: all of it or nothing. A row that cannot be read is dropped as when it is leased."""
    database.execute("BEGIN IMMEDIATE")
    database.execute("ALTER TABLE state RENAME TO state_1")
    database.execute("ALTER TABLE outbox RENAME TO outbox_1")
    for statement in TABLES:
        database.execute(statement)
    for priority, name in OUTBOXES.items():
        rows = _sealed_of_1(database, priority)
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            database.executemany(INSERT.format(name=name), chunk)
    for key, body in database.execute("SELECT key, body FROM state_1").fetchall():
        database.execute(PUT, seal_state(key, body))
    database.execute("DROP TABLE outbox_1")
    database.execute("DROP TABLE state_1")
    database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")


def _sealed_of_1(database: sqlite3.Connection, priority: Priority) -> Iterator[tuple[object, ...]]:
    rows = database.execute(
        "SELECT seq, id, type, subject, unix_s, mono_s, boot, trusted, data FROM outbox_1 "
        "WHERE priority = ? ORDER BY seq",
        (int(priority),),
    )
    for seq, id, type, subject, unix_s, mono_s, boot, trusted, data in rows:
        at = Moment(unix_s, mono_s, boot, bool(trusted))
        event = Event(type=type, subject=subject, at=at, data=Data(), priority=priority, id=id)
        sealed = seal(priority, seq, (*encode(event)[:-1], data))
        sound = _is_object(data) and REPLACED not in f"{id}{type}{subject}{boot}"
        yield sealed if sound else (*sealed[:-1], NO_CRC)


def _is_object(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError):
        return False
    return True
