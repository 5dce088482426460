"""The file: opened, judged by its mark, and begun anew where it is damaged or something is missing."""

import logging
import sqlite3
from pathlib import Path

from msgspec import Struct

from agent.store.errors import StoreError, in_words, is_damage
from agent.store.file import mark, proof
from agent.store.file.anew import Left, NotBegun, Tells, begin_anew, close_quietly
from agent.store.file.beside import finish, refuse_foreign_files
from agent.store.file.mark import Found
from agent.store.file.marking import Marking
from agent.store.file.opening import Damaged, ask, open_checked
from agent.store.file.proof import Expected, Verdict
from agent.store.file.salvage import read_log
from drivers.translation import _

log = logging.getLogger(__name__)


class Opened(Struct, frozen=True):
    """An open file.

    Args:
        damaged: it was damaged, and begun anew.
    """

    database: sqlite3.Connection
    marking: Marking
    damaged: bool


def open_database(path: Path, boot: str, tells: Tells) -> Opened:
    """The checked database, with its mark.

    Raises StoreError for a file of a newer lamppost, of another program or of another user, for a link, and when the
    disk refuses.
    """
    refuse_foreign_files(path)
    finish(path)
    found, wal = mark.look(path), _read_log(path)
    marked = proof.expected_of(found)
    try:
        database, verdict = _judged(path, found, wal, boot)
    except Damaged as damage:
        left = Left(wal, marked if found.proves(boot) else None, marked)
        try:
            return reopen(path, boot, str(damage), tells, left, database=damage.database)
        except NotBegun:
            close_quietly(damage.database)
            raise
    if verdict.damaged is None:
        return Opened(database, _marked(path, database, boot, verdict, tells, marked=marked), False)
    try:
        return reopen(path, boot, verdict.damaged, tells, Left(wal, verdict.expected, marked), database=database)
    except NotBegun as refusal:
        # SQLite reads what there is, and that can be sent; the mark stays, and the next start tells what is missing.
        log.error("%s; what can be read of it is used as it is", refusal)
        return Opened(database, Marking(), False)


def reopen(
    path: Path, boot: str, detail: str, tells: Tells, left: Left, *, database: sqlite3.Connection | None
) -> Opened:
    """Begin a damaged file anew, and open what was begun. Raises StoreError.

    Args:
        database: a connection to the damaged one, which is closed.
    """
    begin_anew(path, detail, tells, left, database)
    try:
        database = open_checked(path)
    except Damaged as again:
        if again.database is not None:
            again.database.close()
        what = _("is damaged, and so is what was begun in its place: {reason}").format(reason=again)
        raise StoreError(path, what, _("replace the disk"), sqlite3.SQLITE_CORRUPT) from again
    return Opened(database, _marked(path, database, boot, Verdict(), tells, marked=left.marked), True)


def _read_log(path: Path) -> bytes:
    try:
        return read_log(path)
    except OSError as error:
        what = _("its write-ahead log cannot be read: {reason}").format(reason=error.strerror)
        raise StoreError(path, what, _("see dmesg; a worn SD card must be replaced"), sqlite3.SQLITE_IOERR) from error


def _judged(path: Path, found: Found, wal: bytes, boot: str) -> tuple[sqlite3.Connection, Verdict]:
    """Raises Damaged, StoreError."""
    if (found.kept is not None or wal) and not (path.exists() and path.stat().st_size):
        # SQLite would throw the log away.
        raise Damaged(_("the file is empty or gone"))
    database = open_checked(path, found.kept.schema if found.kept is not None else None)
    try:
        page_bytes = int(ask(database, "PRAGMA page_size"))
        verdict = proof.judge(found, database, boot, wal, page_bytes)
    except sqlite3.Error as error:
        if is_damage(error):
            raise Damaged(str(error), database) from error
        database.close()
        raise in_words(path, error) from error
    return database, verdict


def _marked(
    path: Path, database: sqlite3.Connection, boot: str, verdict: Verdict, tells: Tells, *, marked: Expected | None
) -> Marking:
    """The file is marked from now on; where its disk takes nothing it goes on without. Raises StoreError."""
    try:
        if verdict.unproven is not None:
            tells.unproven(database, verdict.unproven, verdict.expected)
        return proof.adopt(path, database, boot, verdict.like, marked)
    except sqlite3.Error as error:
        if is_damage(error):
            database.close()
            raise in_words(path, error) from error
        return Marking()
