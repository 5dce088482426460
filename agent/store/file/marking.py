"""What every transaction goes through: counted as SQLite writes it, announced in the mark, committed, confirmed."""

import sqlite3
from collections.abc import Mapping

from agent.store.file.mark import Mark
from agent.store.rows.content import Content, Reached, Tally
from agent.store.rows.scope import Scope


class Marking:
    """The mark of an open file, and the tally it is written from.

    Whatever a statement of SQL removes within a transaction counts as removed: erased, evicted or acknowledged, it is
    no loss. Nobody has to tell the mark.

    Args:
        mark: None: none is written, as of a store in memory.
        tally: None: nothing is counted.
    """

    def __init__(self, mark: Mark | None = None, tally: Tally | None = None) -> None:
        self.mark, self.tally = mark, tally
        self._before = Content("")

    @property
    def newest(self) -> int:
        """seq of the newest row ever written, as far as it is known."""
        return self.tally.content.newest if self.tally is not None else 0

    def begin(self) -> None:
        """A transaction begins."""
        if self.tally is not None:
            self._before = self.tally.begin()

    def commit(self, database: sqlite3.Connection, at_s: float, reached: Mapping[int, Reached]) -> None:
        """Raises sqlite3.Error: it was not taken.

        Args:
            reached: how far each uplink is.
        """
        if self.mark is None or self.tally is None:
            database.execute("COMMIT")
            return
        self.tally.find_oldest(database)
        self.tally.content.reached = dict(reached)
        self.mark.intend(self._before, self.tally.content, at_s)
        database.execute("COMMIT")
        self.mark.confirm(self.tally.content, at_s)

    def erase(self, scope: Scope) -> None:
        """Notes, in the transaction that is under way, what was erased."""
        if self.tally is not None:
            self.tally.content.erase((scope,))

    def flush(self) -> None:
        """What the mark says is to survive a power cut."""
        if self.mark is not None:
            self.mark.flush()

    def roll_back(self) -> None:
        """It was not taken."""
        if self.tally is not None:
            self.tally.roll_back()

    def close(self, at_s: float, *, orderly: bool) -> None:
        """The file was closed."""
        if self.mark is not None and self.tally is not None:
            self.mark.close(self.tally.content if orderly else None, at_s)
