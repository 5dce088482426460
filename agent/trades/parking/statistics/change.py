"""The changes that the bays' events make to their logs, and the statistics event of a group of bays (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from agent.clock import Moment
from agent.events import (
    BAY_FREED,
    BAY_KNOWN,
    BAY_OCCUPIED,
    BAY_OVERSTAY,
    BAY_STATISTICS,
    BAY_UNKNOWN,
    Event,
    Priority,
)
from agent.trades.parking.statistics.aggregates import city_figures, state_at, total
from agent.trades.parking.statistics.day_log import DayLog, Kind
from agent.trades.parking.statistics.days import LocalDay, Window
from agent.trades.parking.statistics.occupancy_log import BayChange


class Group(Struct, frozen=True):
    """Bays that the city counts together.

    Args:
        name: as their tables have it; None: the bays without a group.
    """

    name: str | None
    bays: tuple[str, ...]


def groups(of_bay: Mapping[str, str | None]) -> tuple[Group, ...]:
    """Of each bay's group; in the order of their first bays, those without a group last."""
    names = sorted(dict.fromkeys(of_bay.values()), key=lambda name: name is None)
    return tuple(Group(name, tuple(bay for bay, group in of_bay.items() if group == name)) for name in names)


_KINDS: dict[str, Kind] = {
    BAY_OCCUPIED: "arrived",
    BAY_FREED: "left",
    BAY_OVERSTAY: "overstay",
    BAY_UNKNOWN: "unknown",
    BAY_KNOWN: "free",
}


def change_of(event: Event) -> BayChange | None:
    """None: it changes nothing that is counted.

    What a camera alone saw is kept for no figure: it is lawful as a single event, not as 90 days of single stays.
    """
    kind, stay_s = _KINDS.get(event.type), None
    if kind is not None and event.data.get("evidence") == "camera":
        return BayChange(event.subject, event.at, "unknown")
    if event.type == BAY_KNOWN and event.data["state"] == "occupied":
        kind = "occupied"
    if event.type == BAY_FREED:
        stay_s = _stay_s(event)
    if kind is None or (kind == "overstay" and event.data["stage"] != "limit"):
        return None
    return BayChange(event.subject, event.at, kind, stay_s)


def _stay_s(event: Event) -> int | None:
    """What is certain at least is not how long the vehicle stood."""
    exact = event.data["duration_exact"] and event.data["duration_s"] is not None
    return round(event.data["duration_s"]) if exact else None


def statistics(
    pole: str, group: Group, *, day: LocalDay, logs: Mapping[str, DayLog], period: Window, at: Moment
) -> Event | None:
    """`bay.statistics` of a group at the end of a period; None where nothing was known of it in that time.

    With the last period of a day the day is whole, and its hours are told.
    """
    begin_s, end_s = period
    mine = [logs.get(bay) for bay in group.bays]
    of_period = total(mine, begin_s, end_s)
    whole = end_s == day.length_s
    of_day = total(mine, 0, end_s)
    known = of_day if whole else of_period
    if known.free_s + known.occupied_s == 0:
        return None
    data: dict[str, Any] = {
        "group": group.name,
        **_now(mine, end_s),
        "period": {"from": iso(day, begin_s), "to": iso(day, end_s), **city_figures(of_period, len(mine))},
        "day": {"date": day.day.isoformat(), "whole": whole, **city_figures(of_day, len(mine))},
    }
    if whole:
        data["hours"] = [_hour(day, mine, window) for window in day.hours()]
    return Event(type=BAY_STATISTICS, subject=group.name or pole, at=at, data=data, priority=Priority.TELEMETRY)


def _now(logs: Sequence[DayLog | None], at_s: int) -> dict[str, int]:
    """Counts as in the Smart Data Models' ParkingGroup: total, available and occupied spots; and unknown ones."""
    states = [state_at(log, at_s) for log in logs]
    return {"bays": len(logs), **{state: states.count(state) for state in ("free", "occupied", "unknown")}}


def _hour(day: LocalDay, logs: Sequence[DayLog | None], window: Window) -> dict[str, Any]:
    told = city_figures(total(logs, *window), len(logs))
    names = ("occupied_percent", "unknown_percent", "arrivals", "departures")
    return {"from": iso(day, window[0]), **{name: told[name] for name in names}}


def iso(day: LocalDay, at_s: int) -> str:
    """Local time with its offset from UTC, so that the hour that comes twice is told apart."""
    return day.local(at_s).isoformat()
