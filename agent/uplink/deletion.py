"""Tells the store what the broker has acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from agent.store import Stored


class Deletion:
    """Gathers acknowledged rows and hands them on together, because each transaction wears an SD card.

    Args:
        settle: takes them; raises StoreError.
        settle_s: rows are collected that long; a crash within it sends them again under the same ids.
    """

    def __init__(self, settle: Callable[[Sequence[Stored]], Awaitable[None]], settle_s: float) -> None:
        self._settle, self._settle_s = settle, settle_s
        self._acknowledged: list[Stored] = []
        self._added = asyncio.Event()

    def add(self, row: Stored) -> None:
        self._acknowledged.append(row)
        self._added.set()

    async def run(self) -> None:
        """Deletes what was acknowledged until cancelled. Raises StoreError."""
        while True:
            await self._added.wait()
            await asyncio.sleep(self._settle_s)
            await self.delete()

    async def delete(self) -> None:
        """Delete what was collected. Raises StoreError.

        One that is cancelled in the middle is done again at the end: what was acknowledged is not sent twice.
        """
        self._added.clear()
        rows = list(self._acknowledged)
        if rows:
            await self._settle(rows)
            deleted = {row.seq for row in rows}
            self._acknowledged = [row for row in self._acknowledged if row.seq not in deleted]
