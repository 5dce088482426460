"""The backlog: events that waited for a connection. They are held to a rate, and the old ones are marked as late."""

from time import monotonic

from agent.clock import Clock
from agent.store import Stored
from agent.uplink.rate_limit import TokenBucket

LATE_S = 10.0
"""An event that waited for a connection so long is no news."""

_BURST_S = 5.0
_STEP_S = 0.25


class Backlog:
    """What of the outbox waited when sending began.

    Args:
        per_s: of these events in the long run: a fleet that comes back must not drown its broker with what it has to
            tell of the outage.
    """

    def __init__(self, clock: Clock, per_s: float) -> None:
        self._clock, self._per_s = clock, per_s
        self.begin(0)

    def begin(self, newest_seq: int) -> None:
        """Sending begins at the head of the outbox. Whatever is in it now waited."""
        self._end_seq, self._began, self._began_s = newest_seq, self._clock.now(), monotonic()
        self._bucket = TokenBucket(self._per_s, max(1.0, self._per_s * _BURST_S), self._began_s)

    def batch_size(self, most: int) -> int:
        """Rows to take at once: few while they are held back, so that an alarm that comes now waits for few."""
        return max(1, min(most, int(self._per_s * _STEP_S)))

    def hold_back_s(self, row: Stored) -> float:
        """How long the event must wait for its turn; 0: it goes now, and counts as gone. What is new never waits, what
        was asked for again waits like what waited for the connection."""
        now_s = monotonic()
        if not self.waited(row) or self._bucket.take(now_s):
            return 0.0
        return self._bucket.wait_s(now_s)

    def waited(self, row: Stored) -> bool:
        """Whether it is part of the backlog, or was asked for again."""
        return row.resent or row.seq <= self._end_seq

    def is_late(self, row: Stored) -> bool:
        """Whether it was asked for again, or waited for the connection, and long enough to be no news."""
        if row.resent:
            return True
        if not self.waited(row):
            return False
        age_s = self._began.elapsed_since(row.at)
        if age_s is None or age_s < -LATE_S:
            return True  # the clock was set back while it waited: for how long nobody knows
        return age_s + monotonic() - self._began_s > LATE_S
