"""What there is by metering: its tables, events, states and what it tells of itself."""

from agent.trades.base import Kinds
from agent.trades.metering import event_types
from agent.trades.metering.inventory import MeteringInventory
from agent.trades.metering.tables import MeteringTables

KINDS = Kinds(MeteringTables, (event_types,), MeteringInventory, state_keys={"meter": ("meter/",)})
