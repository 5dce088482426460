"""What there is by lighting: its tables, events, states and what it tells of itself."""

from agent.trades.base import Kinds
from agent.trades.lighting import event_types
from agent.trades.lighting.inventory import LightingInventory
from agent.trades.lighting.retained import Lamp
from agent.trades.lighting.tables import LightingTables

KINDS = Kinds(
    LightingTables,
    (event_types,),
    LightingInventory,
    states=(Lamp,),
    commanded=("lamp",),
    state_keys={"lamp": ("lamp/", "monitor/")},
)
