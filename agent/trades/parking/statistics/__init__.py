"""Statistics of bays: the occupancy log of each local day, and its aggregates."""

from agent.trades.parking.statistics.aggregates import Span, Totals, city_figures, spans, total
from agent.trades.parking.statistics.answers import OccupancyAnswers
from agent.trades.parking.statistics.change import Group, GroupIdentity, groups
from agent.trades.parking.statistics.day_log import DayLog, State
from agent.trades.parking.statistics.day_report import DayReport, Place, check_day, read_day_report
from agent.trades.parking.statistics.days import LocalDay
from agent.trades.parking.statistics.publisher import StatisticsPublisher
from agent.trades.parking.statistics.recorder import OccupancyRecorder
from agent.trades.parking.statistics.retention import Retention

__all__ = [
    "DayLog",
    "Group",
    "GroupIdentity",
    "LocalDay",
    "OccupancyAnswers",
    "OccupancyRecorder",
    "Place",
    "DayReport",
    "Retention",
    "Span",
    "State",
    "StatisticsPublisher",
    "Totals",
    "check_day",
    "city_figures",
    "groups",
    "read_day_report",
    "spans",
    "total",
]
