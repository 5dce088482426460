"""Whether a serial line is at its limit, and how early an answer is handed over there (pure).

What lies between an answer and the next request (a rule, a store, the next question) takes a few tenths of a
millisecond. On a line at its limit that time is taken out of the silence after the answer, which nobody else may use:
the answer is handed over a little before the silence is over, and the wire keeps the whole of it. A second answer in
that last moment is still heard, and told as what it is; on lines where one was heard nothing is handed over early.
"""

BUSY_S = 0.002
"""A request that is ready so soon after the silence was waiting for it, or for a slow processor."""

ROW = 16
"""A line is at its limit after so many requests in a row that were ready so soon: a round of polls is none."""

FIRST_LEAD_S, SHORTEST_LEAD_S = 0.0004, 0.0001
LEAD_TIMES = 1.5
"""The lead, in times of what the next request took to be ready."""

SLOWER, FASTER = 0.25, 0.02
"""Shares that one request adds to what is usual: one that is not ready in time costs more than a lead too long."""


class Saturation:
    """
    Args:
        gap_s: silence that ends a frame; half of it at most is taken.
    """

    def __init__(self, gap_s: float) -> None:
        self._most_s = gap_s / 2
        self._usual_s = FIRST_LEAD_S / LEAD_TIMES
        self._handed_over_s: float | None = None
        self._row = 0

    @property
    def is_reached(self) -> bool:
        """Whether the line is at its limit."""
        return self._row >= ROW

    @property
    def lead_s(self) -> float:
        """How long before the end of the silence an answer is handed over; 0 where the line has time."""
        if not self.is_reached:
            return 0.0
        return min(self._most_s, max(SHORTEST_LEAD_S, LEAD_TIMES * self._usual_s))

    def hand_over(self, now_s: float) -> None:
        """Notes that an answer is handed over."""
        self._handed_over_s = now_s

    def ask(self, now_s: float, quiet_at_s: float) -> None:
        """Notes that a request is ready.

        Args:
            quiet_at_s: when the silence before it is over.
        """
        handed_over_s, self._handed_over_s = self._handed_over_s, None
        if handed_over_s is None or now_s > quiet_at_s + BUSY_S:
            self._row = 0
            return
        self._row = min(ROW, self._row + 1)
        took_s = now_s - handed_over_s
        self._usual_s += (SLOWER if took_s > self._usual_s else FASTER) * (took_s - self._usual_s)
