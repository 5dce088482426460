"""The file itself: one owner, the schema, and what happens to a damaged one."""

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct

from agent.store import schema
from agent.store.errors import DAMAGED, StoreError, in_words, primary_code
from agent.store.ledger import Ledger
from agent.store.rows import Row
from agent.store.salvage import salvage

log = logging.getLogger(__name__)

WAL_BYTES = 1 << 20


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


class Damage(Struct, frozen=True):
    """A damaged file that was moved aside.

    Args:
        detail: what is wrong with it.
        events, states: how many were saved out of it.
    """

    detail: str
    events: int
    states: int


Tell = Callable[[Damage], Row]
"""The row of the event that tells of a damage."""


def open_database(path: Path, tell: Tell) -> tuple[sqlite3.Connection, bool]:
    """The checked database, and whether it was damaged and begun anew.

    Raises StoreError for a file of a newer lamppost or of another program, and when the disk refuses.
    """
    new = _new(path)
    try:
        if path.exists():
            # Of a beginning anew that was cut short.
            _remove(new)
        elif new.exists():
            new.replace(path)
    except OSError as error:
        raise StoreError(path, f"cannot be put in place: {error.strerror}", "replace the disk") from error
    try:
        return _open_checked(path), False
    except _Damaged as damage:
        return begin_anew(path, str(damage), tell), True


def begin_anew(path: Path, detail: str, tell: Tell) -> sqlite3.Connection:
    """Save what is still as it was committed into a new file, which tells of the damage, and put it in place.

    A power cut at any moment leaves the old file or the whole new one. Raises StoreError.
    """
    new = _new(path)
    try:
        _remove(new)
        database = _open_checked(new)
        try:
            damage = Damage(detail, *salvage(path, database))
            Ledger(database).tell(tell(damage))
        finally:
            database.close()
        sync(new)
        _move(path, aside(path))
        new.replace(path)
        sync(path.parent)
    except sqlite3.Error as error:
        raise in_words(path, error) from error
    except OSError as error:
        raise StoreError(path, f"is damaged and cannot be begun anew: {error}", "replace the disk") from error
    return _open_checked(path)


def aside(path: Path) -> Path:
    """Where a damaged store goes. A later one replaces it: a dying card must not fill itself with copies."""
    return path.with_name(path.name + ".corrupt")


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


_SUFFIXES = ("-shm", "-wal", "")


def _remove(path: Path) -> None:
    for suffix in _SUFFIXES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _move(path: Path, target: Path) -> None:
    """The database last: as long as it stands at its place, what is beside it in `.new` does not count."""
    _remove(target)
    for suffix in _SUFFIXES:
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{target}{suffix}")


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
    version = _identify(path, database)
    if version is None:
        database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    mode = _ask(database, "PRAGMA journal_mode = WAL")
    if mode != "wal":
        raise StoreError(path, f"its file system allows no write-ahead log (mode {mode})", "put it on a local disk")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -1024")
    if version is None:
        schema.create(database)
    else:
        _check(database)
        _modernise(path, database, version)
    # After the first reading: SQLite learns the size of a page from the file.
    database.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // _ask(database, 'PRAGMA page_size')}")
    database.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")


def _identify(path: Path, database: sqlite3.Connection) -> int | None:
    """The version of its schema; None: the file is still empty. Raises StoreError for what is not ours to touch."""
    tables = {text for (text,) in database.execute("SELECT sql FROM sqlite_schema") if text is not None}
    application, version = _ask(database, "PRAGMA application_id"), int(_ask(database, "PRAGMA user_version"))
    if application != schema.APPLICATION_ID:
        if tables:
            raise StoreError(path, "is a database of another program", "check the path under [store]")
        return None
    if version > schema.VERSION:
        raise StoreError(
            path,
            f"was written by a newer lamppost (schema {version}; this one knows {schema.VERSION})",
            "install that version again, or move the file away and lose what it holds",
        )
    if tables != (set(schema.TABLES) if version == schema.VERSION else schema.OLDER.get(version)):
        raise _Damaged(f"its tables are not those of schema {version}")
    return version


def _modernise(path: Path, database: sqlite3.Connection, version: int) -> None:
    """Bring an older file to this version; a copy of before stays beside it until the next such change."""
    if version == schema.VERSION:
        return
    backup = path.with_name(f"{path.name}.schema-{version}")
    try:
        backup.unlink(missing_ok=True)
        database.execute("VACUUM INTO ?", (str(backup),))
        sync(backup)
        sync(backup.parent)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(
            path, f"is of schema {version}, and {backup.name} cannot be written: {error}", "free space on the disk"
        ) from error
    schema.migrate(database)
    _repack(database)
    log.warning("store %s was brought from schema %d to %d; %s is as before", path, version, schema.VERSION, backup)


def _repack(database: sqlite3.Connection) -> None:
    """Give the pages their new size, which SQLite changes outside of the write-ahead log only."""
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    try:
        database.execute("VACUUM")
    except sqlite3.OperationalError as error:
        # With the old size it works as well, and wears the card more.
        log.warning("the store keeps pages of the old size: %s", error)
    database.execute("PRAGMA journal_mode = WAL")


def sync(path: Path) -> None:
    """What was written to a file, or the names in a folder, survives a power cut. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(database: sqlite3.Connection) -> None:
    verdict = _ask(database, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise _Damaged(str(verdict))


def _ask(database: sqlite3.Connection, question: str) -> Any:
    return database.execute(question).fetchone()[0]
