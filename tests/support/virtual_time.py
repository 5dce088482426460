"""Time that passes only where nothing else is to be done: how fast the machine is decides nothing."""

import asyncio
import os
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

TICK_S = 1e-6

SETTLE_S = 0.5
"""What was written to a pseudo-terminal is at its other end by then. The kernel carries it when it comes to it, on a
busy machine after a tenth of a second."""

LOOK_S = 0.05


class _NeverSleeping(selectors.DefaultSelector):
    """Tells the loop of what is ready; where it would sleep, its time goes on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1_000.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise AssertionError("everything waits, and nothing will ever come")
        if not ready:
            self.now_s += max(0.0, timeout or 0.0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop of one thread and no descriptors. Each look at its time takes a microsecond, so that a spin ends."""

    def __init__(self) -> None:
        self._virtual = _NeverSleeping()
        super().__init__(self._virtual)

    def time(self) -> float:
        self._virtual.now_s += TICK_S
        return self._virtual.now_s


class _Settling(selectors.DefaultSelector):
    """Waits for what is on its way between two terminals of this process, and for nothing else.

    Args:
        threads: so many work for the loop, in real time.
        on_way: so many writes to terminals have not been seen at the other end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s, self.threads, self.on_way = 1_000.0, 0, 0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if not found and (timeout is None or timeout > 0):
            found = self._later(timeout)
        arrived = sum(os.isatty(key.fd) for key, events in found if events & selectors.EVENT_READ)
        self.on_way = max(0, self.on_way - arrived)
        return found

    def _later(self, timeout: float | None) -> Any:
        began_s, real_s = time.monotonic(), LOOK_S if self.threads or timeout is None else 0.0
        found = super().select(SETTLE_S if self.on_way else real_s)
        if not found:
            self.on_way = 0
        if real_s:
            self.now_s += min(time.monotonic() - began_s, real_s, timeout or real_s)
        elif not found:
            self.now_s += timeout or 0.0
        return found


class SettlingLoop(asyncio.SelectorEventLoop):
    """A loop of real descriptors, all whose far ends are in this process too."""

    def __init__(self) -> None:
        self._virtual = _Settling()
        super().__init__(self._virtual)

    def time(self) -> float:
        self._virtual.now_s += TICK_S
        return self._virtual.now_s

    def written(self) -> None:
        """Something was written to a terminal."""
        self._virtual.on_way += 1

    def run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> Any:
        self._virtual.threads += 1
        found = super().run_in_executor(executor, function, *arguments)
        found.add_done_callback(self._one_less)
        return found

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Waits in real time for the threads: since Python 3.12 it waits five minutes at most, of the loop's time."""
        self._virtual.threads += 1
        await super().shutdown_default_executor()

    def _one_less(self, _: Any) -> None:
        self._virtual.threads -= 1


class VirtualTimer:
    """What `drivers.line.timer.Timer` does, by the loop's own time."""

    async def until(self, at_s: float) -> None:
        loop = asyncio.get_running_loop()
        if at_s <= loop.time():
            return
        rung = loop.create_future()
        rings = loop.call_at(at_s, rung.set_result, None)
        try:
            await rung
        finally:
            rings.cancel()

    def close(self) -> None:
        """There is nothing to close: no descriptor was opened."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs it to its end."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work)


def run_settling(work: Coroutine[Any, Any, T]) -> T:
    """What it returns. The lines in it go by the loop's time: see `lines_by_loop`."""
    with asyncio.Runner(loop_factory=SettlingLoop) as runner:
        return runner.run(work)


def now_s() -> float:
    """Returns the running loop's time."""
    return asyncio.get_running_loop().time()
