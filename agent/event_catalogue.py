"""Every type of event, registered by importing the module of each struct; `lamppost schema` describes them.

A new type of event is its name and a struct with `@event_type` in `event_types.py` of its trade, and its line in
docs/events.md.
"""

from agent.events import configuration, devices, documents, gaps, memory_only, parts, pole, security, sensors, uplink
from agent.events.registry import EVENT_TYPES
from agent.trades.base import kinds
from agent.trades.registry import TRADES

KINDS = [kinds(trade) for trade in TRADES]
PoleBirth, PoleStatus = pole.register((each.inventory for each in KINDS), (each.facts for each in KINDS))

REGISTERING = (
    *(configuration, devices, documents, gaps, memory_only, parts, pole, security, sensors, uplink),
    *(module for each in KINDS for module in each.event_types),
)

__all__ = ["EVENT_TYPES", "REGISTERING", "PoleBirth", "PoleStatus"]
