"""Opening the file itself: as a store of this version, checked, on a disk that is full or read-only as well."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from agent.store.errors import StoreError, in_words, is_damage
from agent.store.rows import schema
from drivers.files import create_file
from drivers.translation import _

WAL_BYTES = 1 << 20

CACHE_KB = 256
"""What SQLite keeps of the file in memory. A pole fills it within hours, and the kernel has these pages as well."""


class Damaged(Exception):
    """What quick_check or SQLite says about the file.

    Args:
        database: a connection to it, which whoever catches this closes; None: it could not be opened.
    """

    def __init__(self, detail: str, database: sqlite3.Connection | None = None) -> None:
        super().__init__(detail)
        self.database = database


def open_checked(path: Path, known: int | None = None) -> sqlite3.Connection:
    """Opens the file, on a disk that is full or read-only as well: then its content can be read and sent, and
    commits are refused.

    Args:
        known: version of the schema of the store that was there before, where it is known that there was one: an empty
            file, or one that seems to be of something else, is then a damaged one.

    Raises StoreError, Damaged.
    """
    try:
        return _open(path, _Way(), known)
    except StoreError as error:
        way = _other_way(path, error.code)
        if way is None:
            raise
        return _open(path, way, known)


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


def _open(path: Path, way: _Way, known: int | None) -> sqlite3.Connection:
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
        _settle(path, database, way, known)
    except StoreError:
        database.close()
        raise
    except Damaged as damage:
        damage.database = database
        raise
    except UnicodeDecodeError as error:
        # Raised by the sqlite3 module for names of columns that are no text.
        raise Damaged(str(error), database) from error
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error), database) from error
        database.close()
        raise in_words(path, error) from error
    return database


def _settle(path: Path, database: sqlite3.Connection, way: _Way, known: int | None) -> None:
    """Make it a store of this version that survives a power cut at any moment."""
    if way.alone:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = _identify(path, database, known)
    if version is None:
        database.execute(f"PRAGMA page_size = {schema.PAGE_BYTES}")
    mode = ask(database, "PRAGMA journal_mode = WAL")
    if mode != "wal" and not way.immutable:
        what = _("its file system allows no write-ahead log (mode {mode})").format(mode=mode)
        raise StoreError(path, what, _("put it on a local disk"))
    database.execute("PRAGMA synchronous = FULL")
    database.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    if version is None:
        schema.create(database)
    else:
        _check(database)
        schema.modernise(path, database, version)
    # After the first reading: SQLite learns the size of a page from the file.
    database.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // ask(database, 'PRAGMA page_size')}")
    database.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")


def _identify(path: Path, database: sqlite3.Connection, known: int | None) -> int | None:
    """The version of its schema; None: the file is still empty. Raises StoreError for what is not ours to touch."""
    tables = {text for (text,) in database.execute("SELECT sql FROM sqlite_schema") if text is not None}
    application, version = ask(database, "PRAGMA application_id"), int(ask(database, "PRAGMA user_version"))
    if known is not None and (application != schema.APPLICATION_ID or (version > schema.VERSION and version != known)):
        raise Damaged(_("its first page does not say that it is a store"))
    if application != schema.APPLICATION_ID:
        if tables:
            raise StoreError(path, _("is a database of another program"), _("check the path under [store]"))
        return None
    if version > schema.VERSION:
        what = _("was written by a newer lamppost (schema {version}; this one knows {known})")
        hint = _("install that version again, or move the file away and lose what it holds")
        raise StoreError(path, what.format(version=version, known=schema.VERSION), hint)
    if tables != (set(schema.TABLES) if version == schema.VERSION else schema.OLDER.get(version)):
        raise Damaged(_("its tables are not those of schema {version}").format(version=version))
    return version


def check_again(path: Path, database: sqlite3.Connection) -> None:
    """Raises Damaged: an open store of this version is none any more. Raises sqlite3.Error."""
    _identify(path, database, schema.VERSION)
    _check(database)


def _check(database: sqlite3.Connection) -> None:
    verdict = ask(database, "PRAGMA quick_check(1)")
    if verdict != "ok":
        raise Damaged(str(verdict))


def ask(database: sqlite3.Connection, question: str) -> Any:
    """The first value of the first row. Raises sqlite3.Error."""
    return database.execute(question).fetchone()[0]
