"""Rate limits by token buckets: for the backlog of an outage going up, and for commands coming down."""

import logging
from typing import Literal

log = logging.getLogger(__name__)

# A flood that comes again after so long is another one.
_ANOTHER_S = 3600.0


class TokenBucket:
    """A token bucket: `burst` at once, `per_s` in the long run.

    Args:
        now_s: monotonic seconds at which it is full.
    """

    def __init__(self, per_s: float, burst: float, now_s: float) -> None:
        self._per_s, self._burst = per_s, burst
        self._held, self._at_s = burst, now_s

    def take(self, now_s: float) -> bool:
        """Whether one more may pass now."""
        self._fill(now_s)
        if self._held < 1:
            return False
        self._held -= 1
        return True

    def holds(self, now_s: float) -> bool:
        """Whether one more might pass now."""
        self._fill(now_s)
        return self._held >= 1

    def wait_s(self, now_s: float) -> float:
        """Returns the seconds until the next one may pass; 0: now."""
        self._fill(now_s)
        return max(0.0, (1 - self._held) / self._per_s)

    def _fill(self, now_s: float) -> None:
        self._held = min(self._burst, self._held + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s


class CommandLimiter:
    """Whether a command is heard. Too many are refused, and of too many refusals not each is told: every answer is
    written to the store, which a flood must neither fill nor wear out.

    A pole's lamps can all be ordered at once (`COMMANDS_AT_ONCE`), and each again every few seconds. What the pole
    itself is told, and has to answer at length, comes out of a bucket of its own.
    """

    COMMANDS_AT_ONCE = 100
    COMMANDS_PER_S = 5.0
    POLE_AT_ONCE = 20
    POLE_PER_MINUTE = 6.0
    REFUSALS_AT_ONCE = 10
    REFUSALS_PER_S = 0.1
    LOOKS_AT_ONCE = 100
    LOOKS_PER_S = 20.0

    def __init__(self, now_s: float) -> None:
        self._heard = TokenBucket(self.COMMANDS_PER_S, self.COMMANDS_AT_ONCE, now_s)
        self._pole = TokenBucket(self.POLE_PER_MINUTE / 60, self.POLE_AT_ONCE, now_s)
        self._refused = TokenBucket(self.REFUSALS_PER_S, self.REFUSALS_AT_ONCE, now_s)
        self._looked_at = TokenBucket(self.LOOKS_PER_S, self.LOOKS_AT_ONCE, now_s)
        self.dropped = 0
        """Commands since the start that came too fast."""
        self.last_dropped_s: float | None = None
        """The time at which the last of them came, on the clock of `now_s`; None: none did."""

    def decide(self, now_s: float, to_pole: bool = False) -> Literal["hear", "refuse", "ignore"]:
        """ "ignore": dropped without an outcome; `dropped` counts both.

        Args:
            to_pole: whether it is meant for the pole itself.
        """
        if (self._pole if to_pole else self._heard).take(now_s):
            return "hear"
        self.count_dropped(now_s)
        return "refuse" if self._refused.take(now_s) else "ignore"

    def leaves_unread(self, now_s: float, *, may_be_to_pole: bool) -> bool:
        """Whether a command is dropped as it is: to read one costs ten times as much, and nobody would be answered.

        Args:
            may_be_to_pole: whether it could be meant for the pole itself. Of those so many are looked at as the flood
                leaves time for.
        """
        if self._heard.holds(now_s) or self._refused.holds(now_s):
            return False
        return not (may_be_to_pole and self._pole.holds(now_s) and self._looked_at.take(now_s))

    def dropped_ago_s(self, now_s: float) -> float | None:
        """Returns the seconds since the last of them came; None: none did."""
        return None if self.last_dropped_s is None else now_s - self.last_dropped_s

    def count_dropped(self, now_s: float) -> None:
        """Count one that is not heard."""
        if self.last_dropped_s is None or now_s - self.last_dropped_s > _ANOTHER_S:
            log.warning("uplink: commands come too fast; more than %g a second are refused", self.COMMANDS_PER_S)
        self.dropped += 1
        self.last_dropped_s = now_s
