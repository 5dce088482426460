"""Wall time and whether to trust it; monotonic time for every duration."""

from datetime import UTC, datetime
from typing import Protocol

from msgspec import Struct


class Moment(Struct, frozen=True):
    """One point in time, known twice.

    Args:
        unix_s: wall time, seconds since 1970 UTC, as the box believed at that time.
        mono_s: `time.monotonic()`; comparable only within one `boot`.
        boot: identity of the run of the kernel that `mono_s` belongs to.
        trusted: whether the wall clock was known to be set when the moment was taken.
    """

    unix_s: float
    mono_s: float
    boot: str
    trusted: bool

    @property
    def utc(self) -> datetime:
        return datetime.fromtimestamp(self.unix_s, UTC)

    def since(self, earlier: "Moment") -> float | None:
        """Seconds from `earlier` to here: monotonic within one boot, by the wall across boots.

        None where neither clock can tell (another boot, and one of the two wall clocks untrusted).
        """
        if self.boot == earlier.boot:
            return self.mono_s - earlier.mono_s
        if self.trusted and earlier.trusted:
            return self.unix_s - earlier.unix_s
        return None


class Clock(Protocol):
    boot: str

    def now(self) -> Moment: ...

    def at(self, mono_s: float) -> Moment:
        """The moment of a `time.monotonic()` value taken in this boot."""
        ...
