"""Numbers for the city: what each bay did in each local day, and what that comes to."""

from agent.trades.parking.statistics.aggregates import Span, Sums, figures, spans, total
from agent.trades.parking.statistics.change import Group, groups
from agent.trades.parking.statistics.day_log import DayLog, State
from agent.trades.parking.statistics.day_report import Place, Sheet, check_day, read_sheet
from agent.trades.parking.statistics.days import LocalDay
from agent.trades.parking.statistics.recorder import Keeper

__all__ = [
    "DayLog",
    "Group",
    "Keeper",
    "LocalDay",
    "Place",
    "Sheet",
    "Span",
    "State",
    "Sums",
    "check_day",
    "figures",
    "groups",
    "read_sheet",
    "spans",
    "total",
]
