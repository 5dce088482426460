"""Numbers for the city: what each bay did in each local day, and what that comes to."""

from agent.parking.figures.days import LocalDay
from agent.parking.figures.keeper import Keeper
from agent.parking.figures.log import DayLog, State
from agent.parking.figures.news import Group, groups
from agent.parking.figures.sheet import Place, Sheet, check_day, read_sheet
from agent.parking.figures.sums import Span, Sums, figures, spans, total

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
