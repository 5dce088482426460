"""Records the occupancy of the bays in the store, in one transaction with what their rules decide."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Protocol, TypeVar

from msgspec import Struct, structs

from agent.clock import Clock, Moment
from agent.events import Event
from agent.isolation import Part
from agent.rule import Commit
from agent.trades.parking.statistics import occupancy_log
from agent.trades.parking.statistics.change import change_of
from agent.trades.parking.statistics.day_log import DayLog, State
from agent.trades.parking.statistics.day_report import CHECKPOINT, DAYS, PLACE, Place, bay_of, day_of, key_of
from agent.trades.parking.statistics.days import day_at
from agent.trades.parking.statistics.occupancy_log import BayChange, Checkpoint, OccupancyLog
from agent.trades.parking.statistics.retention import Retention, sizes_after

S = TypeVar("S", bound=Struct)


class StateReader(Protocol):
    """The store."""

    async def load(self, key: str, kind: type[S]) -> S | None: ...

    async def keys(self, prefix: str) -> dict[str, int]:
        """Keys that begin so, and the bytes of each with its state."""
        ...


class _Page(Struct, frozen=True):
    """The log as it will be, the bytes of its days then, and the rows that make it so."""

    log: OccupancyLog
    sizes: dict[date, int]
    rows: dict[str, Struct | None]


class OccupancyRecorder:
    """One for the pole.

    Args:
        part: that the figures of the pole are; where they cannot be kept, by a defect, it fails, and no bay does.

    Attributes:
        log: as it was committed last.
    """

    def __init__(
        self, place: Place, retention: Retention, *, commit: Commit, rows: StateReader, clock: Clock, part: Part
    ) -> None:
        self.place, self._retention = place, retention
        self._commit, self._rows, self._clock, self._part = commit, rows, clock, part
        self.log = OccupancyLog(place.timezone)
        self._sizes: dict[date, int] = {}
        self._placed = False
        self.left_out: frozenset[str] = frozenset()
        """Bays of which nothing counts for now."""
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Go on from what is stored; what was not seen since is unknown."""
        async with self._lock:
            occupancy, sizes = await _stored(self._rows, self.place.timezone)
            self._placed = await self._rows.load(PLACE, Place) == self.place
            self.log, self._sizes = occupancy, sizes

    async def arrange(self, place: Place, retention: Retention, new_names: Mapping[str, str]) -> None:
        """The bays have become others, or how long they are kept.

        The store has what is renamed under its new name. Of a bay that is gone, or that has come, nothing is known
        until it is heard.

        Args:
            new_names: of bays that are renamed, by their names before.
        """
        async with self._lock:
            others, now = self.place.groups.keys() ^ place.groups.keys(), self._clock.now()
            if others:
                stored, self._sizes = await _stored(self._rows, self.place.timezone)
                undated = [structs.replace(each, bay=new_names.get(each.bay, each.bay)) for each in self.log.undated]
                self.log = structs.replace(self.log, days=stored.days, undated=tuple(undated))
                logged = self.log.bays.union(each.bay for each in self.log.undated)
                await self._write([BayChange(bay, now, "unknown") for bay in sorted(others & logged)])
                self.log = _unheard(self.log, others)
            self._placed = self._placed and place == self.place
            self.place, self._retention = place, retention

    async def commit_bay(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        """What a bay's rule has decided, and its log, in one transaction; by a defect of the log without it."""
        changes = self._part.ask(partial(_counted, events, self.left_out))
        if not changes:
            await self._commit(events, states)
            return
        async with self._lock:
            page = await self._part.attempt(partial(self._page, changes))
            if page is None:
                await self._commit(events, states)
            else:
                await self._commit_page(page, events, states)

    async def commit_published(self, events: Sequence[Event], until_unix_s: float) -> None:
        """What the city is told of the periods until then, and that it was told, in one transaction."""
        async with self._lock:
            checkpoint = self.log.checkpoint and structs.replace(
                self.log.checkpoint, published_until_unix_s=until_unix_s
            )
            await self._commit(events, {CHECKPOINT: checkpoint})
            self.log = structs.replace(self.log, checkpoint=checkpoint)

    @property
    def kept_days(self) -> list[date]:
        """The days that are kept, in order."""
        return sorted(self._sizes)

    async def with_day(self, day: date) -> OccupancyLog:
        """The log, with a day that may be in the store alone."""
        async with self._lock:
            return await _with_day(self._rows, self.log, day)

    def is_known(self, bay: str) -> bool:
        """Whether anything was learnt of it since the start."""
        return bay in self.log.present

    async def note_state(self, bay: str, state: State, at: Moment) -> None:
        """Somebody sees the bay again after a start, in that state."""
        async with self._lock:
            if bay not in self.left_out:
                await self._write([BayChange(bay, at, state)])

    async def note_time(self) -> None:
        """Time has passed, and every state holds."""
        async with self._lock:
            await self._write([])

    async def lost(self, bay: str, at: Moment) -> None:
        """Nobody sees the bay from then on, until it is `note_state` again."""
        async with self._lock:
            if not self.is_known(bay):
                return
            await self._write([BayChange(bay, at, "unknown")])
            self.log = _unheard(self.log, {bay})

    async def forget(self, which: Callable[[date, str], bool]) -> int:
        """Erases the logs of these days and bays, in the store and here; how many of the store. Raises StoreError.

        Of a bay whose day goes on nothing but its state is known of it from now on.
        """
        async with self._lock:
            keys = [key for key in await self._rows.keys(DAYS) if (day := day_of(key)) and which(day, bay_of(key))]
            await self._commit((), dict.fromkeys(keys))
            stored, self._sizes = await _stored(self._rows, self.place.timezone)
            undated = tuple(each for each in self.log.undated if not which(date.max, each.bay))
            erased = {bay for day, logs in self.log.days.items() for bay in logs if which(day, bay)}
            self.log = structs.replace(self.log, days=stored.days, undated=undated)
            present, now = self.log.present, self._clock.now()
            await self._write([BayChange(bay, now, present[bay]) for bay in sorted(erased & present.keys())])
        return len(keys)

    async def _write(self, news: Sequence[BayChange]) -> None:
        await self._commit_page(await self._page(news), (), {})

    async def _page(self, news: Sequence[BayChange]) -> _Page:
        """What the log says with these, and the rows that it takes; nothing counts before they are committed."""
        now = self._clock.now()
        before = self.log
        if now.trusted:
            today = day_at(now.unix_s, self.place.timezone).day
            before = await _with_day(self._rows, await _with_day(self._rows, before, today), today - timedelta(days=1))
        after = occupancy_log.apply_changes(before, news, now)
        changed = occupancy_log.rows(before, after)
        sizes = sizes_after(self._sizes, before, changed)
        rows: dict[str, Struct | None] = {key_of(*which): one for which, one in changed.items()}
        for day in self._retention.evicted(after, sizes):
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
        self.log, self._sizes, self._placed = page.log, page.sizes, True


async def _stored(rows: StateReader, timezone: str) -> tuple[OccupancyLog, dict[date, int]]:
    """The log as far as a start needs it, and the bytes of each day."""
    sizes: dict[date, int] = {}
    for key, size in (await rows.keys(DAYS)).items():
        if (day := day_of(key)) is not None:
            sizes[day] = sizes.get(day, 0) + size
    occupancy = OccupancyLog(timezone, checkpoint=await rows.load(CHECKPOINT, Checkpoint))
    if occupancy.checkpoint is not None:
        occupancy = await _with_day(rows, occupancy, day_at(occupancy.checkpoint.at.unix_s, timezone).day)
    return occupancy, sizes


async def _with_day(rows: StateReader, occupancy: OccupancyLog, day: date) -> OccupancyLog:
    if day in occupancy.days:
        return occupancy
    found = {key: await rows.load(key, DayLog) for key in await rows.keys(f"{DAYS}{day}/")}
    stored = {bay_of(key): one for key, one in found.items() if one is not None}
    return occupancy_log.with_stored(occupancy, day, stored)


def _unheard(occupancy: OccupancyLog, bays: Collection[str]) -> OccupancyLog:
    """The log where nobody has seen these bays yet in this run."""
    present = {bay: state for bay, state in occupancy.present.items() if bay not in bays}
    return structs.replace(occupancy, present=present)


def _counted(events: Sequence[Event], left_out: Collection[str]) -> Sequence[BayChange]:
    """What these change in the log of bays that are not left out."""
    return [each for each in map(change_of, events) if each is not None and each.bay not in left_out]
