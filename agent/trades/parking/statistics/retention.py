"""How long the days of the bays are kept: the oldest go when they are too many or take too much room (pure)."""

import logging
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import msgspec
from msgspec import Struct

from agent.trades.parking.statistics.day_log import DayLog
from agent.trades.parking.statistics.day_report import key_of
from agent.trades.parking.statistics.days import day_at
from agent.trades.parking.statistics.occupancy_log import OccupancyLog

log = logging.getLogger(__name__)


class Retention(Struct, frozen=True):
    """How much is kept.

    Args:
        keep_days: whole days beside today.
        max_bytes: of all logs; the oldest days go first.
    """

    keep_days: int
    max_bytes: int

    def evicted(self, occupancy: OccupancyLog, sizes: Mapping[date, int]) -> Iterator[date]:
        """Days to forget: older than is kept, not begun by a clock that was set back, or beyond the room there is."""
        if occupancy.checkpoint is None or not occupancy.running:
            return
        today = day_at(occupancy.checkpoint.at.unix_s, occupancy.timezone).day
        oldest, room = today - timedelta(days=self.keep_days), self.max_bytes
        for day, size in sorted(sizes.items(), reverse=True):
            room -= size if day <= today else 0
            crowded = room < 0 and day < today - timedelta(days=1)
            if crowded and day >= oldest:
                log.warning("the bays' day %s is forgotten: raise max_mb under [store] to keep more of them", day)
            if crowded or not oldest <= day <= today:
                yield day


def sizes_after(
    sizes: Mapping[date, int], before: OccupancyLog, changed: Mapping[tuple[date, str], DayLog | None]
) -> dict[date, int]:
    """The bytes of each day once these rows are written."""
    after = dict(sizes)
    for (day, bay), new in changed.items():
        old = before.days.get(day, {}).get(bay)
        key = key_of(day, bay)
        after[day] = after.get(day, 0) + _size(key, new) - _size(key, old)
    return after


def _size(key: str, one: DayLog | None) -> int:
    """What a row takes in the store, as StateReader.keys tells it."""
    return 0 if one is None else len(key) + len(msgspec.json.encode(one))
