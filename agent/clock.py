"""Wall time and whether to trust it; monotonic time for every duration."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from agent.kernel_clock import was_set_by_ntp

RELEASE_FLOOR_UNIX_S = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
"""A wall clock that stands before this release was made is wrong."""

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Moment(Struct, frozen=True):
    """One point in time, known twice.

    Args:
        unix_s: wall time, seconds since 1970 UTC, as the box believed at that time.
        mono_s: `time.monotonic()`; comparable only within one `boot`.
        boot: identity of the run of the kernel that `mono_s` belongs to; "": not known, and `mono_s` means nothing.
        trusted: whether the wall clock was known to be set when the moment was taken.
    """

    unix_s: float
    mono_s: float
    boot: str
    trusted: bool

    @property
    def trusted_unix_s(self) -> float | None:
        """Wall time, unix seconds; None: the clock is not set."""
        return self.unix_s if self.trusted else None

    @property
    def earliest_s(self) -> float | None:
        """The earliest time it can be while the clock is not set, unix seconds; None: the clock is set."""
        return None if self.trusted else max(self.unix_s, RELEASE_FLOOR_UNIX_S)

    @property
    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.unix_s, UTC)

    def elapsed_since(self, earlier: "Moment") -> float | None:
        """Seconds from `earlier` to here: monotonic within one boot, by the wall across boots.

        None where neither clock can tell (another boot, and one of the two wall clocks untrusted).
        """
        if self.boot and self.boot == earlier.boot:
            return self.mono_s - earlier.mono_s
        if self.trusted and earlier.trusted:
            return self.unix_s - earlier.unix_s
        return None

    def shifted_to(self, mono_s: float) -> "Moment":
        """The moment of another `mono_s` of the same boot, by the wall clock of this one."""
        return Moment(self.unix_s + mono_s - self.mono_s, mono_s, self.boot, self.trusted)

    def corrected(self, now: "Moment") -> "Moment":
        """This moment by the wall clock of `now`, if it was taken in the same boot before that clock was set."""
        if self.trusted or not now.trusted or self.boot != now.boot:
            return self
        return now.shifted_to(self.mono_s)


class Clock(Protocol):
    boot: str

    def now(self) -> Moment: ...

    def moment_at(self, mono_s: float) -> Moment:
        """The moment of a `time.monotonic()` value taken in this boot."""
        ...


class SystemClock:
    """The clock of this box.

    `trusted` says that the wall clock was set, by this rule:

    - it stands at or after `floor_unix_s`: a box without a battery starts in 1970 or at its last shutdown;
    - with source "ntp", the kernel calls it synchronised (adjtimex(2) does not answer TIME_ERROR, as with chrony and
      ntpd) or systemd-timesyncd left its mark. Once seen in a boot it stays: a crystal drifts seconds a day, and a pole
      that lost its network must not forget the time;
    - with source "rtc" the floor alone decides: for boxes whose battery-backed clock, hypervisor or container host
      keeps the time where the kernel cannot see it.

    Args:
        source: [pole] clock.
        synchronised: whether the wall clock has been set in this boot.
        wall: unix seconds now.
        boot: identity of this run of the kernel; None: the kernel's own.
    """

    def __init__(
        self,
        source: Literal["ntp", "rtc"] = "ntp",
        *,
        floor_unix_s: float = RELEASE_FLOOR_UNIX_S,
        synchronised: Callable[[], bool] | None = None,
        wall: Callable[[], float] = time.time,
        boot: str | None = None,
    ) -> None:
        self.boot = boot if boot is not None else boot_id()
        self._floor_unix_s, self._wall = floor_unix_s, wall
        self._synchronised = synchronised or was_set_by_ntp
        self._set = source == "rtc"

    def now(self) -> Moment:
        return self.moment_at(time.monotonic())

    def moment_at(self, mono_s: float) -> Moment:
        unix_s = self._wall()
        offset_s = unix_s - time.monotonic()
        return Moment(offset_s + mono_s, mono_s, self.boot, self._trusts(unix_s))

    def _trusts(self, unix_s: float) -> bool:
        if not self._set:
            self._set = self._synchronised()
        return self._set and unix_s >= self._floor_unix_s


def rfc3339(unix_s: float) -> str:
    """RFC 3339 in UTC with milliseconds, e.g. "2026-11-05T17:03:22.120Z"."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def boot_id() -> str:
    """The kernel's random identity of this boot (proc(5), /proc/sys/kernel/random/boot_id)."""
    return _BOOT_ID.read_text(encoding="ascii").strip()
