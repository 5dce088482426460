"""The file itself: one owner, the schema, and what happens to a damaged one."""

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from agent.store import schema
from agent.store.errors import DAMAGED, StoreError, in_words, primary_code
from agent.store.recovery import recover
from drivers.files import create_file, refuse_foreign, sync
from drivers.translation import _

log = logging.getLogger(__name__)

WAL_BYTES = 1 << 20


class _Damaged(Exception):
    """What quick_check or SQLite says about the file."""


class Damage(Struct, frozen=True):
    """A damaged file that was moved aside.

    Args:
        detail: what is wrong with it.
        events, states: how many were saved out of it.
    """

    detail: str
    events: int
    states: int


Tell = Callable[[sqlite3.Connection, Damage], None]
"""Writes the event that tells of a damage into the file that was begun anew."""


def open_database(path: Path, tell: Tell) -> tuple[sqlite3.Connection, bool]:
    """The checked database, and whether it was damaged and begun anew.

    Raises StoreError for a file of a newer lamppost, of another program or of another user, for a link, and when the
    disk refuses.
    """
    _refuse_foreign(path)
    _finish(path)
    try:
        return _open_checked(path), False
    except _Damaged as damage:
        return begin_anew(path, str(damage), tell), True


def _refuse_foreign(path: Path) -> None:
    """Raises StoreError for a link or something else that is not ours to write to, at the path or beside it."""
    for each in (path, _new(path)):
        for suffix in _SUFFIXES:
            file = Path(f"{each}{suffix}")
            try:
                refuse_foreign(file)
            except OSError as error:
                what = _("cannot be opened: {name} {reason}").format(name=file.name, reason=error.strerror)
                raise StoreError(path, what, _("check the folder and its owner")) from error


def _finish(path: Path) -> None:
    """What a power cut left of beginning anew: the old file counts while it stands at its place, then the new one."""
    new = _new(path)
    if path.exists():
        # A read-only disk may keep it.
        with suppress(OSError):
            _remove(new)
    elif new.exists():
        try:
            # A log that was left behind belongs to the old one.
            _remove(path)
            new.replace(path)
        except OSError as error:
            what = _("cannot be put in place: {reason}").format(reason=error.strerror)
            raise StoreError(path, what, _("replace the disk")) from error


def begin_anew(path: Path, detail: str, tell: Tell) -> sqlite3.Connection:
    """Save what is still as it was committed into a new file, which tells of the damage, and put it in place.

    A power cut at any moment leaves the old file or the whole new one. Raises StoreError.
    """
    new = _new(path)
    try:
        _remove(new)
        database = _open_checked(new)
        try:
            damage = Damage(detail, *recover(path, database))
            tell(database, damage)
        finally:
            database.close()
        sync(new)
        _move(path, damaged_path(path))
        new.replace(path)
        sync(path.parent)
    except sqlite3.Error as error:
        raise in_words(path, error) from error
    except OSError as error:
        what = _("is damaged and cannot be begun anew: {reason}").format(reason=error)
        raise StoreError(path, what, _("replace the disk")) from error
    log.error(
        "store %s was damaged (%s): moved to %s; %d events and %d states were saved into a new one",
        path,
        " ".join(detail.split()),
        damaged_path(path),
        damage.events,
        damage.states,
    )
    return _open_checked(path)


def damaged_path(path: Path) -> Path:
    """Returns the path to which a damaged store is moved. A later one replaces it: a dying card must not fill itself
    with copies."""
    return path.with_name(path.name + ".corrupt")


def move_aside(path: Path, target: Path) -> None:
    """Move a closed file with what lies beside it; a new one may be begun in its place. Raises StoreError."""
    try:
        _move(path, target)
        sync(path.parent)
    except OSError as error:
        what = _("cannot be moved to {name}: {reason}").format(name=target.name, reason=error.strerror)
        raise StoreError(path, what, _("move it by hand")) from error


def _new(path: Path) -> Path:
    return path.with_name(path.name + ".new")


_SUFFIXES = ("", "-wal", "-shm")


def _remove(path: Path) -> None:
    for suffix in _SUFFIXES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _move(path: Path, target: Path) -> None:
    """The database first: while it stands at its place it counts, log and all, and afterwards the new one does."""
    _remove(target)
    for suffix in _SUFFIXES:
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(f"{target}{suffix}")


def _open_checked(path: Path) -> sqlite3.Connection:
    """Opens the file, on a disk that is full or read-only as well: then its content can be read and sent, and
    commits are refused."""
    try:
        return _open(path, _Way())
    except StoreError as error:
        way = _other_way(path, error.code)
        if way is None:
            raise
        return _open(path, way)


class _Way(Struct, frozen=True):
    """How SQLite opens the file.

    Args:
        alone: the index of the write-ahead log is held in memory, not in a file beside it that a full disk refuses.
        immutable: nothing beside the file is looked for, which a read-only disk would have to create.
    """

    alone: bool = False
    immutable: bool = False


def _other_way(path: Path, code: int | None) -> _Way | None:
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return _Way(alone=True)
    wal = Path(f"{path}-wal")
    if path.exists() and os.statvfs(path).f_flag & os.ST_RDONLY and not (wal.exists() and wal.stat().st_size):
        return _Way(immutable=True)
    return None


def _open(path: Path, way: _Way) -> sqlite3.Connection:
    if not way.immutable:
        # Its log and index get the mode of the file; where it cannot be made, SQLite says why.
        with suppress(OSError):
            os.close(create_file(path))
    try:
        # autocommit: transactions begin and end where the code says so.
        address = f"file:{quote(str(path))}{'?immutable=1' if way.immutable else ''}"
        database = sqlite3.connect(address, uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise in_words(path, error) from error
    try:
        # A byte that a failing disk has changed must not stop the rows beside it: see rows.decode.
        database.text_factory = lambda text: text.decode("utf-8", "replace")
        _settle(path, database, way)
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


def _settle(path: Path, database: sqlite3.Connection, way: _Way) -> None:
    """Make it a store of this version that survives a power cut at any moment."""
    if way.alone:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = _identify(path, database)
    if version is None:
        database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    mode = _ask(database, "PRAGMA journal_mode = WAL")
    if mode != "wal" and not way.immutable:
        what = _("its file system allows no write-ahead log (mode {mode})").format(mode=mode)
        raise StoreError(path, what, _("put it on a local disk"))
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA cache_size = -1024")
    if version is None:
        schema.create(database)
    else:
        _check(database)
        schema.modernise(path, database, version)
    # After the first reading: SQLite learns the size of a page from the file.
    database.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // _ask(database, 'PRAGMA page_size')}")
    database.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")


def _identify(path: Path, database: sqlite3.Connection) -> int | None:
    """The version of its schema; None: the file is still empty. Raises StoreError for what is not ours to touch."""
    tables = {text for (text,) in database.execute("SELECT sql FROM sqlite_schema") if text is not None}
    application, version = _ask(database, "PRAGMA application_id"), int(_ask(database, "PRAGMA user_version"))
    if application != schema.APPLICATION_ID:
        if tables:
            raise StoreError(path, _("is a database of another program"), _("check the path under [store]"))
        return None
    if version > schema.VERSION:
        what = _("was written by a newer lamppost (schema {version}; this one knows {known})")
        hint = _("install that version again, or move the file away and lose what it holds")
        raise StoreError(path, what.format(version=version, known=schema.VERSION), hint)
    if tables != (set(schema.TABLES) if version == schema.VERSION else schema.OLDER.get(version)):
        raise _Damaged(_("its tables are not those of schema {version}").format(version=version))
    return version


def _check(database: sqlite3.Connection) -> None:
    verdict = _ask(database, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise _Damaged(str(verdict))


def _ask(database: sqlite3.Connection, question: str) -> Any:
    return database.execute(question).fetchone()[0]
