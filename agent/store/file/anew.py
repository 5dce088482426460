"""A damaged file is begun anew with what is still as it was committed, and what is missing is told."""

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from msgspec import Struct

from agent.store.errors import StoreError
from agent.store.file import proof
from agent.store.file.beside import damaged_path, move, new_path, remove
from agent.store.file.opening import open_checked
from agent.store.file.proof import Expected, Incarnation, Missing
from agent.store.file.salvage import Saved, salvage
from agent.store.rows.erasures import remove_again
from agent.store.rows.scope import TaleOf
from drivers.files import create_file, sync
from drivers.translation import _

log = logging.getLogger(__name__)


class Damage(Struct, frozen=True):
    """A damaged file that was moved aside.

    Args:
        detail: what is wrong with it.
        saved: how much was saved out of it.
        missing: what was not; None: what was in it is not known.
        last_s: when it was written to last; None: that is not known.
    """

    detail: str
    saved: Saved
    missing: Missing | None
    last_s: float | None


class Left(Struct, frozen=True):
    """What is known of a damaged file.

    Args:
        log: bytes of its write-ahead log, from before SQLite has opened it.
        expected: what it must hold; None: that is not known.
        marked: what the mark says, proved or not.
    """

    log: bytes
    expected: Expected | None
    marked: Expected | None

    @property
    def own(self) -> str:
        """Which file it is; empty: that is not known."""
        return self.marked.contents[0].incarnation if self.marked is not None else ""


Tell = Callable[[sqlite3.Connection, Damage, Expected | None], None]
"""Writes the event that tells of a damage into the file that was begun anew, beyond what the mark says. Raises
sqlite3.Error, StoreError."""


class Tells(Struct, frozen=True):
    """What is told of a file.

    Args:
        damage, unproven: write the events that tell what was found, beyond what the mark says. They raise
            sqlite3.Error, StoreError.
        tale_of: of what its states tell.
    """

    damage: Tell
    unproven: Callable[[sqlite3.Connection, str, Expected | None], None]
    tale_of: TaleOf


class NotBegun(StoreError):
    """The disk takes no new file: the old one is at its place as it was."""


def begin_anew(path: Path, detail: str, tells: Tells, left: Left, open_file: sqlite3.Connection | None) -> None:
    """Save what is still as it was committed into a new file, which tells of the damage, and put it in place.

    A power cut at any moment leaves the old file or the whole new one. Raises StoreError, of which NotBegun leaves
    `open_file` open.

    Args:
        open_file: a connection to the damaged one, which is closed at the end: its log lasts as long.
    """
    try:
        damage = _make_new(path, detail, tells, left)
    except (sqlite3.Error, OSError, StoreError) as error:
        what = _("is damaged and cannot be begun anew: {reason}").format(reason=error)
        raise NotBegun(path, what, _("replace the disk"), getattr(error, "code", None)) from error
    try:
        move(path, damaged_path(path))
        new_path(path).replace(path)
        sync(path.parent)
    except OSError as error:
        what = _("is damaged and cannot be begun anew: {reason}").format(reason=error)
        raise StoreError(path, what, _("replace the disk")) from error
    finally:
        close_quietly(open_file)
    _log(path, damage)


def close_quietly(database: sqlite3.Connection | None) -> None:
    """Close a connection to a file that is not to be used any more."""
    if database is not None:
        with suppress(sqlite3.Error):
            database.close()


def _make_new(path: Path, detail: str, tells: Tells, left: Left) -> Damage:
    new = new_path(path)
    remove(new)
    if not path.exists():
        # While it stands at its place it counts, and what is beside it is not yet whole.
        os.close(create_file(path))
    with closing(open_checked(new)) as database:
        expected = left.expected
        saved = salvage(path, left.log, database, expected.most if expected is not None else None)
        again = remove_again(database, proof.erased_of(left.marked, proof.incarnation(database)), tells.tale_of)
        saved = Saved(saved.events - again.events, saved.states - again.states)
        missing = proof.missing(database, expected) if expected is not None else None
        damage = Damage(detail, saved, missing, expected.at_s if expected is not None else None)
        proof.put_incarnation(database, Incarnation(uuid4().hex, left.own))
        tells.damage(database, damage, left.marked)
    sync(new)
    return damage


def _log(path: Path, damage: Damage) -> None:
    log.error(
        "store %s was damaged (%s): moved to %s; %d events and %d states were saved into a new one; events missing: %s",
        path,
        " ".join(damage.detail.split()),
        damaged_path(path),
        damage.saved.events,
        damage.saved.states,
        _("unknown") if damage.missing is None else damage.missing.events,
    )
