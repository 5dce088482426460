"""A gate that many pass at a time, and that is closed for what must be done while nobody is inside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class StillInside(Exception):
    """Somebody was inside for too long."""


class Gate:
    """`async with` it passes; who comes while it is closed waits. Whoever is inside must not pass it once more."""

    def __init__(self) -> None:
        self._inside = 0
        self._open, self._empty = asyncio.Event(), asyncio.Event()
        self._open.set()

    async def __aenter__(self) -> None:
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1

    async def __aexit__(self, *_: object) -> None:
        self._inside -= 1
        if not self._inside and not self._open.is_set():
            self._empty.set()

    @asynccontextmanager
    async def closed(self, limit_s: float = 30.0) -> AsyncIterator[None]:
        """Keeps it closed while nobody is inside; one task does at a time. Raises StillInside after `limit_s`."""
        self._open.clear()
        if self._inside:
            self._empty.clear()
        else:
            self._empty.set()
        waiting = asyncio.ensure_future(self._empty.wait())
        try:
            # Not asyncio.timeout(): in a task that is being cancelled Python 3.11.2 lets the time-out pass.
            if not (await asyncio.wait({waiting}, timeout=limit_s))[0]:
                raise StillInside
            yield
        finally:
            waiting.cancel()
            self._open.set()
