"""Why the store could not do what was asked, in words for a technician."""

import sqlite3
from pathlib import Path

from drivers.translation import _

_DAMAGED = (_("it is damaged"), _("restart lamppost: it moves the damaged file aside and starts anew"))

# Primary result codes (https://www.sqlite.org/rescode.html) -> what it means on a pole, what to do.
_WORDS = {
    sqlite3.SQLITE_FULL: (_("the disk is full"), _("free space on it; nothing of this change was written")),
    sqlite3.SQLITE_READONLY: (
        _("the file or its disk is read-only"),
        _("a worn SD card goes read-only: see dmesg, replace it"),
    ),
    sqlite3.SQLITE_IOERR: (_("the disk does not read or write"), _("see dmesg; a worn SD card must be replaced")),
    sqlite3.SQLITE_CANTOPEN: (
        _("it cannot be opened"),
        _("check that its folder exists and belongs to the lamppost user"),
    ),
    sqlite3.SQLITE_BUSY: (_("another program keeps it locked"), _("close every other program that has it open")),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}
_DAMAGED_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StoreError(Exception):
    """The store did not do it, and did nothing by halves.

    Args:
        path: the file.
        what: what is wrong.
        hint: what the technician can do about it.
        code: primary result code of SQLite, where the refusal came from there.
    """

    def __init__(self, path: Path, what: str, hint: str = "", code: int | None = None) -> None:
        super().__init__(_("store {path}: {what}").format(path=path, what=what) + (f" ({hint})" if hint else ""))
        self.path = path
        self.what = what
        self.hint = hint
        self.code = code


class StoreInUse(StoreError):
    """Another lamppost owns it."""


class Replaced(StoreError):
    """Another file, or memory, has taken the place of the one that was asked: whoever asks again is answered from
    there. What was leased before is to be leased anew."""


class EventTooLarge(StoreError):
    """An event is larger than any has to be: a defect of what told it, and none of the disk."""


def primary_code(error: sqlite3.Error) -> int:
    """The primary result code of SQLite; SQLITE_ERROR where the error does not come from the library."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def is_damage(error: sqlite3.Error) -> bool:
    """Whether what stands in the file is not what SQLite, or lamppost, wrote there: a sum of numbers that the disk has
    changed overflows."""
    return primary_code(error) in _DAMAGED_CODES or "overflow" in str(error)


# Extended result codes of SQLITE_IOERR with which a disk refuses a change; what was written before can be read.
_WRITING = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_DIR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_DELETE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_NOMEM,
    }
)


def is_unreadable(error: sqlite3.Error, *, change: bool) -> bool:
    """Whether the disk does not even read.

    Args:
        change: something was to be written: a disk that refuses that may still be read.
    """
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    if code & 0xFF == sqlite3.SQLITE_IOERR:
        return not change or code not in _WRITING
    return code & 0xFF == sqlite3.SQLITE_CANTOPEN


def in_words(path: Path, error: sqlite3.Error) -> StoreError:
    code = primary_code(error)
    what, hint = _WORDS.get(code, (_("SQLite refused"), _("this is a defect of lamppost: report it")))
    return StoreError(path, f"{what}: {error}", hint, code)
