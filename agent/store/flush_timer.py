"""The timer that has written what waits in memory, and what has arrived."""

import asyncio
from concurrent.futures import Executor

from agent.store.access import flush
from agent.store.errors import StoreError
from agent.store.keeper import FileKeeper

# The pause after the disk has refused what was buffered.
_AGAIN_S = 5.0


class FlushTimer:
    """One write at a time, as late as it may be.

    Args:
        keeper: says since when something waits.
        buffer_s, settle_s: how long telemetry, and what has arrived, waits to be written.
    """

    def __init__(self, keeper: FileKeeper, *, buffer_s: float, settle_s: float) -> None:
        self._keeper, self._buffer_s, self._settle_s = keeper, buffer_s, settle_s
        self._thread: Executor | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writing = False
        self._not_before_s = 0.0

    def start(self, thread: Executor) -> None:
        """
        Args:
            thread: the one that owns the file.
        """
        self._thread = thread

    def stop(self) -> None:
        self._thread = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def plan(self) -> None:
        """Sooner than it was planned where something came that waits less; never later."""
        due_s = self._due_s()
        if self._thread is None or self._writing or due_s is None:
            return
        if self._timer is not None:
            if self._timer.when() <= due_s:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(due_s, self._write)

    def _due_s(self) -> float | None:
        """Returns when something is to be written, on the clock of the loop, which is the monotonic one; None:
        nothing is."""
        since = (
            (self._keeper.arrived_since_s, self._settle_s),
            (self._keeper.buffered_since_s, self._buffer_s),
        )
        waits = [since_s + patience_s for since_s, patience_s in since if since_s is not None]
        return max(self._not_before_s, min(waits)) if waits else None

    def _write(self) -> None:
        self._timer, loop, due_s = None, asyncio.get_running_loop(), self._due_s()
        if self._thread is None or due_s is None:
            return
        if due_s > loop.time():
            # What it was planned for has been acknowledged meanwhile.
            self.plan()
            return
        self._writing = True
        loop.run_in_executor(self._thread, flush, self._keeper).add_done_callback(self._wrote)

    def _wrote(self, writing: asyncio.Future[None]) -> None:
        """A refusal is told by `status`, and to whoever next brings telemetry."""
        self._writing = False
        error = None if writing.cancelled() else writing.exception()
        if error is not None and not isinstance(error, StoreError):
            raise error
        if error is not None:
            self._not_before_s = asyncio.get_running_loop().time() + _AGAIN_S
        self.plan()
