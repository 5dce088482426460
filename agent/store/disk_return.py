"""The way back to a disk that could not be read: it is looked at with growing pauses, apart from the thread of the
store, which must not wait for a dying card."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from agent.store.errors import StoreError
from agent.store.file_thread import FileThread
from agent.store.keeper import FileKeeper
from drivers.backoff import Backoff

_BLOCK_BYTES = 1 << 20


def readable(path: Path) -> bool:
    """Whether each byte of the file and its log can be read; what is not there keeps nobody from making it."""
    for each in (path, Path(f"{path}-wal")):
        try:
            with each.open("rb", buffering=0) as file:
                while file.read(_BLOCK_BYTES):
                    pass
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True


class DiskReturn:
    """
    Args:
        look: whether it is worth trying.
        backoff: pauses between two looks.
    """

    def __init__(
        self,
        path: Path,
        keeper: FileKeeper,
        thread: FileThread,
        *,
        look: Callable[[Path], bool] = readable,
        backoff: Backoff | None = None,
    ) -> None:
        self._path, self._keeper, self._thread, self._look = path, keeper, thread, look
        self._backoff = backoff or Backoff(first_s=5.0, cap_s=600.0, stable_s=3600.0, jitter=0.2)
        self._timer: asyncio.TimerHandle | None = None
        self._trying: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self, tell: Callable[[], None]) -> None:
        """Has the disk looked at where memory takes the place of the file.

        Args:
            tell: is called on the loop whenever something else takes that place, which has news for the uplink.
        """
        loop = asyncio.get_running_loop()

        def replaced() -> None:
            tell()
            self.plan()

        def on_thread() -> None:
            loop.call_soon_threadsafe(replaced)

        self._keeper.on_replaced = on_thread

    def plan(self) -> None:
        """Look in a while, where the store is in memory."""
        if self._stopped or self._keeper.absence is None or self._timer is not None or self._trying is not None:
            return
        self._timer = asyncio.get_running_loop().call_later(self._backoff.pause_s(0.0), self._begin)

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._trying is not None:
            self._trying.cancel()

    def _begin(self) -> None:
        self._timer = None
        self._trying = asyncio.get_running_loop().create_task(self._try(), name="store-disk")

    async def _try(self) -> None:
        try:
            if await self._looked():
                await self._thread.try_disk()
        except StoreError:
            return  # it is closed
        finally:
            self._trying = None
        self.plan()

    async def _looked(self) -> bool:
        """What `look` says, in a thread that nobody waits for: a read of a dying card may hang for ever."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()

        def tell(good: bool) -> None:
            if not answer.done():
                answer.set_result(good)

        def on_thread() -> None:
            good = self._look(self._path)
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, good)

        threading.Thread(target=on_thread, name="store-look", daemon=True).start()
        return await answer
