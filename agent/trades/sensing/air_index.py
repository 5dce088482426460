"""Tells the air quality index of each hour of a station whose windows are over (pure)."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import structs

from agent.aggregation.periods import HOUR_S
from agent.clock import Moment, rfc3339
from agent.events import Event
from agent.events.registry import event
from agent.trades.sensing.event_types import Pollutant, SensingIndex
from agent.trades.sensing.hours import OPEN_DAYS
from agent.trades.sensing.limits.index import Index, index_of, table
from agent.trades.sensing.state import Station, StationState

DAY_S = 24 * HOUR_S


def told(station: Station, state: StationState, now: Moment) -> tuple[StationState, list[Event]]:
    """The hours that every pollutant was waited for, each once."""
    late_s = max((each.late_s for each in station.pollutants.values()), default=0.0)
    until_s = min([(state.unix_s(now) - late_s) // HOUR_S * HOUR_S, *_open_s(station, state)])
    since_s = max(state.indexed_s, until_s - OPEN_DAYS * DAY_S)
    if station.options.index is None or until_s <= since_s:
        return state, []
    ends = range(int(since_s) + HOUR_S, int(until_s) + 1, HOUR_S)
    events = [event(each, station.name, now) for end_s in ends for each in _hour(station, state, end_s)]
    return structs.replace(state, indexed_s=until_s), events


def _open_s(station: Station, state: StationState) -> Iterator[float]:
    """Yields the begins of hours of pollutants that are not over."""
    series = (state.series.get(station.key(name)) for name in station.pollutants)
    return (hour.begin_s for each in series if each is not None for hour in each.open.get("1h", ()))


def _hour(station: Station, state: StationState, end_s: int) -> Iterator[SensingIndex]:
    """Yields the index of an hour; nothing, where no pollutant was heard."""
    values = _values(station, state, end_s - HOUR_S)
    if values and (setting := station.options.setting) is not None:
        yield _index(station, index_of(values, setting), end_s)


def _index(station: Station, found: Index, end_s: int) -> SensingIndex:
    by = table()
    return SensingIndex(
        index="European Air Quality Index",
        version="EEA 2024",
        begin=rfc3339(end_s - HOUR_S),
        end=rfc3339(end_s),
        level=found.level,
        category=None if found.level is None else by.levels[found.level - 1],
        by_pollutant=dict(found.by),
        missing=found.missing,
        setting=station.options.setting or "background",
        standing=station.options.standing,
    )


def _values(station: Station, state: StationState, begin_s: int) -> dict[Pollutant, float | None]:
    """The hourly means of each pollutant that was heard; None: too little of the hour is known."""
    at = datetime.fromtimestamp(begin_s, UTC)
    day, found = state.days.get(at.date()), dict[Pollutant, float | None]()
    for name, options in station.pollutants.items() if day is not None else ():
        hours = day.quantities[name].hours if day is not None and name in day.quantities else ()
        for hour in hours:
            if hour.number == at.hour and options.told_pollutant is not None:
                found[options.told_pollutant] = hour.value
    return found
