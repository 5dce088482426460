"""A GPIO chip without hardware: a socket in place of its device file, and levels that are set by hand.

What is said on it: drivers/gpio/simulated.py.
"""

import asyncio
from collections import defaultdict
from pathlib import Path

MAX_LINE_BYTES = 16


class Chip:
    """
    Args:
        path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._high: set[int] = set()
        self._clients: defaultdict[int, set[asyncio.StreamWriter]] = defaultdict(set)
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Chip":
        self._server = await asyncio.start_unix_server(self._accept, self.path, limit=MAX_LINE_BYTES)
        return self

    async def __aexit__(self, *_: object) -> None:
        """The chip is pulled out."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)
        self.path.unlink(missing_ok=True)

    def set(self, offset: int, high: bool) -> None:
        """Put a line on a level; nobody is told when it is there already."""
        if high == (offset in self._high):
            return
        self._high ^= {offset}
        for writer in self._clients[offset]:
            writer.write(self._level(offset))

    def is_high(self, offset: int) -> bool:
        """The level of a line, whoever has put it there."""
        return offset in self._high

    def _level(self, offset: int) -> bytes:
        return b"1\n" if offset in self._high else b"0\n"

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of ours: the one that asyncio makes of a coroutine is logged as failed when it is cancelled (3.11).
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, which asks for one line and keeps it until it hangs up."""
        try:
            asked = await reader.readline()
            if b"=" in asked:
                await self._driven(asked, reader, writer)
            elif asked.strip().isdigit():
                offset = int(asked)
                writer.write(self._level(offset))
                self._clients[offset].add(writer)
                await reader.read()
                self._clients[offset].discard(writer)
        except (OSError, ValueError):
            return  # a line that is too long, or a client that is gone
        finally:
            writer.close()

    async def _driven(self, asked: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client that drives a line. Raises ValueError for what is no level of a line."""
        driven = int(asked.partition(b"=")[0])
        self.set(driven, _is_high(asked))
        writer.write(self._level(driven))
        self._clients[driven].add(writer)
        try:
            while asked := await reader.readline():
                self.set(driven, _is_high(asked))
        finally:
            self._clients[driven].discard(writer)


def _is_high(asked: bytes) -> bool:
    """Raises ValueError."""
    return bool(int(asked.partition(b"=")[2]))
