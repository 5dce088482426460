"""Time that passes only where nothing else is to be done: how fast the machine is decides nothing."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

TICK_S = 1e-6


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


class VirtualTimer:
    """What `drivers.line.timer.Timer` does, by the loop's own time."""

    async def until(self, at_s: float) -> None:
        loop = asyncio.get_running_loop()
        if at_s <= loop.time():
            return
        rung = loop.create_future()
        loop.call_at(at_s, rung.set_result, None)
        await rung

    def close(self) -> None:
        """There is nothing to close: no descriptor was opened."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs it to its end."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def now_s() -> float:
    """Returns the running loop's time."""
    return asyncio.get_running_loop().time()
