"""How long to wait before the next attempt to reach the broker."""

import random
from collections.abc import Callable


class Backoff:
    """Pauses whose ceiling doubles, drawn between 0 and the ceiling, so that a fleet does not come back at once.

    Args:
        first_s, cap_s: lowest and highest ceiling.
        stable_s: only a connection that lasted so long forgives the failures before it.
        draw: gives 0..1.
    """

    def __init__(
        self,
        first_s: float = 1.0,
        cap_s: float = 60.0,
        stable_s: float = 300.0,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._first_s, self._cap_s, self._stable_s, self._draw = first_s, cap_s, stable_s, draw
        self._failures = 0

    def next_delay_s(self, connected_s: float, refused: bool = False) -> float:
        """The pause after a session.

        Args:
            connected_s: how long it was connected; 0: never.
            refused: the broker answered and refused: asking again soon would only look like an attack.
        """
        if connected_s >= self._stable_s:
            self._failures = 0
        ceiling_s = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if refused:
            return self._cap_s * (0.5 + 0.5 * self._draw())
        return ceiling_s * self._draw()
