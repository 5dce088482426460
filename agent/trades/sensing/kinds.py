"""What there is by sensing: its tables, events, states and what it tells of itself."""

from agent.trades.base import Kinds
from agent.trades.sensing import event_types
from agent.trades.sensing.hours import HOURS
from agent.trades.sensing.inventory import SensingInventory
from agent.trades.sensing.tables import SensingTables

KINDS = Kinds(SensingTables, (event_types,), SensingInventory, state_keys={"station": ("station/", HOURS)})
