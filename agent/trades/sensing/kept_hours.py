"""The hours of the stations in the store: written with what their rules decide, and kept for as long as reports ask."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct, structs

from agent.events import Event
from agent.trades.build import BuildContext
from agent.trades.sensing.hours import HOURS, OPEN_DAYS, StationDay, day_of, evicted, station_of
from agent.trades.sensing.state import StationState
from agent.trades.sensing.tables import SensingTables

HOURS_SHARE = 0.1
"""Share of the store's room that the hours of all stations may take."""


async def loaded(context: BuildContext, station: str) -> StationState:
    """The state of a station, with the days of which something can still come."""
    state = await context.state(f"station/{station}", StationState)
    keys = [key for key in await context.store.keys(HOURS) if station_of(key) == station]
    wanted = _days_wanted(state, [day for key in keys if (day := day_of(key)) is not None])
    found = {day: await context.store.load(key, StationDay) for key in keys if (day := day_of(key)) in wanted and day}
    days = {day: each for day, each in found.items() if each is not None}
    return structs.replace(state, kept=state.series, kept_counted=state.counted, days=days)


def _days_wanted(state: StationState, stored: Sequence[date]) -> set[date]:
    """The last ones, and all in which a window began that is not over."""
    begins = [each.begin_s for series in state.series.values() for each in series.open.get("1h", ())]
    begins += [day.begin_s for series in state.series.values() for day in series.days]
    if not stored:
        return set()
    since = max(stored) - timedelta(days=OPEN_DAYS)
    if begins:
        since = min(since, datetime.fromtimestamp(min(begins), UTC).date() - timedelta(days=1))
    return {day for day in stored if day >= since}


class KeptHours:
    """Writes what the rule of a station decides, and forgets the oldest days where a new one begins."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context
        self._begun: set[str] = set()

    async def commit(self, events: Sequence[Event], states: Mapping[str, Struct | None]) -> None:
        new = {key for key in states if key.startswith(HOURS)} - self._begun
        gone = await self._evicted() if new else {}
        await self._context.commit(events, {**gone, **states})
        self._begun |= new

    async def _evicted(self) -> Mapping[str, None]:
        """The rows to delete: what is kept is asked for at each new day, as it may have become less."""
        config = self._context.config
        sizes, keep_days = await self._context.store.keys(HOURS), config.of(SensingTables).sensing.keep_days
        most_bytes = int(config.store.max_mb * 1_000_000 * HOURS_SHARE)
        return dict.fromkeys(evicted(sizes, self._context.clock.now().unix_s, keep_days, most_bytes))
