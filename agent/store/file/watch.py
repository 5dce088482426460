"""Whether somebody else removed, replaced or changed the file while it is open, and what it then does not hold.

SQLite counts what other programs commit through it. What is copied over a file shows by its size and its time, and one
that is moved to its name by its inode.
"""

import os
import sqlite3
import time
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from agent.store.errors import is_damage
from agent.store.file.opening import Damaged, ask, check_again
from agent.store.file.proof import incarnation
from agent.store.rows.content import Tally, count_content
from drivers.translation import _

_AGAIN_S = 1.0

_Stand = tuple[int, ...]
"""Device, inode, bytes, and the time of the last change in ns, of a file; empty: there is none of that name."""


class Deed(Enum):
    """What somebody else did; REPLACED: no file has its name any more, or another one has."""

    NOTHING = auto()
    REPLACED = auto()
    WRITTEN = auto()


class Watch:
    """Remembers how an open file and its log stood when lamppost left them last."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._paths, self._database = (str(path), f"{path}-wal"), database
        self._places: list[_Stand] = [(), ()]
        self._left: list[_Stand] = [(), ()]
        self._version: int | None = None
        self._asked: int | None = None
        self._replaced_at_s = float("-inf")

    def note(self) -> None:
        """Lamppost leaves them as they are now."""
        self._left = self._stands()
        self._places = [place or left[:2] for place, left in zip(self._places, self._left, strict=True)]
        self._version = self._asked

    def deed(self) -> Deed:
        """What was done since; that it was replaced is said once a second. Raises sqlite3.Error."""
        stands = self._stands()
        if any(place and place != stand[:2] for place, stand in zip(self._places, stands, strict=True)):
            return self._replaced()
        try:
            self._asked = int(ask(self._database, "PRAGMA data_version"))
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            return Deed.WRITTEN
        return Deed.NOTHING if stands == self._left and self._version in (None, self._asked) else Deed.WRITTEN

    def _replaced(self) -> Deed:
        """A disk that takes no other one is not asked with each event."""
        now_s = time.monotonic()
        if now_s - self._replaced_at_s < _AGAIN_S:
            return Deed.NOTHING
        self._replaced_at_s = now_s
        return Deed.REPLACED

    def _stands(self) -> list[_Stand]:
        return [_stand(path, left) for path, left in zip(self._paths, self._left, strict=True)]


def _stand(path: str, otherwise: _Stand) -> _Stand:
    """How the file stands; `otherwise`: it cannot be looked at, of which SQLite speaks where that matters."""
    try:
        found = os.stat(path)  # noqa: PTH116 - with each event: a Path takes twice as long
    except FileNotFoundError:
        return ()
    except OSError:
        return otherwise
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def difference(path: Path, database: sqlite3.Connection, tally: Tally | None) -> str | None:
    """Why the file is not as lamppost left it; None: it is. Raises sqlite3.Error: it cannot be read now.

    Args:
        tally: of what it must hold; None: that is not known.
    """
    # Pages that were read before are not what stands in the file.
    database.execute("PRAGMA shrink_memory")
    try:
        check_again(path, database)
        own = incarnation(database)
        held = count_content(database, own.id if own is not None else "")
    except (Damaged, UnicodeDecodeError) as damage:
        return _changed(str(damage))
    except sqlite3.Error as error:
        if is_damage(error):
            return _changed(str(error))
        raise
    if tally is None or tally.content.same_as(held):
        return None
    return _changed(_("it does not hold what was written to it last"))


def _changed(reason: str) -> str:
    return _("something else changed it while it was open: {reason}").format(reason=reason)


def damage(path: Path, database: sqlite3.Connection, tally: Tally | None, error: sqlite3.Error) -> str | None:
    """What is wrong with the file, by an error of SQLite; None: the file may be sound.

    That a table is missing is a damage where the file lacks one, and else a defect of lamppost.
    """
    if is_damage(error):
        return str(error)
    if str(error).startswith("no such "):
        with suppress(sqlite3.Error):
            return difference(path, database, tally)
    return None
