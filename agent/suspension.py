"""How long what failed is set aside before it is begun anew: pauses that grow, or until the next start."""

from collections.abc import Callable

from drivers.backoff import Backoff


class Suspension:
    """The pause of one part that failed.

    Args:
        backoff: makes the pauses, once there is something to wait for.
        now_s: monotonic seconds.
    """

    # A pole has some hundreds of these.
    __slots__ = ("_backoff", "_began_s", "_make", "_now_s", "_until_s", "active", "for_good")

    def __init__(self, backoff: Callable[[], Backoff], now_s: Callable[[], float]) -> None:
        self._make, self._now_s = backoff, now_s
        self._backoff: Backoff | None = None
        self._until_s, self._began_s = 0.0, now_s()
        self.active = False
        """Whether the part is set aside."""
        self.for_good = False
        """Whether the part is set aside until the next start of the daemon."""

    @property
    def left_s(self) -> float | None:
        """Seconds until the part may be begun anew; None: it works, or is set aside until the next start."""
        return max(0.0, self._until_s - self._now_s()) if self.active and not self.for_good else None

    def begin(self) -> None:
        """Begins a pause after a failure. It changes nothing while a pause lasts."""
        now_s = self._now_s()
        if not self.active or now_s >= self._until_s:
            self._backoff = self._backoff or self._make()
            self._until_s = now_s + self._backoff.pause_s(0.0 if self.active else now_s - self._began_s)
        self.active = True

    def end(self) -> None:
        self.active, self._began_s = False, self._now_s()
