"""How many messages of QoS 0 are read: nothing else holds back who sends them."""

import time
from collections.abc import Callable

PER_S, BURST = 500.0, 1000.0
"""A town of ten thousand sensors sends some ten a second; the pole reads thirty times as many."""


class FloodGate:
    """Counts those of one connection. To leave one unread costs a tenth of reading it, so that what stands behind a
    flood is soon reached.

    Args:
        now_s: monotonic seconds.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s, self._at_s, self._left = now_s, now_s(), BURST

    def lets_in(self) -> bool:
        """Whether one more is read."""
        now_s = self._now_s()
        self._left = min(BURST, self._left + (now_s - self._at_s) * PER_S)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
