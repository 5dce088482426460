"""What the kernel and systemd-timesyncd tell of the wall clock: whether it was set by NTP, and how wrong it may be."""

import ctypes
from pathlib import Path
from typing import Literal

from msgspec import Struct

TIMESYNCD_MARK = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR = 5
_NO_BOUND_US = 16_000_000
"""The kernel counts the error up to here and no further (NTP_PHASE_LIMIT in include/linux/timex.h)."""

Source = Literal["ntp", "rtc", "none"]
"""What the wall clock was set by; "none": it is not set."""


class KernelClock(Struct, frozen=True):
    """
    Args:
        synchronised: an NTP daemon keeps the clock now, as the kernel sees it.
        max_error_s: how wrong it is at most; None: nobody knows.
    """

    synchronised: bool
    max_error_s: float | None


class _Timex(ctypes.Structure):
    """The beginning of struct timex of adjtimex(2), and room for what the kernel writes behind it."""

    _fields_ = (
        ("modes", ctypes.c_uint),  # 0: read, set nothing
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror_us", ctypes.c_long),
        ("rest", ctypes.c_byte * 480),
    )


def kernel_clock() -> KernelClock:
    told = _Timex()
    state = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told)))
    return judged(state, told.maxerror_us)


def judged(state: int, max_error_us: int) -> KernelClock:
    """What it means that adjtimex(2) returns `state` (-1: it failed) and tells that bound (pure)."""
    synchronised = state not in (_TIME_ERROR, -1)
    bounded = synchronised and max_error_us < _NO_BOUND_US
    return KernelClock(synchronised, max_error_us / 1e6 if bounded else None)


def was_set_by_ntp() -> bool:
    """Whether an NTP daemon has set the wall clock in this boot, as far as the kernel and systemd-timesyncd tell."""
    return TIMESYNCD_MARK.exists() or kernel_clock().synchronised


def source(configured: Literal["ntp", "rtc"], trusted: bool, by_ntp: bool) -> Source:
    """What keeps the clock.

    Args:
        configured: [pole] clock.
        trusted: whether the clock is held to be set.
        by_ntp: see `was_set_by_ntp`.
    """
    if not trusted:
        return "none"
    return "ntp" if by_ntp else configured
