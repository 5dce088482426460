"""How long to wait before what failed is tried again."""

import random
from collections.abc import Callable


class Backoff:
    """Pauses that double with jitter up to a cap, and start again after a stable time.

    Args:
        first_s, cap_s: shortest and longest pause before jitter takes up to half of it away.
        stable_s: running that long without a failure forgives the failures before.
        draw: gives 0..1.
    """

    def __init__(
        self,
        first_s: float = 1.0,
        cap_s: float = 60.0,
        stable_s: float = 60.0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._first_s, self._cap_s, self._stable_s, self._draw = first_s, cap_s, stable_s, draw
        self._failures = 0

    def pause_s(self, ran_s: float) -> float:
        """The pause after a failure that came `ran_s` seconds after the start of the attempt."""
        if ran_s >= self._stable_s:
            self._failures = 0
        full_s = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return full_s * (0.5 + 0.5 * self._draw())
