"""Waiting to a tenth of a millisecond: the event loop's own timers round up to whole milliseconds.

At 115200 baud that rounding alone would cost a twentieth of the line.
"""

import asyncio
import ctypes
import os

from drivers.translation import _

_CLOCK_MONOTONIC = 1
_TFD_TIMER_ABSTIME = 1
_NS = 1_000_000_000


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


_libc = ctypes.CDLL(None, use_errno=True)


async def sleep_until(at_s: float) -> None:
    """Sleeps until that moment of `time.monotonic()`; what could be read before it has been read when this returns."""
    loop = asyncio.get_running_loop()
    if at_s <= loop.time():
        return
    timer = _timer(at_s)
    rung = loop.create_future()
    loop.add_reader(timer, _ring, rung)
    try:
        await rung
    finally:
        loop.remove_reader(timer)
        os.close(timer)


def _timer(at_s: float) -> int:
    """A descriptor that becomes readable then: timerfd_create(2), which `os` has from Python 3.13 on."""
    timer: int = _libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
    if timer < 0:
        raise OSError(ctypes.get_errno(), _("timerfd_create failed"))
    seconds, nanoseconds = divmod(round(at_s * _NS), _NS)
    when = _Itimerspec(_Timespec(0, 0), _Timespec(seconds, nanoseconds))
    if _libc.timerfd_settime(timer, _TFD_TIMER_ABSTIME, ctypes.byref(when), None) < 0:
        error = ctypes.get_errno()
        os.close(timer)
        raise OSError(error, _("timerfd_settime failed"))
    return timer


def _ring(rung: asyncio.Future[None]) -> None:
    if not rung.done():
        rung.set_result(None)
