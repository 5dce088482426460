"""Publishes the statistics of the bays: a minute after the end of each period, `bay.statistics` of each group."""

import asyncio
from collections.abc import Mapping
from functools import partial

from agent.clock import Clock
from agent.trades.parking.statistics.change import GroupIdentity, groups, statistics
from agent.trades.parking.statistics.day_log import DayLog
from agent.trades.parking.statistics.days import LocalDay, Window, day_at
from agent.trades.parking.statistics.recorder import OccupancyRecorder

CHECKPOINT_S = 600.0
"""How often it is noted that every state holds: a power cut makes so much of each bay's day unknown at most."""

SETTLE_S = 60.0
"""The time from the end of a period until it is told: an arrival counts when it has lasted, and is dated back."""

_CLOCK_LOOK_S = 10.0


class StatisticsPublisher:
    """Has the recorder note that time passes, and publishes what is due.

    Args:
        period_s: of `bay.statistics`; 0: none are told.
        identities: of the groups, by name.
    """

    def __init__(
        self,
        recorder: OccupancyRecorder,
        *,
        period_s: float,
        clock: Clock,
        identities: Mapping[str, GroupIdentity] | None = None,
    ) -> None:
        self._recorder, self._period_s, self._clock = recorder, int(period_s), clock
        self._place, self._groups = recorder.place, groups(recorder.place.groups, identities)

    async def run(self) -> None:
        """Publishes until cancelled. Raises StoreError when the disk refuses; what was to be told is told by the
        next run."""
        while True:
            pause_s = await self.advance()
            await asyncio.sleep(pause_s)

    async def advance(self) -> float:
        """Note that time has passed, and tell the periods that are over; seconds until it is worth the next look."""
        await self._recorder.note_time()
        if self._clock.now().trusted:
            await self._publish_due()
        return self._pause_s()

    async def _publish_due(self) -> None:
        """The periods that have ended, each in a transaction with the note that it was told."""
        checkpoint = self._recorder.log.checkpoint
        if not self._period_s or checkpoint is None:
            return
        told = day_at(checkpoint.published_until_unix_s, self._place.timezone)
        for day in dict.fromkeys((told, day_at(checkpoint.at.unix_s, self._place.timezone))):
            logs = (await self._recorder.with_day(day.day)).days[day.day]
            for period in day.windows(self._period_s):
                end_unix_s = day.begin_unix_s + period[1]
                if checkpoint.published_until_unix_s < end_unix_s <= checkpoint.at.unix_s - SETTLE_S:
                    await self._publish_period(day, logs, period)

    async def _publish_period(self, day: LocalDay, logs: Mapping[str, DayLog], period: Window) -> None:
        now = self._clock.now()
        end_unix_s = day.begin_unix_s + period[1]
        at = now.shifted_to(now.mono_s - (now.unix_s - end_unix_s))
        # The hours of many bays take a while to sum up: devices shall not wait for it.
        told = partial(statistics, self._place.pole, day=day, logs=logs, period=period, at=at)
        events = [event for group in self._groups if (event := await asyncio.to_thread(told, group)) is not None]
        await self._recorder.commit_published(events, float(end_unix_s))

    def _pause_s(self) -> float:
        """Returns the seconds until a period is to be told or a day begins; the checkpoint is due at the latest."""
        now = self._clock.now()
        if not now.trusted:
            return _CLOCK_LOOK_S
        today = day_at(now.unix_s, self._place.timezone)
        passed_s = now.unix_s - today.begin_unix_s
        due = [CHECKPOINT_S, today.length_s - passed_s]
        if self._period_s:
            due += [end_s + SETTLE_S - passed_s for _, end_s in today.windows(self._period_s)]
            due.append(SETTLE_S - passed_s)
        return min(each for each in due if each > 0) + 0.5
