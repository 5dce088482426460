"""A clock that runs fast, so that an evening passes while somebody watches."""

import time
from collections.abc import Callable
from datetime import datetime

from agent.clock import Moment
from drivers.translation import _


class VirtualClock:
    """Wall time that starts at `start` and runs `speed` times as fast as the real one; monotonic time stays real.

    Durations (how long an override holds) are therefore real seconds, and only what follows the wall clock
    (programs, the sun) hurries.

    Args:
        start: aware moment that the clock shows when it is made.
        speed: virtual seconds in one real second.
        mono: real monotonic seconds.
    """

    def __init__(self, start: datetime, speed: float, mono: Callable[[], float] = time.monotonic) -> None:
        if start.tzinfo is None:
            raise ValueError(_("{time} has no time zone").format(time=start))
        if speed <= 0:
            raise ValueError(_("a clock cannot run {speed} times as fast as the real one").format(speed=speed))
        self.boot = f"virtual-{start.isoformat()}"
        self._start_unix_s = start.timestamp()
        self._speed = speed
        self._mono = mono
        self._start_mono_s = mono()

    def now(self) -> Moment:
        return self.moment_at(self._mono())

    def moment_at(self, mono_s: float) -> Moment:
        """The virtual moment of a `time.monotonic()` value."""
        unix_s = self._start_unix_s + (mono_s - self._start_mono_s) * self._speed
        return Moment(unix_s=unix_s, mono_s=mono_s, boot=self.boot, trusted=True)
