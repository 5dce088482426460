"""Work on the open file, on the thread that owns it. SQLite's errors leave it as StoreError."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from msgspec import json

from agent.store.errors import StoreError
from agent.store.eviction import OutboxFull
from agent.store.keeper import FileKeeper, OpenFile
from agent.store.write_volume import KEY

T = TypeVar("T")


def ask(keeper: FileKeeper, work: Callable[[OpenFile], T]) -> T:
    """Raises StoreError."""
    try:
        file = keeper.file()
        try:
            return work(file)
        finally:
            keeper.publish(file)
    except (sqlite3.Error, OutboxFull) as error:
        raise keeper.explained(error) from error


def change(keeper: FileKeeper, work: Callable[[OpenFile], T]) -> T:
    """Runs `work` as `ask` does, for work that writes to the file, and notes whether the disk took it.

    What had nothing to write says nothing about the disk.
    """
    try:
        database = keeper.file().outbox.database
        before = database.total_changes
        answer = ask(keeper, work)
    except StoreError as error:
        keeper.refuses = str(error)
        raise
    if database.total_changes > before:
        keeper.refuses = None
    return answer


def flush(keeper: FileKeeper) -> None:
    """Write what is buffered, delete what is acknowledged. Raises StoreError; nothing is lost."""
    change(keeper, lambda file: file.outbox.flush(keeper.now()))


def finish(keeper: FileKeeper) -> None:
    """Write what is to be written before the end; nothing is on its way any more. Raises StoreError."""
    ask(keeper, lambda file: file.leases.reset_cursor())
    with suppress(StoreError):
        flush(keeper)
    # Again: the file that was begun in the place of a damaged one has not got it yet.
    _flush_or_lose(keeper)
    volume = ask(keeper, lambda file: file.write_volume.state(keeper.now()))
    if volume is not None:
        states = {KEY: json.encode(volume)}
        # Not worth an error.
        with suppress(StoreError):
            change(keeper, lambda file: file.outbox.commit((), states, keeper.now()))


def _flush_or_lose(keeper: FileKeeper) -> None:
    try:
        flush(keeper)
    except StoreError as error:
        lost = ask(keeper, lambda file: len(file.outbox.buffered))
        what = f"{error.what}; {lost} measurements that were in memory alone are lost" if lost else error.what
        raise StoreError(error.path, what, error.hint, error.code) from error
