"""Upkeep: what the store does by itself at the end of each transaction, and in it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import structs

from agent.clock import Moment
from agent.events import Priority
from agent.events.gaps import GapRemoved, Skipped
from agent.events.registry import event
from agent.store.log.eviction import Evictor
from agent.store.log.log import Log
from agent.store.log.loss_report import Dropped, LossReport
from agent.store.log.retention import Retention
from agent.store.rows import tables
from agent.store.rows.numbers import Range
from agent.store.rows.progress import UNKNOWN, Progress
from agent.store.rows.rows import encode, readable

_MOST_RANGES = 1000
"""The ranges in one event; each takes some twenty bytes."""


class Upkeep:
    """Tells what is skipped, gives up uplinks that are no more, and drops what is too old or too much.

    Args:
        subject: of the events that tell of it.
        retired_s: what waits for an uplink that the configuration no longer has is kept for so long: it may come back.
    """

    def __init__(self, evictor: Evictor, retention: Retention, subject: str, retired_s: float) -> None:
        self._evictor, self._retention, self._subject, self._retired_s = evictor, retention, subject, retired_s

    def __call__(self, log: Log, now: Moment) -> None:
        """Raises OutboxFull."""
        tell_all_skipped(log, self._subject, now)
        for each in log.positions:
            retired = None if each.skipped else each.retired
            if retired is not None and (now.elapsed_since(retired) or 0.0) >= self._retired_s:
                self._give_up(log, each, now)
        self._retention.drop(log, now)
        self._evictor.evict(log, now)

    def _give_up(self, log: Log, progress: Progress, now: Moment) -> None:
        """What waits for an uplink that is no more is dropped, and the others are told."""
        counters = log.counters
        if not any(counters.waiting[progress.slot].values()):
            return
        lost = _waiting(log, progress)
        name = None if progress.name.startswith(UNKNOWN) else progress.name
        told = GapRemoved(uplink=name, **structs.asdict(lost.as_data("full")))
        log.insert(Priority.ALARM, encode(event(told, self._subject, now)), log.positions.everyone)
        counters.dropped[progress.slot] += lost.dropped
        counters.waiting[progress.slot] = dict.fromkeys(Priority, 0)
        progress.giving_up, progress.unwritten = counters.seq, True
        for priority in Priority:
            log.positions.touch(priority, 0)


def tell_all_skipped(log: Log, subject: str, now: Moment) -> None:
    """Tells each uplink which of its numbers were left out, in the transaction that is under way."""
    for each in log.positions:
        if each.skipped:
            tell_skipped(log, each, skipped("restart", each.skipped), subject, now)


def tell_skipped(log: Log, progress: Progress, skipped: Iterable[Skipped], subject: str, now: Moment) -> None:
    """Tells one uplink that no event comes with some numbers, in the transaction that is under way."""
    for told in skipped:
        log.insert(Priority.ALARM, encode(event(told, subject, now)), progress.bit)


def skipped(reason: Literal["restart", "erased"], ranges: Sequence[Range]) -> Iterator[Skipped]:
    """What tells of the ranges, each within the bounds of an event."""
    for first in range(0, len(ranges), _MOST_RANGES):
        yield Skipped(reason=reason, sequences=tuple(ranges[first : first + _MOST_RANGES]))


def _waiting(log: Log, progress: Progress) -> LossReport:
    """What waits for an uplink."""
    lost = LossReport()
    for priority, lane in progress.lanes.items():
        rows = tables.by_type(log.database, priority, lane.upto, log.counters.seq, progress.bit)
        for type, count, trusted, first, last in rows:
            lost = lost.joined_with(LossReport(count, {type: count}, first, last, bool(trusted)))
        left = (readable(priority, row) for row in tables.chosen(log.database, priority, lane.left))
        lost = lost.grown_by(Dropped(one.type, one.at.unix_s, one.at.trusted) for one in left if one is not None)
    return lost
