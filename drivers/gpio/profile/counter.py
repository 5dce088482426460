"""What the edges of one line come to: whether its contact is made, and how often it was (pure)."""

from collections.abc import Iterable
from typing import NamedTuple

from drivers.gpio.contact import Edge


class Look(NamedTuple):
    """What has been counted since the look before.

    Args:
        made: how often the contact was made; 0 while it chatters.
        chatters: it was made and opened more often in a second than it can; None: it does not.
    """

    made: int
    chatters: float | None


class EdgeCounter:
    """
    Args:
        debounce_s: a level counts once it has lasted so long.
        fastest_hz: what comes more often is a bad contact, and counts for nothing.
        made, now_s: the level at the start, and when that was read.
    """

    def __init__(self, debounce_s: float, fastest_hz: float, made: bool, now_s: float) -> None:
        self.made = made
        self._debounce_s, self._fastest_hz = debounce_s, fastest_hz
        self._level, self._since_s = made, now_s
        self._counted, self._edges, self._looked_s = 0, 0, now_s

    @property
    def settles_at_s(self) -> float | None:
        """The time at which the level that is there will count; None: it does."""
        return None if self._level == self.made else self._since_s + self._debounce_s

    def feed(self, edges: Iterable[Edge], now_s: float) -> None:
        """
        Args:
            edges: since the last time, the oldest first.
            now_s: the level that they leave has lasted until then.
        """
        for edge in edges:
            self._settle(edge.at_s)
            if edge.active != self._level:
                self._level, self._since_s = edge.active, edge.at_s
                self._edges += 1
        self._settle(now_s)

    def look(self, now_s: float) -> Look:
        """What was counted since the last look; a look comes once in a second or more seldom."""
        lasted_s, counted, edges = max(now_s - self._looked_s, 1e-3), self._counted, self._edges
        self._counted, self._edges, self._looked_s = 0, 0, now_s
        hertz = edges / 2 / lasted_s
        return Look(0, hertz) if hertz > self._fastest_hz else Look(counted, None)

    def _settle(self, at_s: float) -> None:
        if self._level != self.made and at_s - self._since_s >= self._debounce_s:
            self.made = self._level
            self._counted += self.made
