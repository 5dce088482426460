"""The thread that owns the file: a slow card holds up this thread, never the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from agent.store import access
from agent.store.errors import StoreError
from agent.store.flush_timer import FlushTimer
from agent.store.keeper import FileKeeper
from agent.store.open_file import OpenFile
from drivers.translation import _

T = TypeVar("T")


class FileThread:
    """Starts the thread, runs on it what is asked of the file, and ends it.

    Args:
        timer: writes on the same thread what waits in memory.
    """

    def __init__(self, path: Path, keeper: FileKeeper, timer: FlushTimer) -> None:
        self._path, self._keeper, self._timer = path, keeper, timer
        self._thread: Executor | None = None
        self._opened = ExitStack()

    async def open(self) -> None:
        """Opens the file. Raises StoreError: another owner, a newer schema, a disk that refuses."""
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        with ExitStack() as undo:
            undo.callback(_end, thread, self._keeper)
            await asyncio.get_running_loop().run_in_executor(thread, self._keeper.open)
            await asyncio.get_running_loop().run_in_executor(thread, access.begin, self._keeper)
            self._opened = undo.pop_all()
        self._thread = thread
        self._timer.start(thread)

    async def close(self) -> None:
        """Writes what is buffered, and ends the thread. Raises StoreError when the disk refuses it."""
        with self._opened:
            try:
                await self._call(partial(access.finish, self._keeper))
            finally:
                await self._call(self._keeper.close)
                self._timer.stop()
                self._thread = None

    async def run(self, work: Callable[[OpenFile], T], *, change: bool = False) -> T:
        """Runs `work` on the open file, or on what has taken its place meanwhile. Raises StoreError.

        Args:
            change: whether it writes to the file.
        """
        return await self._call(partial(access.asked, self._keeper, work, change=change))

    async def try_disk(self) -> bool:
        """Whether the file is used again that could not be read."""
        return await self._call(self._keeper.try_disk)

    async def set_aside(self, target: Path) -> None:
        """Moves the file to `target`, and begins an empty one. Raises StoreError."""
        await self._call(partial(self._keeper.set_aside, target))

    @property
    def executor(self) -> Executor:
        """The thread itself, for whoever opens the file there. Raises StoreError where it has ended."""
        if self._thread is None:
            raise StoreError(self._path, _("is closed"), _("this is a defect of lamppost: report it"))
        return self._thread

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)


def _end(thread: Executor, keeper: FileKeeper) -> None:
    """Queue the closing behind whatever still runs, and let the thread go."""
    thread.submit(keeper.close)
    thread.shutdown(wait=False)
