"""Every type of event, registered by importing the module of each struct; `lamppost schema` describes them.

A new type of event is its name in `agent/events/__init__.py`, a struct with `@event_type` in `event_types.py` of its
trade, and its line in docs/events.md.
"""

from agent.events import configuration, devices, documents, gaps, parts, pole
from agent.events.registry import EVENT_TYPES
from agent.trades.registry import TRADES

KINDS = [trade.kinds() for trade in TRADES]
PoleBirth, PoleStatus = pole.register((kinds.inventory for kinds in KINDS), (kinds.facts for kinds in KINDS))

REGISTERING = (
    *(configuration, devices, documents, gaps, parts, pole),
    *(module for kinds in KINDS for module in kinds.event_types),
)

__all__ = ["EVENT_TYPES", "REGISTERING", "PoleBirth", "PoleStatus"]
