"""What the occupancy log answers: how each group of bays is now, and the logs of one day."""

from typing import Any

import msgspec

from agent.clock import Clock, Moment
from agent.trades.parking.statistics.aggregates import city_figures, total
from agent.trades.parking.statistics.change import Group, groups
from agent.trades.parking.statistics.day_report import DayReport, meant_day
from agent.trades.parking.statistics.days import day_at
from agent.trades.parking.statistics.recorder import OccupancyRecorder


class OccupancyAnswers:
    """Answers from what a recorder has committed."""

    def __init__(self, recorder: OccupancyRecorder, clock: Clock) -> None:
        self._recorder, self._clock = recorder, clock
        self._place, self._groups = recorder.place, groups(recorder.place.groups)

    async def day_report(self, day: str) -> DayReport:
        """Raises ValueError, in words for a technician, where there is none."""
        now = self._clock.now()
        trusted_s = now.unix_s if now.trusted else None
        chosen = meant_day(day, trusted_s, self._place.timezone, self._recorder.kept_days)
        log = await self._recorder.with_day(chosen)
        until_unix_s = log.checkpoint.at.unix_s if log.checkpoint else 0.0
        if trusted_s is not None and log.running:
            until_unix_s = trusted_s
        return DayReport(self._place, chosen, until_unix_s, dict(log.days[chosen]))

    def status(self) -> list[dict[str, Any]]:
        """Each group as it is now, and its day so far, JSON-able."""
        now = self._clock.now()
        return [self._group_status(group, now) for group in self._groups]

    def _group_status(self, group: Group, now: Moment) -> dict[str, Any]:
        log = self._recorder.log
        states = [log.present.get(bay, "unknown") for bay in group.bays]
        answer: dict[str, Any] = {"group": group.name, "bays": len(states)}
        answer |= {state: states.count(state) for state in ("free", "occupied", "unknown")}
        if not now.trusted:
            return answer | {"today": None}
        today = day_at(now.unix_s, self._place.timezone)
        logs = log.days.get(today.day, {})
        until_s = min(today.length_s, today.at_s(now.unix_s) + 1)
        of_day = total((logs.get(bay) for bay in group.bays), 0, until_s)
        return answer | {"today": msgspec.to_builtins(city_figures(of_day, len(group.bays)))}
