"""A store whose disk stops being read while the file is open."""

import asyncio
import sqlite3
from typing import Any

from agent.store import Store


class Unreadable:
    """A connection whose every statement fails as on a disk that does not read."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self.total_changes = 0
        self.in_transaction = False

    def execute(self, *_: Any) -> Any:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    def close(self) -> None:
        self._database.close()


async def spoil(store: Store) -> None:
    """The open file cannot be read any more."""

    def on_thread() -> None:
        outbox = store._keeper.file().outbox
        outbox.database = Unreadable(outbox.database)  # type: ignore[assignment]

    await asyncio.get_running_loop().run_in_executor(store._thread.executor, on_thread)
