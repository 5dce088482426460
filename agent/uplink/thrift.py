"""What is said less of while the bytes of a month run out: telemetry first, then statistics, never alarms or events."""

from collections.abc import Callable
from time import monotonic
from typing import Literal

from agent.events import Priority
from agent.events.registry import EVENT_TYPES
from agent.store import Stored

Stage = Literal["none", "telemetry", "statistics", "exceeded"]
"""Each saves what the one before it saves. "exceeded" saves no more than "statistics": alarms and events go on."""

SHARES: tuple[tuple[float, Stage], ...] = ((1.0, "exceeded"), (0.95, "statistics"), (0.8, "telemetry"))
"""The part of the budget that is spent when each begins."""

EVERY_S = 3600.0
"""The time in which one of each type and device goes out with "telemetry"; the rest is left out."""

MOST_KNOWN = 1000
"""Types and devices of which it is known when the last one went out."""


def stage_of(spent_bytes: int, budget_bytes: int | None) -> Stage:
    """Returns what is to be saved."""
    if budget_bytes is None:
        return "none"
    return next((stage for share, stage in SHARES if spent_bytes >= share * budget_bytes), "none")


def is_news(type: str) -> bool:
    """Whether the next one replaces it: a reading, a heartbeat. Statistics are telemetry that nothing replaces."""
    known = EVENT_TYPES.get(type)
    return known is not None and known.priority is Priority.TELEMETRY and known.expires_s is not None


class Thrift:
    """What one uplink saves; outlives its connections.

    Args:
        now_s: monotonic seconds.
    """

    def __init__(self, now_s: Callable[[], float] = monotonic) -> None:
        self._now_s = now_s
        self._passed_s: dict[tuple[str, str], float] = {}
        self._holds = False
        self.stage: Stage = "none"
        self.left_out = 0
        """Events that were left out since the start."""

    def waits(self, row: Stored) -> bool:
        """Whether it stays in the store until the next month: statistics are few."""
        if self.stage not in ("statistics", "exceeded") or row.priority is not Priority.TELEMETRY or is_news(row.type):
            return False
        self._holds = True
        return True

    def leaves_out(self, row: Stored) -> bool:
        """Whether it is never sent, which counts it."""
        if self.stage == "none" or not is_news(row.type):
            return False
        key, now_s = (row.type, row.subject), self._now_s()
        if now_s - self._passed_s.get(key, -EVERY_S) < EVERY_S:
            self.left_out += 1
            return True
        self._passed_s.pop(key, None)
        self._passed_s[key] = now_s
        if len(self._passed_s) > MOST_KNOWN:
            del self._passed_s[next(iter(self._passed_s))]
        return False

    def lets_go(self) -> bool:
        """Whether what waited may go now; true once."""
        if not self._holds or self.stage not in ("none", "telemetry"):
            return False
        self._holds = False
        return True
