"""A store read at a desk: a copy of a pole's file, or the file of a pole that is running. Nothing is written to it."""

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Raw, Struct

from agent.store.errors import StoreError, in_words, is_damage
from agent.store.rows.rows import seal_state
from agent.store.rows.schema import APPLICATION_ID, VERSION
from agent.store.rows.tables import keys
from drivers.translation import _

S = TypeVar("S", bound=Struct | Raw)


class StoreCopy:
    """The states of rules in a file.

    Raises StoreError: there is no such file, it is no store, or of a newer lamppost.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            hint = _("copy the pole's store with all files that begin like it")
            raise StoreError(path, _("there is no such file"), hint)
        # Without a write-ahead log beside it the file is whole, and may lie where SQLite cannot make one.
        log = path.with_name(path.name + "-wal")
        mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
        try:
            self._database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True)
        except sqlite3.Error as error:
            raise in_words(path, error) from error

    def __enter__(self) -> Self:
        try:
            (application,) = self._database.execute("PRAGMA application_id").fetchone()
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
        except sqlite3.Error as error:
            self._database.close()
            if is_damage(error):
                raise StoreError(self.path, _("it is no store of a lamppost, or a damaged one")) from error
            raise in_words(self.path, error) from error
        if application != APPLICATION_ID or version > VERSION:
            self._database.close()
            ours = application == APPLICATION_ID
            raise StoreError(self.path, _("it is of a newer lamppost") if ours else _("it is no store of a lamppost"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def keys(self, prefix: str) -> dict[str, int]:
        """Keys of states that begin so, and the bytes of each with its state."""
        try:
            return keys(self._database, prefix)
        except sqlite3.Error as error:
            raise in_words(self.path, error) from error

    def load(self, key: str, kind: type[S]) -> S | None:
        """The state of that key, undecoded where `kind` is Raw; None where there is none that fits, or the disk has
        changed it."""
        try:
            found = self._database.execute("SELECT * FROM state WHERE key = ?", (key,)).fetchone()
            if found is None or found != seal_state(key, found[1])[: len(found)]:
                return None
            return msgspec.json.decode(found[1], type=kind)
        except sqlite3.Error as error:
            raise in_words(self.path, error) from error
        except msgspec.MsgspecError:
            return None
