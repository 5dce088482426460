"""What is said less of while the bytes of a month run out: telemetry first, then statistics, never alarms or events."""

from collections.abc import Callable
from time import monotonic
from typing import Literal, TypeVar

from agent.events import Event, Priority
from agent.events.registry import EVENT_TYPES
from agent.store import Stored

K = TypeVar("K")
V = TypeVar("V")

Stage = Literal["none", "telemetry", "statistics", "exceeded"]
"""Each saves what the one before it saves. "exceeded" saves no more than "statistics": alarms and events go on."""

SHARES: tuple[tuple[float, Stage], ...] = ((1.0, "exceeded"), (0.95, "statistics"), (0.8, "telemetry"))
"""The part of the budget that is spent when each begins."""

EVERY_S = 3600.0
"""The time in which one of each type and device goes out with "telemetry"; the rest is left out."""

MOST_KNOWN = 1000
"""Types and devices of which it is known when the last one went out, and events that may go."""


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
        self._passed_ids: dict[str, None] = {}
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

    def refuses(self, event: Event) -> bool:
        """Whether it is not even committed for this uplink, which counts it: it gets no number, and leaves no hole."""
        if self._is_spared(event.type, event.subject):
            return True
        if self.stage != "none" and is_news(event.type):
            _remember(self._passed_ids, event.id, None)
        return False

    def leaves_out(self, row: Stored) -> bool:
        """Whether one that waited from before is never sent, which counts it."""
        return row.id not in self._passed_ids and self._is_spared(row.type, row.subject)

    def _is_spared(self, type: str, subject: str) -> bool:
        if self.stage == "none" or not is_news(type):
            return False
        key, now_s = (type, subject), self._now_s()
        if now_s - self._passed_s.get(key, -EVERY_S) < EVERY_S:
            self.left_out += 1
            return True
        _remember(self._passed_s, key, now_s)
        return False

    def lets_go(self) -> bool:
        """Whether what waited may go now; true once."""
        if not self._holds or self.stage not in ("none", "telemetry"):
            return False
        self._holds = False
        return True


def _remember(known: dict[K, V], key: K, value: V) -> None:
    """It becomes the newest; the oldest goes where there are too many."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MOST_KNOWN:
        del known[next(iter(known))]
