"""The file itself: one owner, the schema, and what happens to a damaged one."""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Any, BinaryIO

from agent.store.errors import DAMAGED, StoreError, in_words, primary_code

SCHEMA_VERSION = 1
# "lmpp": tells a store from a database of another program (https://www.sqlite.org/pragma.html#pragma_application_id).
APPLICATION_ID = 0x6C6D7070
WAL_BYTES = 1 << 20

# The outbox is clustered by (priority, seq): what goes first when full and what is sent first are both ranges of it,
# and the oldest rows of one priority free whole pages. seq is the order of commit over all priorities.
_TABLES = (
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
)


class _Damaged(Exception):
    """What quick_check or SQLite says about the file."""


def take_lock(path: Path) -> BinaryIO:
    """Become the only owner of the store at `path`; released when the answer is closed or the process ends.

    A side file carries the lock, because the store itself may be moved aside. Raises StoreError.
    """
    side = path.with_name(path.name + ".lock")
    try:
        lock = side.open("a+b")
    except OSError as error:
        raise StoreError(
            path, f"cannot create {side.name}: {error.strerror}", "check the folder and its owner"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read(20).decode("ascii", "replace").strip() or "unknown"
        lock.close()
        raise StoreError(path, f"another lamppost (process {owner}) uses it", "stop that one first") from error
    lock.truncate(0)
    lock.write(str(os.getpid()).encode())
    lock.flush()
    return lock


def open_database(path: Path) -> tuple[sqlite3.Connection, str | None]:
    """The checked database, and what was wrong with a damaged one that was moved aside (None: nothing).

    Raises StoreError for a file of a newer lamppost or of another program, and when the disk refuses.
    """
    try:
        return _open_checked(path), None
    except _Damaged as damage:
        move_aside(path)
        return _open_checked(path), str(damage)


def aside(path: Path) -> Path:
    """Where a damaged store goes. A later one replaces it: a dying card must not fill itself with copies."""
    return path.with_name(path.name + ".corrupt")


def move_aside(path: Path) -> None:
    for suffix in ("-shm", "-wal", ""):
        source, target = Path(f"{path}{suffix}"), Path(f"{aside(path)}{suffix}")
        try:
            target.unlink(missing_ok=True)
            source.replace(target)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(
                path, f"is damaged and cannot be moved aside: {error.strerror}", "replace the disk"
            ) from error


def _open_checked(path: Path) -> sqlite3.Connection:
    try:
        # autocommit: transactions begin and end where the code says so.
        database = sqlite3.connect(path, isolation_level=None)
    except sqlite3.Error as error:
        raise in_words(path, error) from error
    try:
        # A byte that a failing disk has changed must not stop the rows beside it: see rows.decode.
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        _settle(path, database)
    except (StoreError, _Damaged):
        database.close()
        raise
    except UnicodeDecodeError as error:
        # Raised by the sqlite3 module for names of columns that are no text.
        database.close()
        raise _Damaged(str(error)) from error
    except sqlite3.Error as error:
        database.close()
        if primary_code(error) in DAMAGED:
            raise _Damaged(str(error)) from error
        raise in_words(path, error) from error
    return database


def _settle(path: Path, database: sqlite3.Connection) -> None:
    """Make it a store of this version that survives a power cut at any moment."""
    fresh = _identify(path, database)
    mode = _ask(database, "PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise StoreError(path, f"its file system allows no write-ahead log (mode {mode})", "put it on a local disk")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // 4096}")
    database.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    database.execute("PRAGMA cache_size = -1024")
    if fresh:
        _create(database)
    else:
        _check(database)


def _create(database: sqlite3.Connection) -> None:
    """All of it or nothing: a power cut in between leaves an empty file."""
    database.execute("BEGIN IMMEDIATE")
    for statement in _TABLES:
        database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    database.execute("COMMIT")


def _identify(path: Path, database: sqlite3.Connection) -> bool:
    """Whether the file is still empty. Raises StoreError for what is not ours to touch."""
    tables = {text for (text,) in database.execute("SELECT sql FROM sqlite_schema") if text is not None}
    application, version = _ask(database, "PRAGMA application_id"), _ask(database, "PRAGMA user_version")
    if application != APPLICATION_ID:
        if tables:
            raise StoreError(path, "is a database of another program", "check the path under [store]")
        return True
    if version > SCHEMA_VERSION:
        raise StoreError(
            path,
            f"was written by a newer lamppost (schema {version}; this one knows {SCHEMA_VERSION})",
            "install that version again, or move the file away and lose what it holds",
        )
    if version != SCHEMA_VERSION or tables != set(_TABLES):
        raise _Damaged(f"its tables are not those of schema {SCHEMA_VERSION}")
    return False


def _check(database: sqlite3.Connection) -> None:
    verdict = _ask(database, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise _Damaged(str(verdict))


def _ask(database: sqlite3.Connection, question: str) -> Any:
    return database.execute(question).fetchone()[0]
