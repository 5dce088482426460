"""What there is by parking: its tables, events, states and what it tells of itself."""

from agent.trades.base import Kinds
from agent.trades.parking import event_types, sensor_event_types
from agent.trades.parking.inventory import ParkingInventory
from agent.trades.parking.retained import Bay
from agent.trades.parking.statistics import event_types as statistics_event_types
from agent.trades.parking.statistics.day_report import DAYS
from agent.trades.parking.tables import ParkingTables

KINDS = Kinds(
    ParkingTables,
    (event_types, sensor_event_types, statistics_event_types),
    ParkingInventory,
    states=(Bay,),
    state_keys={"sensor": ("sensor/",), "bay": ("bay/", DAYS)},
)
