"""Waiting to a tenth of a millisecond: the event loop's own timers round up to whole milliseconds.

At 115200 baud that rounding alone would cost a twentieth of the line.
"""

import asyncio
import contextlib
import ctypes
import os
import weakref
from collections.abc import Callable

from drivers.translation import _

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_NS = 1_000_000_000
_COUNT_BYTES = 8


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


_libc = ctypes.CDLL(None, use_errno=True)


class Timer:
    """One descriptor that is kept for many waits, of which one may go on at a time: timerfd_create(2).

    It is opened with the first wait, and closed by `close` or with the timer.
    """

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung: asyncio.Future[None] | None = None
        self._closing: Callable[[], object] = lambda: None

    async def until(self, at_s: float) -> None:
        """Sleeps until that moment of `time.monotonic()`; what could be read before it has been read when this
        returns."""
        loop = asyncio.get_running_loop()
        if at_s <= loop.time():
            return
        if self._descriptor is None or self._loop is not loop:
            self._open(loop)
        assert self._descriptor is not None
        self._rung = loop.create_future()
        _set(self._descriptor, at_s)
        await self._rung

    def close(self) -> None:
        """Closes the descriptor; the next wait opens another."""
        if self._descriptor is not None and self._loop is not None:
            if not self._loop.is_closed():
                self._loop.remove_reader(self._descriptor)
            self._closing()
            self._descriptor = None
            self._wake()

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        descriptor: int = _libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if descriptor < 0:
            raise OSError(ctypes.get_errno(), _("timerfd_create failed"))
        self._descriptor, self._loop = descriptor, loop
        self._closing = weakref.finalize(self, os.close, descriptor)
        loop.add_reader(descriptor, self._ring)

    def _ring(self) -> None:
        assert self._descriptor is not None
        with contextlib.suppress(BlockingIOError):  # set anew since: what rang was the wait before
            os.read(self._descriptor, _COUNT_BYTES)
            self._wake()

    def _wake(self) -> None:
        if self._rung is not None and not self._rung.done():
            self._rung.set_result(None)


def _set(descriptor: int, at_s: float) -> None:
    seconds, nanoseconds = divmod(round(at_s * _NS), _NS)
    when = _Itimerspec(_Timespec(0, 0), _Timespec(seconds, nanoseconds))
    if _libc.timerfd_settime(descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(when), None) < 0:
        raise OSError(ctypes.get_errno(), _("timerfd_settime failed"))


async def sleep_until(at_s: float) -> None:
    """The same, once, with a descriptor of its own."""
    timer = Timer()
    try:
        await timer.until(at_s)
    finally:
        timer.close()
