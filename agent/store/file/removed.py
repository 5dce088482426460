"""A file that somebody removes or replaces while it is open: it is there for whoever has it open, and for nobody after
that."""

import sqlite3
from pathlib import Path

from agent.store.file.beside import new_path, remove
from drivers.files import sync


def put_in_place(path: Path, database: sqlite3.Connection) -> None:
    """Make a file of all that a connection holds. Raises sqlite3.Error, OSError."""
    new = new_path(path)
    remove(new)
    database.execute("VACUUM INTO ?", (str(new),))
    sync(new)
    remove(path)  # what belonged to it
    new.replace(path)
    sync(path.parent)
