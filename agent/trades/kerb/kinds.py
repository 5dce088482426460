"""What there is by the kerb: its tables, events, states and what it tells of itself."""

from agent.trades.base import Kinds, Stays
from agent.trades.kerb import event_types
from agent.trades.kerb.inventory import KerbFacts, KerbInventory
from agent.trades.kerb.retained import Camera, Zone
from agent.trades.kerb.tables import KerbTables

KINDS = Kinds(
    KerbTables,
    (event_types,),
    KerbInventory,
    states=(Zone, Camera),
    facts=KerbFacts,
    judged=frozenset({"stay"}),
    personal=frozenset({"still_standing"}),
    stays=Stays(frozenset({event_types.KERB_SUSPECTED})),
    state_keys={"zone": ("zone/",)},
)
