"""A file that somebody removes while it is open: it is there for whoever has it open, and for nobody after that."""

import sqlite3
import time
from pathlib import Path

from agent.store.beside import new_path, remove
from drivers.files import sync

_LOOK_S = 1.0


class Looked:
    """Remembers when it was looked at last.

    Attributes:
        at_s: monotonic seconds.
    """

    def __init__(self) -> None:
        self.at_s = float("-inf")


def is_gone(path: Path, looked: Looked) -> bool:
    """Whether nothing has that name any more; looked at once a second."""
    now_s = time.monotonic()
    if now_s - looked.at_s < _LOOK_S:
        return False
    looked.at_s = now_s
    return not path.exists()


def put_in_place(path: Path, database: sqlite3.Connection) -> None:
    """Make a file of all that a connection holds. Raises sqlite3.Error, OSError."""
    new = new_path(path)
    remove(new)
    database.execute("VACUUM INTO ?", (str(new),))
    sync(new)
    remove(path)  # what belonged to it
    new.replace(path)
    sync(path.parent)
