"""The changes that the bays' events make to their logs, and the statistics event of a group of bays (pure)."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from agent.clock import Moment
from agent.events import Event
from agent.events.registry import event
from agent.trades.parking.event_types import BayFreed, BayKnown, BayOccupied, BayOverstay, BayUnknown
from agent.trades.parking.statistics.aggregates import city_figures, state_at, total
from agent.trades.parking.statistics.day_log import DayLog, Kind
from agent.trades.parking.statistics.days import LocalDay, Window
from agent.trades.parking.statistics.event_types import (
    BayStatistics,
    FiguresOfDay,
    FiguresOfHour,
    FiguresOfPeriod,
)
from agent.trades.parking.statistics.occupancy_log import BayChange


class GroupIdentity(Struct, frozen=True):
    """What a group is in the registers of the town; None: not known."""

    uuid: str | None = None
    reference: str | None = None


class Group(Struct, frozen=True):
    """Bays that the city counts together.

    Args:
        name: of its [group.NAME]; None: the bays without a group.
        identity: as the city knows it.
    """

    name: str | None
    bays: tuple[str, ...]
    identity: GroupIdentity = GroupIdentity()


def groups(
    of_bay: Mapping[str, str | None], identities: Mapping[str, GroupIdentity] | None = None
) -> tuple[Group, ...]:
    """Returns the groups of the bays, in the order of their first bays, those without a group last."""
    names = sorted(dict.fromkeys(of_bay.values()), key=lambda name: name is None)
    bays = {name: tuple(bay for bay, group in of_bay.items() if group == name) for name in names}
    known = identities or {}
    return tuple(Group(name, bays[name], known.get(name or "", GroupIdentity())) for name in names)


def change_of(told: Event) -> BayChange | None:
    """Returns the change that an event tells; None: it changes nothing that is counted.

    What a camera alone saw is kept for no figure: it is lawful as a single event, not as 90 days of single stays. What
    is certain at least is not how long a vehicle stood.
    """
    kind: Kind
    stay_s = None
    match told.data:
        case BayOccupied() | BayFreed() | BayOverstay() | BayKnown() as seen if seen.evidence == "camera":
            kind = "unknown"
        case BayOccupied():
            kind = "arrived"
        case BayFreed() as freed:
            by_sensor = freed.duration_exact and freed.evidence == "bay_sensor"
            kind, stay_s = "left", round(freed.duration_s) if by_sensor else None
        case BayOverstay(stage="limit", told_before=False):
            kind = "overstay"
        case BayUnknown():
            kind = "unknown"
        case BayKnown() as known:
            kind = known.state
        case _:
            return None
    return BayChange(told.subject, told.at, kind, stay_s)


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
    states = [state_at(log, end_s) for log in mine]
    # Counts as in the Smart Data Models' ParkingGroup: total, available and occupied spots; and unknown ones.
    told = BayStatistics(
        group=group.name,
        uuid=group.identity.uuid or UNSET,
        reference=group.identity.reference or UNSET,
        bays=len(mine),
        free=states.count("free"),
        occupied=states.count("occupied"),
        unknown=states.count("unknown"),
        period=FiguresOfPeriod(iso(day, begin_s), iso(day, end_s), **asdict(city_figures(of_period, len(mine)))),
        day=FiguresOfDay(day.day.isoformat(), whole, **asdict(city_figures(of_day, len(mine)))),
        hours=tuple(_hour(day, mine, window) for window in day.hours()) if whole else UNSET,
    )
    return event(told, group.name or pole, at)


def _hour(day: LocalDay, logs: Sequence[DayLog | None], window: Window) -> FiguresOfHour:
    told = city_figures(total(logs, *window), len(logs))
    return FiguresOfHour(
        begin=iso(day, window[0]),
        occupied_percent=told.occupied_percent,
        unknown_percent=told.unknown_percent,
        arrivals=told.arrivals,
        departures=told.departures,
    )


def iso(day: LocalDay, at_s: int) -> str:
    """Local time with its offset from UTC, so that the hour that comes twice is told apart."""
    return day.local(at_s).isoformat()
