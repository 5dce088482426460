"""Records the occupancy of the bays in the store, and publishes its statistics."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct, structs

from agent.clock import Clock, Moment
from agent.events import Event
from agent.isolation import Part
from agent.rule import Commit
from agent.trades.parking.statistics import occupancy_log
from agent.trades.parking.statistics.aggregates import city_figures, total
from agent.trades.parking.statistics.change import Group, change_of, groups, statistics
from agent.trades.parking.statistics.day_log import DayLog, State
from agent.trades.parking.statistics.day_report import (
    CHECKPOINT,
    DAYS,
    PLACE,
    DayReport,
    Place,
    bay_of,
    day_of,
    key_of,
    meant_day,
)
from agent.trades.parking.statistics.days import LocalDay, Window, day_at
from agent.trades.parking.statistics.occupancy_log import BayChange, Checkpoint, OccupancyLog

log = logging.getLogger(__name__)

CHECKPOINT_S = 600.0
"""How often it is noted that every state holds: a power cut makes so much of each bay's day unknown at most."""

SETTLE_S = 60.0
"""So long after the end of a period it is told: an arrival counts when it has lasted, and is dated back."""

_CLOCK_LOOK_S = 10.0

S = TypeVar("S", bound=Struct)


class StateReader(Protocol):
    """The store."""

    async def load(self, key: str, kind: type[S]) -> S | None: ...

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys that begin so, and the bytes of each with its state."""
        ...


class _Page(Struct, frozen=True):
    """The book as it will be, the bytes of its days then, and the rows that make it so."""

    book: OccupancyLog
    sizes: dict[date, int]
    rows: dict[str, Struct | None]


class OccupancyRecorder:
    """One for the pole.

    Args:
        period_s: of `bay.statistics`; 0: none are told.
        keep_days: whole days beside today.
        max_bytes: of all logs; the oldest days go first.
    """

    def __init__(
        self,
        place: Place,
        *,
        period_s: float,
        keep_days: int,
        max_bytes: int,
        commit: Commit,
        rows: StateReader,
        clock: Clock,
    ) -> None:
        self.place, self.groups = place, groups(place.groups)
        self._period_s, self._keep_days, self._max_bytes = int(period_s), keep_days, max_bytes
        self._commit, self._rows, self._clock = commit, rows, clock
        self._log = OccupancyLog(place.timezone)
        self._bytes: dict[date, int] = {}
        self._placed = False
        self._lock, self._arranged = asyncio.Lock(), asyncio.Event()

    async def open(self) -> None:
        """Go on from what is stored; what was not seen since is unknown."""
        async with self._lock:
            found: dict[date, int] = {}
            for key, size in (await self._rows.keys(DAYS)).items():
                if (day := day_of(key)) is not None:
                    found[day] = found.get(day, 0) + size
            occupancy = OccupancyLog(self.place.timezone, checkpoint=await self._rows.load(CHECKPOINT, Checkpoint))
            if occupancy.checkpoint is not None:
                occupancy = await self._with_day(
                    occupancy, day_at(occupancy.checkpoint.at.unix_s, self.place.timezone).day
                )
            self._placed = await self._rows.load(PLACE, Place) == self.place
            self._log, self._bytes = occupancy, found

    async def arrange(self, place: Place, period_s: float, keep_days: int) -> None:
        """The bays have become others, or how their figures are told; of a bay that is gone nothing is known."""
        if (place, int(period_s), keep_days) == (self.place, self._period_s, self._keep_days):
            return
        for bay in self.place.groups.keys() - place.groups.keys():
            await self.lost(bay, self._clock.now())
        async with self._lock:
            self.place, self.groups, self._placed = place, groups(place.groups), self._placed and place == self.place
            self._period_s, self._keep_days = int(period_s), keep_days
        self._arranged.set()

    async def commit_bay(
        self, events: Sequence[Event], states: Mapping[str, Struct | None], part: Part | None = None
    ) -> None:
        """What a bay's rule has decided, and its log, in one transaction.

        Args:
            part: that these figures are; where they cannot be kept, by a defect, what was decided is written alone.
        """
        news = [each for each in map(change_of, events) if each is not None]
        if not news:
            await self._commit(events, states)
            return
        async with self._lock:
            work = partial(self._page, news)
            page = await (work() if part is None else part.attempt(work))
            if page is None:
                await self._commit(events, states)
            else:
                await self._commit_page(page, events, states)

    def is_known(self, bay: str) -> bool:
        """Whether anything was learnt of it since the start."""
        return bay in self._log.present

    async def note_state(self, bay: str, state: State, at: Moment) -> None:
        """Somebody sees the bay again after a start, in that state."""
        async with self._lock:
            await self._write([BayChange(bay, at, state)], (), {})

    async def lost(self, bay: str, at: Moment) -> None:
        """Nobody sees the bay from then on, until it is `note_state` again."""
        async with self._lock:
            if not self.is_known(bay):
                return
            await self._write([BayChange(bay, at, "unknown")], (), {})
            present = {name: state for name, state in self._log.present.items() if name != bay}
            self._log = structs.replace(self._log, present=present)

    async def run(self) -> None:
        """Until cancelled. Raises StoreError when the disk refuses; what was to be told is told by the next run."""
        loop = asyncio.get_running_loop()
        while True:
            self._arranged.clear()
            timer = loop.call_later(await self.advance(), self._arranged.set)
            await self._arranged.wait()
            timer.cancel()

    async def advance(self) -> float:
        """Note that time has passed, and tell the periods that are over; seconds until it is worth the next look."""
        async with self._lock:
            await self._write([], (), {})
            if self._clock.now().trusted:
                await self._publish_due()
            return self._pause_s()

    async def _write(
        self, news: Sequence[BayChange], events: Sequence[Event], states: Mapping[str, Struct | None]
    ) -> None:
        await self._commit_page(await self._page(news), events, states)

    async def _page(self, news: Sequence[BayChange]) -> _Page:
        """What the book says with these, and the rows that it takes; nothing counts before they are committed."""
        now = self._clock.now()
        before = self._log
        if now.trusted:
            today = day_at(now.unix_s, self.place.timezone).day
            before = await self._with_day(await self._with_day(before, today), today - timedelta(days=1))
        after = occupancy_log.apply_changes(before, news, now)
        changed = occupancy_log.rows(before, after)
        sizes = self._sizes(before, changed)
        rows: dict[str, Struct | None] = {key_of(*which): one for which, one in changed.items()}
        for day in self._too_many(after, sizes):
            rows |= dict.fromkeys(await self._rows.keys(f"{DAYS}{day}/"))
            del sizes[day]
        if after.checkpoint != before.checkpoint:
            rows[CHECKPOINT] = after.checkpoint
        if not self._placed:
            rows[PLACE] = self.place
        return _Page(occupancy_log.without_past(after), sizes, rows)

    async def _commit_page(self, page: _Page, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        if events or states or page.rows:
            await self._commit(events, {**states, **page.rows})
        self._log, self._bytes, self._placed = page.book, page.sizes, True

    def _sizes(self, before: OccupancyLog, changed: Mapping[tuple[date, str], DayLog | None]) -> dict[date, int]:
        sizes = dict(self._bytes)
        for (day, bay), new in changed.items():
            old = before.days.get(day, {}).get(bay)
            key = key_of(day, bay)
            sizes[day] = sizes.get(day, 0) + _size(key, new) - _size(key, old)
        return sizes

    def _too_many(self, occupancy: OccupancyLog, sizes: Mapping[date, int]) -> Iterator[date]:
        """Days to forget: older than is kept, not begun by a clock that was set back, or beyond the room there is."""
        if occupancy.checkpoint is None or not occupancy.running:
            return
        today = day_at(occupancy.checkpoint.at.unix_s, self.place.timezone).day
        oldest, room = today - timedelta(days=self._keep_days), self._max_bytes
        for day, size in sorted(sizes.items(), reverse=True):
            room -= size if day <= today else 0
            crowded = room < 0 and day < today - timedelta(days=1)
            if crowded and day >= oldest:
                log.warning("the bays' day %s is forgotten: raise max_mb under [store] to keep more of them", day)
            if crowded or not oldest <= day <= today:
                yield day

    async def _with_day(self, occupancy: OccupancyLog, day: date) -> OccupancyLog:
        """With a day that may still be in the store alone."""
        if day in occupancy.days:
            return occupancy
        found = {key: await self._rows.load(key, DayLog) for key in await self._rows.keys(f"{DAYS}{day}/")}
        return occupancy_log.with_stored(
            occupancy, day, {bay_of(key): one for key, one in found.items() if one is not None}
        )

    async def _publish_due(self) -> None:
        """The periods that have ended, each in a transaction with the note that it was told."""
        checkpoint = self._log.checkpoint
        if not self._period_s or checkpoint is None:
            return
        told = day_at(checkpoint.published_until_unix_s, self.place.timezone)
        for day in dict.fromkeys((told, day_at(checkpoint.at.unix_s, self.place.timezone))):
            logs = (await self._with_day(self._log, day.day)).days[day.day]
            for period in day.windows(self._period_s):
                end_unix_s = day.begin_unix_s + period[1]
                if checkpoint.published_until_unix_s < end_unix_s <= checkpoint.at.unix_s - SETTLE_S:
                    await self._publish_period(day, logs, period)

    async def _publish_period(self, day: LocalDay, logs: Mapping[str, DayLog], period: Window) -> None:
        now = self._clock.now()
        end_unix_s = day.begin_unix_s + period[1]
        at = now.shifted_to(now.mono_s - (now.unix_s - end_unix_s))
        # The hours of many bays take a while to sum up: devices shall not wait for it.
        told = partial(statistics, self.place.pole, day=day, logs=logs, period=period, at=at)
        events = [event for group in self.groups if (event := await asyncio.to_thread(told, group)) is not None]
        checkpoint = self._log.checkpoint and structs.replace(
            self._log.checkpoint, published_until_unix_s=float(end_unix_s)
        )
        await self._commit(events, {CHECKPOINT: checkpoint})
        self._log = structs.replace(self._log, checkpoint=checkpoint)

    def _pause_s(self) -> float:
        """Until a period is to be told or a day begins; the checkpoint at the latest."""
        now = self._clock.now()
        if not now.trusted:
            return _CLOCK_LOOK_S
        today = day_at(now.unix_s, self.place.timezone)
        passed_s = now.unix_s - today.begin_unix_s
        due = [CHECKPOINT_S, today.length_s - passed_s]
        if self._period_s:
            due += [end_s + SETTLE_S - passed_s for _, end_s in today.windows(self._period_s)]
            due.append(SETTLE_S - passed_s)
        return min(each for each in due if each > 0) + 0.5

    async def day_report(self, day: str) -> DayReport:
        """Raises ValueError, in words for a technician, where there is none."""
        now = self._clock.now()
        chosen = meant_day(day, now.unix_s if now.trusted else None, self.place.timezone, sorted(self._bytes))
        async with self._lock:
            logs = (await self._with_day(self._log, chosen)).days[chosen]
            checkpoint = self._log.checkpoint
        until_unix_s = now.unix_s if now.trusted and self._log.running else checkpoint.at.unix_s if checkpoint else 0.0
        return DayReport(self.place, chosen, until_unix_s, dict(logs))

    def status(self) -> list[dict[str, Any]]:
        """Each group as it is now, and its day so far, JSON-able."""
        now = self._clock.now()
        return [self._group_status(group, now) for group in self.groups]

    def _group_status(self, group: Group, now: Moment) -> dict[str, Any]:
        states = [self._log.present.get(bay, "unknown") for bay in group.bays]
        answer: dict[str, Any] = {"group": group.name, "bays": len(states)}
        answer |= {state: states.count(state) for state in ("free", "occupied", "unknown")}
        if not now.trusted:
            return answer | {"today": None}
        today = day_at(now.unix_s, self.place.timezone)
        logs = self._log.days.get(today.day, {})
        until_s = min(today.length_s, today.at_s(now.unix_s) + 1)
        of_day = total((logs.get(bay) for bay in group.bays), 0, until_s)
        return answer | {"today": city_figures(of_day, len(group.bays))}


def _size(key: str, one: DayLog | None) -> int:
    """What a row takes in the store, as StateReader.keys tells it."""
    return 0 if one is None else len(key) + len(msgspec.json.encode(one))
