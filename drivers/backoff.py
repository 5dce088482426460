"""How long to wait before what failed is tried again."""

import random
from collections.abc import Callable


class Backoff:
    """Pauses whose ceiling doubles up to a cap, drawn with jitter below it; a stable time forgives the failures.

    Args:
        first_s, cap_s: lowest and highest ceiling.
        stable_s: running that long without a failure forgives the failures before.
        jitter: the part of a ceiling that is drawn, 0..1; 1: a pause lies anywhere between 0 and its ceiling.
        draw: gives 0..1.
    """

    def __init__(
        self,
        first_s: float = 1.0,
        cap_s: float = 60.0,
        stable_s: float = 60.0,
        jitter: float = 0.5,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._first_s, self._cap_s, self._stable_s = first_s, cap_s, stable_s
        self._jitter, self._draw = jitter, draw
        self._failures = 0

    def pause_s(self, ran_s: float, refused: bool = False) -> float:
        """The pause after a failure.

        Args:
            ran_s: how long it had worked before; 0: not at all.
            refused: the other side answered and refused: asking again soon would only look like an attack.
        """
        if ran_s >= self._stable_s:
            self._failures = 0
        ceiling_s = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if refused:
            return self._cap_s * (0.5 + 0.5 * self._draw())
        return ceiling_s * (1.0 - self._jitter + self._jitter * self._draw())
