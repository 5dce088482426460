"""The event type of bay statistics."""

from msgspec import UNSET, Struct, UnsetType, field

from agent.events import Data, Priority
from agent.events.registry import Count, Day, Percent, Seconds, Time, event_type

BAY_STATISTICS = "bay.statistics"


class Figures(Struct, frozen=True, kw_only=True):
    """What happened in a time.

    Args:
        occupied_percent: of the time in which the state was known, over all bays; null: it never was.
        unknown_percent: of all the time; null: there was none.
        turnover: arrivals for each bay; null: there are none.
        overstays: stays that passed their limit in it.
        stays: departures of which the length of the stay is known exactly.
        mean_stay_s: of these; null: there were none.
        p90_stay_s: what 9 of 10 of these did not exceed; null: there were none.
        coarse_bays: bays that changed so often that what came after is unknown.
    """

    occupied_percent: Percent | None
    unknown_percent: Percent | None
    arrivals: Count
    departures: Count
    turnover: float | None
    overstays: Count
    stays: Count
    mean_stay_s: Seconds | None
    p90_stay_s: Seconds | None
    coarse_bays: Count


class FiguresOfPeriod(Figures, frozen=True):
    """The figures of one period.

    Args:
        begin, end: local time with its offset.
    """

    begin: Time = field(name="from")
    end: Time = field(name="to")


class FiguresOfDay(Figures, frozen=True):
    """The figures of a local day.

    Args:
        date: local.
        whole: whether it is over; else until the end of the period.
    """

    date: Day
    whole: bool


class FiguresOfHour(Struct, frozen=True, kw_only=True):
    """The figures of one hour of a day.

    Args:
        begin: local time with its offset.
        occupied_percent, unknown_percent: as in the figures of a day.
    """

    begin: Time = field(name="from")
    occupied_percent: Percent | None
    unknown_percent: Percent | None
    arrivals: Count
    departures: Count


@event_type(BAY_STATISTICS, priority=Priority.TELEMETRY)
class BayStatistics(Data, frozen=True, kw_only=True):
    """The statistics of a group of bays, told a minute after the end of each `statistics_period` and dated at that end.

    Args:
        group: name of its [group.NAME]; null: the bays without one.
        uuid: the same under every name that the group ever has.
        reference: of the parking site in the town's own register.
        bays: how many there are.
        free, occupied, unknown: how many were so at the end of the period.
        hours: with the last period of a day: each hour of it.
    """

    group: str | None
    uuid: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    bays: Count
    free: Count
    occupied: Count
    unknown: Count
    period: FiguresOfPeriod
    day: FiguresOfDay
    hours: tuple[FiguresOfHour, ...] | UnsetType = UNSET
